// Who answers prompts: the person at the terminal, or the hand of a simulated bench.
#pragma once

#include <memory>
#include <string>

#include "acquisition/operator.h"
#include "app/interruption.h"
#include "base/clock.h"
#include "drivers/messages/conversation.h"

namespace etalon::app {

// Shows the prompt and waits for Enter, or before dangerous outputs for the highest value itself; `q` ends the run
// safely, anything else is asked again (question.h). With `yes` every prompt is answered at once.
class PersonAtTerminal : public acquisition::Operator {
 public:
  PersonAtTerminal(bool yes, Interruption& interruption) : yes_(yes), interruption_(interruption) {}
  std::string make_wiring(const acquisition::WiringQuestion& question) override;
  bool can_look_again() const override { return !yes_; }

 private:
  bool yes_;
  Interruption& interruption_;
};

// Asks the hand of a simulated bench (drivers/simulation/hand.h) over its own link; shows the prompt when `show`.
class SimulatedHand : public acquisition::Operator {
 public:
  SimulatedHand(const std::string& address, bool show, const base::Cancellation& cancellation);
  std::string make_wiring(const acquisition::WiringQuestion& question) override;

 private:
  std::unique_ptr<drivers::Conversation> conversation_;
  bool show_;
  const base::Cancellation& cancellation_;
  std::string made_;  // the wiring as this hand made it last
};

}  // namespace etalon::app
