// Which steps remain of a run, or measure a point again.
#include <fmt/format.h>

#include <algorithm>

#include "acquisition/left_on.h"
#include "acquisition/runner.h"
#include "acquisition/wiring_check.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

namespace {

void add_if(std::vector<Step>& chosen, const Plan& plan, const auto& wanted) {
  std::copy_if(plan.steps.begin(), plan.steps.end(), std::back_inserter(chosen), wanted);
}

// Identity of the instruments, then the wiring from its start: what must be done anew before a point of it.
void add_preparation(std::vector<Step>& chosen, const Plan& plan, int wiring) {
  add_if(chosen, plan, [](const Step& step) { return step.kind == StepKind::identify; });
  const std::vector<Step> wire = steps_to_wire(plan, wiring);
  chosen.insert(chosen.end(), wire.begin(), wire.end());
}

}  // namespace

// Nobody knows what was done to the leads meanwhile: a wiring that only goes on with an earlier one begins with that
// one's prompt and wait.
std::vector<Step> steps_to_wire(const Plan& plan, int wiring) {
  std::vector<Step> chosen;
  int first = wiring;
  while (first > 0 && !plan.wirings[static_cast<std::size_t>(first)].touched)
    --first;
  add_if(chosen, plan, [&](const Step& step) {
    return step.point < 0 && step.wiring >= 0 && (step.wiring == wiring || step.wiring == first);
  });
  return chosen;
}

namespace {

// Whether what was last measured at a point contradicted the wiring.
bool was_doubted(const RunRecord& record, int point) {
  return std::any_of(record.events.begin(), record.events.end(), [&](const JournalEvent& e) {
    return e.kind == event::wiring_doubted && e.step > 0 &&
           record.plan.steps.at(static_cast<std::size_t>(e.step) - 1).point == point;
  });
}

}  // namespace

std::vector<Step> remaining_steps(const RunRecord& record) {
  const Plan& plan = record.plan;
  auto first = std::find_if(plan.steps.begin(), plan.steps.end(),
                            [&](const Step& step) { return record.finished_attempt(step.number) == 0; });
  std::vector<Step> chosen;
  if (first == plan.steps.begin()) return plan.steps;
  if (first == plan.steps.end()) {
    // Nothing to measure, but a repeat that was killed may have left a source on: identifying switches it off.
    if (may_be_left_on(record)) add_if(chosen, plan, [](const Step& step) { return step.kind == StepKind::identify; });
    return chosen;
  }
  if (first->point >= 0 && was_doubted(record, first->point))
    first = plan.steps.begin() + static_cast<std::ptrdiff_t>(first_doubtful(
                                     plan, plan.steps, static_cast<std::size_t>(first - plan.steps.begin())));
  add_preparation(chosen, plan, first->wiring);
  // From the start of the point that was interrupted, or of the wiring when no point of it was begun.
  add_if(chosen, plan, [&](const Step& step) {
    if (step.number < first->number && (first->point < 0 || step.point != first->point)) return false;
    const bool prepared = step.wiring == first->wiring && step.point < 0 && step.wiring >= 0;
    return !prepared;
  });
  return chosen;
}

std::size_t first_doubtful(const Plan& plan, const std::vector<Step>& steps, std::size_t at) {
  const Step here = steps[at];
  const auto in_doubt = [&](const Step& step) {
    if (step.point < 0 || step.wiring != here.wiring) return false;
    return step.point == here.point || !proves_wiring(plan, plan.points[static_cast<std::size_t>(step.point)]);
  };
  while (at > 0 && in_doubt(steps[at - 1]))
    --at;
  return at;
}

std::vector<Step> steps_to_repeat(const RunRecord& record, const std::string& point_id) {
  const Plan& plan = record.plan;
  for (std::size_t p = 0; p < plan.points.size(); ++p) {
    if (plan.points[p].id != point_id) continue;
    std::vector<Step> chosen;
    add_preparation(chosen, plan, plan.points[p].wiring);
    add_if(chosen, plan, [&](const Step& step) { return step.point == static_cast<int>(p); });
    chosen.push_back(plan.steps.back());  // make safe
    return chosen;
  }
  std::string ids;
  for (const Point& point : plan.points)
    ids += "\n  " + point.id;
  throw base::InputError(fmt::format(fmt::runtime(tr("the run has no point '{}'; it has:{}")), point_id, ids));
}

}  // namespace etalon::acquisition
