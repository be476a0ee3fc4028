// The person at the bench, who changes the wiring when a prompt asks for it; or the hand of a simulated bench.
#pragma once

#include "acquisition/plan.h"

namespace etalon::acquisition {

class Operator {
 public:
  virtual ~Operator() = default;
  // Returns when the wiring is as the prompt asks. InterruptedError when the person refuses.
  virtual void make_wiring(const WiringPlan& wiring) = 0;
};

}  // namespace etalon::acquisition
