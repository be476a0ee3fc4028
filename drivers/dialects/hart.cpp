#include "drivers/dialects/hart.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/messages/message_template.h"

namespace etalon::drivers {

using base::InputError;
using base::tr;

namespace {

// Shortest form, whole word, label of the reply.
struct Command {
  std::string_view shortest, word, label;
  bool of_calibration = false;
};
constexpr std::array<Command, 24> commands = {{
    {"s", "setpoint", "set"}, {"t", "temperature", "t"},   {"u", "units", "u"},         {"sc", "scan", "scan"},
    {"sr", "srate", "srat"},  {"ho", "hold", "hold"},      {"pr", "propband", "pb"},    {"po", "power", "po"},
    {"mo", "motor", "mo"},    {"hl", "hl", "hl"},          {"sa", "sample", "sa"},      {"du", "duplex", "du"},
    {"lf", "lfeed", "lf"},    {"v", "vernier", "v"},       {"cm", "cmode", "cm"},       {"ap", "approach", "ap"},
    {"ts", "ts", "ts"},       {"c", "cutout", "cutout"},   {"np", "np", "np"},          {"*ver", "*version", "ver"},
    {"r", "r0", "r0", true},  {"al", "alpha", "al", true}, {"de", "delta", "de", true}, {"be", "beta", "be", true},
}};
constexpr const char* version_query = "*ver";
constexpr int most_lines = 50;  // of samples and echoes before a reply

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

const Command* find_command(std::string_view word) {
  for (const Command& command : commands) {
    if (word.size() >= command.shortest.size() && command.word.starts_with(word)) return &command;
  }
  return nullptr;
}

std::string header(std::string_view message) {
  return lower(trimmed(message.substr(0, message.find('='))));
}

// "set:" of the reply to "s", "ver." of that to "*ver".
std::string label_of_reply(std::string_view message) {
  const std::string word = header(message);
  const Command* command = find_command(word);
  if (command && command->shortest == version_query) return "ver.";
  if (command) return std::string(command->label) + ":";
  return (word.starts_with('*') ? word.substr(1) : word) + ":";
}

}  // namespace

std::string hart_short_form(std::string_view message) {
  const std::string word = header(message);
  const Command* command = find_command(word);
  const std::string shortest = command ? std::string(command->shortest) : word;
  const std::size_t equals = message.find('=');
  if (equals == std::string_view::npos) return shortest;
  return shortest + "=" + lower(trimmed(message.substr(equals + 1)));
}

bool hart_sets_calibration(std::string_view message) {
  if (message.find('=') == std::string_view::npos) return false;
  const std::string word = header(message);
  if (word.starts_with('*')) return true;
  const Command* command = find_command(word);
  return command && command->of_calibration;
}

HartLine classify_hart_line(std::string_view line, std::string_view message, std::string_view earlier_message) {
  const std::string_view text = trimmed(line);
  if (!is_plain_text(text)) return HartLine::foreign;
  if (text.empty()) return HartLine::remainder;
  if (lower(text) == lower(trimmed(message))) return HartLine::echo;
  const std::string label = label_of_reply(message);
  if (lower(text.substr(0, label.size())) == label) return HartLine::reply;
  if (text.starts_with("t:")) return HartLine::sample;
  // The end of a line whose beginning was dropped: of an echo, or of a sample.
  if (!earlier_message.empty() && lower(trimmed(earlier_message)).ends_with(lower(text))) return HartLine::remainder;
  if (text.find_first_not_of(":+-. 0123456789CF") == std::string_view::npos) return HartLine::remainder;
  return HartLine::foreign;
}

std::string HartDialect::wrapped(const std::string& message) const {
  if (hart_sets_calibration(message))
    throw InputError(
        filled(tr("\"{}\" would change a constant of the instrument's calibration; nothing was sent"), message));
  return message;
}

std::string HartDialect::ask(Conversation& conversation, const std::string& message, const std::string& earlier_message,
                             const QueryOptions& options) const {
  QueryOptions own = options;
  own.among_others = true;
  std::string reply;
  conversation.exchange(wrapped(message), own, [&](ReplyReader& reader) {
    for (int i = 0; i < most_lines; ++i) {
      const std::string line = reader.line();
      switch (classify_hart_line(line, message, earlier_message)) {
        case HartLine::reply:
          reply = std::string(trimmed(line));
          return;
        case HartLine::foreign:
          throw dialect_error(conversation, Fault::unexpected_reply, message, line,
                              filled(tr("expected a reply that begins with {}"), label_of_reply(message)));
        case HartLine::echo:
        case HartLine::sample:
        case HartLine::remainder:
          break;
      }
    }
    throw dialect_error(conversation, Fault::unsolicited_input, message, "",
                        filled(tr("{} lines came, and no reply among them"), most_lines));
  });
  return reply;
}

std::string HartDialect::query(Conversation& conversation, const std::string& message, const ReplyShape&,
                               const QueryOptions& options) const {
  return ask(conversation, message, "", options);
}

void HartDialect::send(Conversation& conversation, const std::string& message, const QueryOptions& options) const {
  QueryOptions own = options;
  own.among_others = true;
  conversation.send(wrapped(message), own);
  ask(conversation, version_query, message, options);
}

std::optional<std::string> HartDialect::unwrapped(const std::string& line) const {
  if (!is_plain_text(line)) return std::nullopt;
  return std::string(trimmed(line));
}

std::optional<std::string> HartDialect::heard(const std::string& line) {
  const std::string message = hart_short_form(line);
  echo_ = full_duplex_ ? line + reply_terminator_ : "";
  if (message == "du=h" || message == "du=half") full_duplex_ = false;
  if (message == "du=f" || message == "du=full") full_duplex_ = true;
  if (message.starts_with("sa=")) samples_flow_ = parse_number(message.substr(3)).value_or(0) > 0;
  return message;
}

std::string HartDialect::said(const std::string&, const std::optional<std::string>& reply, bool) {
  return echo_ + (reply ? *reply + reply_terminator_ : "");
}

std::optional<std::string> HartDialect::streams() const {
  return samples_flow_ ? std::optional<std::string>("t") : std::nullopt;
}

void HartDialect::power_on() {
  full_duplex_ = true;
  samples_flow_ = false;
}

}  // namespace etalon::drivers
