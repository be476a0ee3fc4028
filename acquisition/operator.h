// The person at the bench, who changes the wiring when a prompt asks for it; or the hand of a simulated bench.
#pragma once

#include <functional>
#include <string>

#include "acquisition/plan.h"

namespace etalon::acquisition {

struct WiringQuestion {
  const WiringPlan& wiring;
  double highest = 0;      // the largest |value| of the wiring's points …
  std::string unit;        // … in this unit
  bool dangerous = false;  // it is dangerous_output(): the answer must show that it was read
  std::string doubt;       // why it is asked again; empty the first time
  // Told of each answer that was none of the choices.
  std::function<void(const std::string& typed)> not_taken;
};

class Operator {
 public:
  virtual ~Operator() = default;
  // Returns when the wiring is as the prompt asks: who or what says so, for the journal (English). InterruptedError
  // when the person refuses.
  virtual std::string make_wiring(const WiringQuestion& question) = 0;
  // Whether somebody looks at the wiring again when readings contradict it.
  virtual bool can_look_again() const { return false; }
};

}  // namespace etalon::acquisition
