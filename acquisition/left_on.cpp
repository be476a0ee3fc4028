#include "acquisition/left_on.h"

#include <algorithm>

namespace etalon::acquisition {

LastKnown last_known(const RunRecord& record, const std::string& source) {
  LastKnown known;
  const Plan& plan = record.plan;
  for (const JournalEvent& entry : record.events) {
    // Begun is enough: a kill can come between the message and its record.
    if (entry.kind == event::step_started && entry.subject == step_name(StepKind::apply) && entry.step > 0) {
      const Step& step = plan.steps.at(static_cast<std::size_t>(entry.step) - 1);
      if (step.wiring >= 0 && plan.wirings[static_cast<std::size_t>(step.wiring)].from == source) known = {true, ""};
    }
    if (entry.kind == event::step_finished && entry.subject == step_name(StepKind::make_safe))
      known = {false, entry.utc};  // every source
    if (entry.subject != source) continue;
    if (entry.kind == event::set || entry.kind == event::safe_state_failed) known = {true, ""};
    if (entry.kind == event::safe_state) known = {false, entry.utc};
  }
  return known;
}

bool may_be_left_on(const RunRecord& record) {
  return std::any_of(record.plan.wirings.begin(), record.plan.wirings.end(), [&](const WiringPlan& wiring) {
    return wiring.from != "short" && last_known(record, wiring.from).may_be_on;
  });
}

}  // namespace etalon::acquisition
