// Which steps remain of a run, or measure a point again.
#include <fmt/format.h>

#include <algorithm>

#include "acquisition/runner.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

namespace {

void add_if(std::vector<Step>& chosen, const Plan& plan, const auto& wanted) {
  std::copy_if(plan.steps.begin(), plan.steps.end(), std::back_inserter(chosen), wanted);
}

// Identity of the instruments, then the wiring from its start: what must be done anew before a point of it. A wiring
// that only goes on with an earlier one ("the connection stays as it is") begins with that one's prompt and wait:
// nobody knows what was done to the leads meanwhile.
void add_preparation(std::vector<Step>& chosen, const Plan& plan, int wiring) {
  add_if(chosen, plan, [](const Step& step) { return step.kind == StepKind::identify; });
  int first = wiring;
  while (first > 0 && !plan.wirings[static_cast<std::size_t>(first)].touched)
    --first;
  add_if(chosen, plan, [&](const Step& step) {
    return step.point < 0 && step.wiring >= 0 && (step.wiring == wiring || step.wiring == first);
  });
}

}  // namespace

std::vector<Step> remaining_steps(const RunRecord& record) {
  const Plan& plan = record.plan;
  const auto first = std::find_if(plan.steps.begin(), plan.steps.end(),
                                  [&](const Step& step) { return record.finished_attempt(step.number) == 0; });
  std::vector<Step> chosen;
  if (first == plan.steps.begin()) return plan.steps;
  if (first == plan.steps.end()) return chosen;
  add_preparation(chosen, plan, first->wiring);
  // From the start of the point that was interrupted, or of the wiring when no point of it was begun.
  add_if(chosen, plan, [&](const Step& step) {
    if (step.number < first->number && (first->point < 0 || step.point != first->point)) return false;
    const bool prepared = step.wiring == first->wiring && step.point < 0 && step.wiring >= 0;
    return !prepared;
  });
  return chosen;
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
