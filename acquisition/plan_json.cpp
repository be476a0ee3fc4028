// The plan as JSON, for the run file.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "acquisition/plan.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::base {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LocalText, en, zh)
}  // namespace etalon::base

namespace etalon::acquisition {

using base::tr;

NLOHMANN_JSON_SERIALIZE_ENUM(StepKind, {{StepKind::identify, "identify"},
                                        {StepKind::prompt, "prompt"},
                                        {StepKind::wait, "wait"},
                                        {StepKind::make_safe, "make safe"},
                                        {StepKind::configure, "configure"},
                                        {StepKind::apply, "apply"},
                                        {StepKind::settle, "settle"},
                                        {StepKind::environment, "environment"},
                                        {StepKind::read, "read"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Limits, from, to, unit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Settling, flag, dwell, window_readings, window_span, timeout)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ErrorLimit, of_reading, of_range, floor, source)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Point, id, wiring, touch, shorted, range_text, nominal_text, range, nominal, unit,
                                   readings, source_range, resolution, limit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Step, number, kind, wiring, point, estimate)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WiringPlan, name, from, to, prompt, picture, wait, touched, standard)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AmbientQuantity, quantity, unit, error_limit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Plan, title, documents, method, quantity, unit, settings, environment, ambient,
                                   settling, wirings, points, steps, simulated)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WiringCheck, permissible_errors, of_range)

// What is left to its default is left out: a plan stays the text that earlier versions wrote.
std::string plan_to_json(const Plan& plan) {
  nlohmann::json json(plan);
  if (plan.wiring_check) json["wiring_check"] = *plan.wiring_check;
  return json.dump(1);
}

Plan plan_from_json(const std::string& json) {
  try {
    const nlohmann::json parsed = nlohmann::json::parse(json);
    Plan plan = parsed.get<Plan>();
    if (parsed.contains("wiring_check")) plan.wiring_check = parsed.at("wiring_check").get<WiringCheck>();
    for (const Step& step : plan.steps) {
      if (step.point < -1 || step.point >= static_cast<int>(plan.points.size()) || step.wiring < -1 ||
          step.wiring >= static_cast<int>(plan.wirings.size())) {
        throw base::InputError(tr("the plan names a point or wiring that it does not have"));
      }
      if (step.number != 1 + static_cast<int>(&step - plan.steps.data())) {
        throw base::InputError(tr("the plan's steps are not numbered 1, 2, 3 …"));
      }
    }
    for (const Point& point : plan.points) {
      if (point.wiring < 0 || point.wiring >= static_cast<int>(plan.wirings.size())) {
        throw base::InputError(tr("the plan has a point of a wiring that it does not have"));
      }
    }
    return plan;
  } catch (const nlohmann::json::exception& error) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the plan cannot be read: {}")), error.what()));
  }
}

}  // namespace etalon::acquisition
