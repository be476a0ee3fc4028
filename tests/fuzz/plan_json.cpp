// Plans from run files: what is accepted can be carried out and evaluated.
#include <cmath>

#include "acquisition/plan.h"
#include "acquisition/runner.h"
#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  acquisition::RunRecord record;
  if (!fuzz::is_accepted([&] { record.plan = acquisition::plan_from_json(fuzz::text_of(data, size)); })) return 0;
  const acquisition::Plan& plan = record.plan;
  fuzz::must(!plan.steps.empty() && !plan.points.empty(), "a plan has steps and points");
  for (const auto& step : plan.steps) {
    const bool reads = step.kind == acquisition::StepKind::read || step.kind == acquisition::StepKind::environment;
    fuzz::must(!reads || (step.point >= 0 && step.point < static_cast<int>(plan.points.size())),
               "what is read belongs to a point");
    fuzz::must(step.wiring < static_cast<int>(plan.wirings.size()), "a wiring of the plan");
  }
  fuzz::must(std::isfinite(plan.estimate()), "a time that can be shown");
  fuzz::must(acquisition::remaining_steps(record).size() == plan.steps.size(), "nothing is done yet");
  for (const auto& point : plan.points)
    fuzz::must(!acquisition::steps_to_repeat(record, point.id).empty(), "each point can be repeated");
  const std::string written = acquisition::plan_to_json(plan);
  fuzz::must(acquisition::plan_to_json(acquisition::plan_from_json(written)) == written, "what is written is read");
  return 0;
}
