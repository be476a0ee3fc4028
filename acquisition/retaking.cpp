#include "acquisition/retaking.h"

namespace etalon::acquisition {

namespace {

constexpr int most_times = 3;  // a line that is disturbed again and again needs a person

}  // namespace

bool Retaking::shows_out_of_step(drivers::Fault fault) {
  return fault == drivers::Fault::unsolicited_input || fault == drivers::Fault::stale_reply;
}

std::size_t Retaking::first(std::size_t at, bool reaches_back, bool of_environment) const {
  if (reaches_back) {
    for (std::size_t before = at; before-- > 0;) {
      const StepKind kind = steps_[before].kind;
      if (of_environment ? kind != StepKind::environment : kind != StepKind::read) continue;
      at = before;
      break;
    }
  }
  const int point = steps_[at].point;
  while (point >= 0 && at > 0 && steps_[at - 1].point == point)
    --at;
  return at;
}

bool Retaking::may(std::size_t first, std::size_t at) {
  for (std::size_t i = first; i <= at; ++i) {
    // The identities are what everything after them holds on to; a person's answer is not asked for again.
    if (steps_[i].kind == StepKind::identify || steps_[i].kind == StepKind::prompt) return false;
  }
  return ++times_[steps_[first].number] <= most_times;
}

}  // namespace etalon::acquisition
