// Who answers prompts: the person at the terminal, or the hand of a simulated bench.
#pragma once

#include <memory>
#include <string>

#include "acquisition/operator.h"
#include "base/clock.h"
#include "drivers/messages/conversation.h"

namespace etalon::app {

// Shows the prompt and waits for Enter; `q` ends the run safely. With `yes` every prompt is answered at once.
class PersonAtTerminal : public acquisition::Operator {
 public:
  PersonAtTerminal(bool yes, const base::Cancellation& cancellation) : yes_(yes), cancellation_(cancellation) {}
  void make_wiring(const acquisition::WiringPlan& wiring) override;

 private:
  bool yes_;
  const base::Cancellation& cancellation_;
};

// Asks the hand of a simulated bench (drivers/simulation/hand.h) over its own link; shows the prompt when `show`.
class SimulatedHand : public acquisition::Operator {
 public:
  SimulatedHand(const std::string& address, bool show, const base::Cancellation& cancellation);
  void make_wiring(const acquisition::WiringPlan& wiring) override;

 private:
  std::unique_ptr<drivers::Conversation> conversation_;
  bool show_;
  const base::Cancellation& cancellation_;
  std::string made_;  // the wiring as this hand made it last
};

}  // namespace etalon::app
