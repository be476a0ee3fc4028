#include "app/operators.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "app/terminal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::app {

using base::tr;

namespace {

void show_prompt(const acquisition::WiringPlan& wiring) {
  const bool colours = wants_colour(STDOUT_FILENO);
  if (is_terminal(STDOUT_FILENO)) std::cout << "\r\x1b[K";
  const std::string heading = "▶ " + tr("Wiring") + ": ";
  const std::string text = wrapped(heading + base::visible_text(wiring.prompt.in(base::interface_language())),
                                   terminal_width(STDOUT_FILENO), 2);
  std::cout << "\n" << coloured(heading, Colour::bold, colours) << text.substr(heading.size()) << "\n";
  if (!wiring.picture.empty()) std::cout << "  " << tr("picture") << ": " << base::visible_line(wiring.picture) << "\n";
  std::cout.flush();
}

// One line from standard input; stays interruptible. False at its end.
bool read_line(std::string& line, const base::Cancellation& cancellation) {
  line.clear();
  for (;;) {
    cancellation.check();
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&input, 1, 50);
    if (ready <= 0) continue;
    char c = 0;
    if (::read(STDIN_FILENO, &c, 1) != 1) return false;
    if (c == '\n') return true;
    line += c;
  }
}

}  // namespace

void PersonAtTerminal::make_wiring(const acquisition::WiringPlan& wiring) {
  show_prompt(wiring);
  if (yes_) {
    std::cout << "  " << tr("answered by --yes") << "\n" << std::flush;
    return;
  }
  std::cout << "  " << tr("Enter: done    q: stop here") << " > " << std::flush;
  std::string answer;
  if (!read_line(answer, cancellation_)) {
    throw base::InputError(
        tr("a prompt needs an answer, but standard input is closed; start with --yes only when the wiring "
           "needs no hands"));
  }
  if (answer == "q" || answer == "Q") throw base::InterruptedError(tr("stopped at a prompt"));
}

SimulatedHand::SimulatedHand(const std::string& address, bool show, const base::Cancellation& cancellation)
    : show_(show), cancellation_(cancellation) {
  drivers::LinkOptions options;
  options.instrument = "hand";
  conversation_ =
      std::make_unique<drivers::Conversation>(drivers::open_link(address, options), drivers::ConversationSettings{});
}

void SimulatedHand::make_wiring(const acquisition::WiringPlan& wiring) {
  if (show_) show_prompt(wiring);
  const std::string message =
      wiring.from == "short" ? "SHORT " + wiring.to : fmt::format("CONNECT {} {}", wiring.to, wiring.from);
  if (!wiring.touched && message == made_) return;  // the leads stay as they are, and keep their thermal EMF
  drivers::QueryOptions options;
  options.cancellation = &cancellation_;
  const std::string reply = conversation_->query(message, options);
  if (reply != "OK") {
    throw drivers::InstrumentError(drivers::Fault::unexpected_reply, {"hand", conversation_->address(), message, reply},
                                   tr("the simulated hand could not do it"));
  }
  made_ = message;
}

}  // namespace etalon::app
