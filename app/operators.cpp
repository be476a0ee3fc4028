#include "app/operators.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "app/answer.h"
#include "app/question.h"
#include "app/terminal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/units.h"
#include "base/visible_text.h"

namespace etalon::app {

using acquisition::WiringQuestion;
using base::tr;

namespace {

void show_prompt(const WiringQuestion& question) {
  const acquisition::WiringPlan& wiring = question.wiring;
  const bool colours = wants_colour(STDOUT_FILENO);
  if (is_terminal(STDOUT_FILENO)) std::cout << "\r\x1b[K";
  const int width = terminal_width(STDOUT_FILENO);
  if (!question.doubt.empty())
    std::cout << "\n" << coloured(wrapped("! " + question.doubt, width, 2), Colour::yellow, colours) << "\n";
  const std::string heading = "▶ " + tr("Wiring") + ": ";
  const std::string text = wrapped(heading + base::visible_text(wiring.prompt.in(base::interface_language())),
                                   terminal_width(STDOUT_FILENO), 2);
  std::cout << "\n" << coloured(heading, Colour::bold, colours) << text.substr(heading.size()) << "\n";
  if (!wiring.picture.empty()) std::cout << "  " << tr("picture") << ": " << base::visible_line(wiring.picture) << "\n";
  std::cout.flush();
}

}  // namespace

std::string PersonAtTerminal::make_wiring(const WiringQuestion& question) {
  show_prompt(question);
  if (yes_) {
    std::cout << "  " << tr("answered by --yes") << "\n" << std::flush;
    return "--yes";
  }
  const std::string highest = fmt::format("{} {}", question.highest, base::display_unit(question.unit));
  const Question asked{question.dangerous ? fmt::format(fmt::runtime(tr("type {}: done    q: stop here")), highest)
                                          : tr("Enter: done    q: stop here"),
                       [&](const std::string& plain) {
                         if (plain == "q") return true;
                         return question.dangerous
                                    ? names_value(plain, question.highest, base::display_unit(question.unit))
                                    : plain.empty();
                       }};
  const std::string answer = plain_answer(ask(asked, interruption_, question.not_taken));
  if (answer == "q") throw base::InterruptedError(tr("stopped at a prompt"));
  return fmt::format("{} at the terminal, by a person who is not known", answer.empty() ? "Enter" : answer);
}

SimulatedHand::SimulatedHand(const std::string& address, bool show, const base::Cancellation& cancellation)
    : show_(show), cancellation_(cancellation) {
  drivers::LinkOptions options;
  options.instrument = "hand";
  conversation_ =
      std::make_unique<drivers::Conversation>(drivers::open_link(address, options), drivers::ConversationSettings{});
}

std::string SimulatedHand::make_wiring(const WiringQuestion& question) {
  const acquisition::WiringPlan& wiring = question.wiring;
  const std::string answered = "the hand of the simulated bench";
  if (show_) show_prompt(question);
  const std::string message =
      wiring.from == "short" ? "SHORT " + wiring.to : fmt::format("CONNECT {} {}", wiring.to, wiring.from);
  if (!wiring.touched && message == made_) return answered;  // the leads stay as they are, and keep their thermal EMF
  drivers::QueryOptions options;
  options.cancellation = &cancellation_;
  const std::string reply = conversation_->query(message, options);
  if (reply != "OK") {
    throw drivers::InstrumentError(drivers::Fault::unexpected_reply, {"hand", conversation_->address(), message, reply},
                                   tr("the simulated hand could not do it"));
  }
  made_ = message;
  return answered;
}

}  // namespace etalon::app
