#include "app/question.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <iostream>
#include <optional>

#include "app/answer.h"
#include "base/error.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::app {

using base::tr;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// Nobody reads a prompt in less. A held key repeats after at most 0.7 s, and lines by ssh come in bursts: a second of
// silence is none of them.
constexpr milliseconds reading_time{1000};
constexpr milliseconds silence{1000};
constexpr milliseconds burst{100};  // what comes so soon after a line belongs to it
constexpr milliseconds patience_with_pipe{10000};
constexpr std::size_t longest_line = 1000;

base::InputError closed() {
  return base::InputError(
      tr("a prompt needs an answer, but standard input is closed; start with --yes only when the wiring "
         "needs no hands"));
}

bool on_terminal() {
  return ::isatty(STDIN_FILENO) == 1;
}

void require_foreground(Interruption& interruption) {
  interruption.cancellation().check();
  if (!on_terminal()) return;
  const pid_t foreground = ::tcgetpgrp(STDIN_FILENO);
  if (foreground < 0 || foreground == ::getpgrp()) return;
  interruption.ask_for_stop(tr("a prompt waits, and the program is in the background"));
  interruption.cancellation().check();
}

bool input_within(milliseconds time) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, static_cast<int>(time.count())) > 0;
}

// Some of what has come; nothing at its end.
std::optional<std::string> some_input() {
  std::array<char, 4096> bytes;
  const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (count <= 0) return std::nullopt;
  return std::string(bytes.data(), static_cast<std::size_t>(count));
}

bool is_hung_up() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL));
}

// True when something was thrown away.
bool throw_away_until_silent(Interruption& interruption) {
  struct stat kind {};
  if (::fstat(STDIN_FILENO, &kind) == 0 && S_ISREG(kind.st_mode)) {
    throw base::InputError(
        tr("a prompt needs an answer, but standard input is a file, written before the prompt was read; start with "
           "--yes only when the wiring needs no hands"));
  }
  const bool terminal = on_terminal();
  const auto shown = steady_clock::now();
  auto last_input = shown;
  bool any = false;
  for (;;) {
    require_foreground(interruption);
    const auto now = steady_clock::now();
    if (now - shown >= reading_time && now - last_input >= (any ? silence : reading_time)) break;
    if (!input_within(milliseconds{20})) continue;
    if (!some_input()) {
      if (!terminal || is_hung_up()) throw closed();
      continue;  // an early Ctrl-D
    }
    any = true;
    last_input = steady_clock::now();
    if (!terminal && last_input - shown > patience_with_pipe) {
      throw base::InputError(
          tr("a prompt needs an answer, but standard input never falls silent: what comes before the question "
             "is no answer; start with --yes only when the wiring needs no hands"));
    }
  }
  if (terminal) ::tcflush(STDIN_FILENO, TCIFLUSH);  // also a line that is not ended yet
  return any;
}

// One line without its end. Nothing when more than line ends came with it.
std::optional<std::string> read_line(Interruption& interruption, std::string& typed) {
  typed.clear();
  for (;;) {
    require_foreground(interruption);
    if (!input_within(milliseconds{20})) continue;
    const auto more = some_input();
    if (!more) {
      require_foreground(interruption);
      throw closed();
    }
    typed += *more;
    const auto end = typed.find('\n');
    if (end == std::string::npos) {
      if (typed.size() > longest_line) return std::nullopt;
      continue;
    }
    while (typed.size() <= longest_line && input_within(burst)) {
      const auto rest = some_input();
      if (!rest) break;
      typed += *rest;
    }
    const std::string line = typed.substr(0, end);
    if (typed.find_first_not_of("\r\n", end) != std::string::npos) return std::nullopt;
    typed = line;
    return line;
  }
}

}  // namespace

std::string ask(const Question& question, Interruption& interruption,
                const std::function<void(const std::string& typed)>& not_taken) {
  for (;;) {
    if (throw_away_until_silent(interruption))
      std::cout << "  " << tr("what was typed before the question is not taken for an answer") << "\n";
    std::cout << "  " << question.choices << " > " << std::flush;
    std::string typed;
    const auto line = read_line(interruption, typed);
    const std::string plain = line ? plain_answer(*line) : "";
    if (line && question.offers(plain)) return trimmed(*line);
    const std::string shown = base::visible_line(typed.substr(0, 80));
    not_taken(shown);
    std::cout << "  " << fmt::format(fmt::runtime(tr("\"{}\" is none of the choices; nothing was done")), shown) << "\n"
              << std::flush;
  }
}

}  // namespace etalon::app
