// What a run takes again by itself: a step whose line turned out to be out of step. Its readings may belong to other
// questions, so they are withdrawn, and the point is measured anew from its configuration on.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "acquisition/plan.h"
#include "drivers/links/instrument_error.h"

namespace etalon::acquisition {

class Retaking {
 public:
  explicit Retaking(const std::vector<Step>& steps) : steps_(steps) {}

  static bool shows_out_of_step(drivers::Fault fault);
  // Where to begin after such a fault in step `at`: the first step of its point, or the step itself when it belongs to
  // none. `reaches_back`: the line was only proven by its silence, so the reading before (of the environment, or of the
  // item) is in doubt, too.
  std::size_t first(std::size_t at, bool reaches_back, bool of_environment) const;
  // Whether the steps from `first` to `at` may be taken again: a few times, and where no person is needed.
  bool may(std::size_t first, std::size_t at);

 private:
  const std::vector<Step>& steps_;
  std::map<int, int> times_;  // by the number of a first step
};

}  // namespace etalon::acquisition
