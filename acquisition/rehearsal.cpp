#include "acquisition/rehearsal.h"

#include "base/clock.h"
#include "base/units.h"

namespace etalon::acquisition {

namespace {

// The middle of the procedure's limits; 1 where it has none.
double expected_ambient(const Plan& plan, const AmbientQuantity& ambient) {
  const auto limits = plan.environment.find(ambient.quantity);
  if (limits == plan.environment.end()) return 1;
  return base::convert((limits->second.from + limits->second.to) / 2, limits->second.unit, ambient.unit);
}

}  // namespace

RunRecord rehearsed_run(const Plan& plan, const std::map<std::string, std::string>& inputs, double utc) {
  RunRecord run;
  run.path = "rehearsal";
  run.plan = plan;
  run.plan_json = plan_to_json(plan);
  run.inputs = inputs;
  const std::string time = base::utc_text(utc);
  std::int64_t sequence = 0;
  const auto read = [&](const Step& step, const std::string& channel, double value, const std::string& unit) {
    run.readings.push_back({++sequence, step.number, 1, channel, time, 0, value, unit, 0, ""});
  };
  for (const Step& step : plan.steps) {
    if (step.kind == StepKind::environment) {
      for (const AmbientQuantity& ambient : plan.ambient)
        read(step, ambient.quantity, expected_ambient(plan, ambient), ambient.unit);
    }
    if (step.kind == StepKind::read) {
      const Point& point = plan.points[static_cast<std::size_t>(step.point)];
      for (int i = 0; i < point.readings; ++i)
        read(step, indication_channel, point.nominal, point.unit);
    }
    run.events.push_back({++sequence, step.number, 1, time, 0, event::step_finished, "", ""});
  }
  return run;
}

}  // namespace etalon::acquisition
