#include "acquisition/plan_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::acquisition {

using base::InputError;
using base::tr;

namespace {

// More than any calibration has; enough for what a damaged file could ask for in memory and time.
constexpr std::size_t most_points = 100000;
constexpr std::size_t most_wirings = 10000;
constexpr std::size_t most_steps = 1000000;
constexpr int most_readings = 1000000;
constexpr double largest_number = 1e30;
constexpr double longest_time = 1e8;  // s: three years

template <typename... Arguments>
[[noreturn]] void refuse(const std::string& text, const Arguments&... arguments) {
  throw InputError(
      fmt::format(fmt::runtime(tr("the plan cannot be used: {}")), fmt::format(fmt::runtime(text), arguments...)));
}

void require(bool holds, const std::string& where, const char* what) {
  if (!holds) refuse("{}: {}", where, tr(what));
}

bool is_number(double value) {
  return std::isfinite(value) && std::fabs(value) <= largest_number;
}
bool is_amount(double value) {
  return is_number(value) && value >= 0;
}
bool is_time(double value) {
  return is_amount(value) && value <= longest_time;
}

// What is stated as a text and as a number is one value.
bool is_the_same(const std::string& text, double value, const std::string& unit) {
  try {
    return std::fabs(base::parse_quantity(text).in(unit)-value) <= 1e-9 * std::fabs(value);
  } catch (const InputError&) {
    return false;
  }
}

void check_point(const Plan& plan, const Point& point) {
  const std::string& id = point.id;
  require(!id.empty(), "points", base::message_id("a point has no id"));
  require(point.wiring >= 0 && point.wiring < static_cast<int>(plan.wirings.size()), id,
          base::message_id("it is of a wiring that there is not"));
  const WiringPlan& wiring = plan.wirings[static_cast<std::size_t>(point.wiring)];
  require(point.touch >= 0, id, base::message_id("touch is below 0"));
  require(point.shorted == (wiring.from == "short"), id, base::message_id("shorted, and its wiring says otherwise"));
  require(!point.shorted || point.nominal == 0, id, base::message_id("with a short the value can only be 0"));
  require(point.unit == plan.unit, id, base::message_id("its unit is not the plan's"));
  require(is_number(point.range) && point.range > 0, id, base::message_id("expected a range above 0"));
  require(is_number(point.nominal), id, base::message_id("nominal is no number that can be"));
  require(is_the_same(point.range_text, point.range, point.unit), id, base::message_id("range and range_text differ"));
  require(is_the_same(point.nominal_text, point.nominal, point.unit), id,
          base::message_id("nominal and nominal_text differ"));
  require(point.readings >= 1 && point.readings <= most_readings, id,
          base::message_id("expected at least one reading, and not millions"));
  require(is_amount(point.source_range) && is_amount(point.resolution), id,
          base::message_id("source_range and resolution: expected numbers of at least 0"));
  require(is_amount(point.limit.of_reading) && is_amount(point.limit.of_range) && is_amount(point.limit.floor), id,
          base::message_id("limit: expected numbers of at least 0"));
}

void check_surroundings(const Plan& plan) {
  require(base::is_unit(plan.unit), "unit", base::message_id("is no unit"));
  require(!plan.quantity.empty(), "quantity", base::message_id("is empty"));
  const Settling& settling = plan.settling;
  require(is_time(settling.dwell) && is_time(settling.timeout) && settling.timeout > 0 &&
              is_amount(settling.window_span) && settling.window_readings >= 0 &&
              settling.window_readings <= most_readings,
          "settling", base::message_id("its numbers cannot be"));
  std::set<std::string> quantities;
  for (const AmbientQuantity& ambient : plan.ambient) {
    require(!ambient.quantity.empty() && quantities.insert(ambient.quantity).second, "ambient",
            base::message_id("a quantity has no name, or stands twice"));
    require(base::is_unit(ambient.unit), ambient.quantity, base::message_id("is no unit"));
    require(is_amount(ambient.error_limit), ambient.quantity, base::message_id("error_limit is below 0"));
  }
  for (const auto& [quantity, limits] : plan.environment) {
    const auto measured = std::find_if(plan.ambient.begin(), plan.ambient.end(),
                                       [&, &name = quantity](const auto& one) { return one.quantity == name; });
    require(
        measured != plan.ambient.end() && base::is_unit(limits.unit) && base::convertible(limits.unit, measured->unit),
        quantity, base::message_id("is limited, but not measured in such a unit"));
    require(is_number(limits.from) && is_number(limits.to) && limits.from < limits.to, quantity,
            base::message_id("expected limits from a lower to a higher value"));
  }
  for (const WiringPlan& wiring : plan.wirings) {
    require(!wiring.from.empty() && !wiring.to.empty(), wiring.name, base::message_id("leads nowhere"));
    require(is_time(wiring.wait), wiring.name, base::message_id("its wait cannot be"));
    require((wiring.from == "short") == wiring.standard.empty(), wiring.name,
            base::message_id("a source is a measurement standard, and a short is none"));
  }
}

// What was done so far for the point at hand.
struct Progress {
  int point = -1;
  bool configured = false;
  bool applied = false;
};

void check_step(const Plan& plan, const Step& step, Progress& progress) {
  const std::string name = fmt::format("{} {} ({})", tr("step"), step.number, step_name(step.kind));
  require(is_time(step.estimate), name, base::message_id("its estimate cannot be"));
  require(step.wiring >= -1 && step.wiring < static_cast<int>(plan.wirings.size()), name,
          base::message_id("it names a wiring that there is not"));
  require(step.point >= -1 && step.point < static_cast<int>(plan.points.size()), name,
          base::message_id("it names a point that there is not"));
  const bool of_point = step.kind == StepKind::configure || step.kind == StepKind::apply ||
                        step.kind == StepKind::settle || step.kind == StepKind::environment ||
                        step.kind == StepKind::read;
  const bool of_wiring = of_point || step.kind == StepKind::prompt || step.kind == StepKind::wait;
  require(!of_wiring || step.wiring >= 0, name, base::message_id("it has no wiring"));
  require(of_point == (step.point >= 0), name,
          of_point ? base::message_id("it has no point") : base::message_id("it has a point, and needs none"));
  if (!of_point) {
    progress = {};
    return;
  }
  const Point& point = plan.points[static_cast<std::size_t>(step.point)];
  require(point.wiring == step.wiring, name, base::message_id("its point is of another wiring"));
  if (progress.point != step.point) progress = {step.point, false, false};
  if (step.kind == StepKind::configure) progress.configured = true;
  if (step.kind == StepKind::apply) {
    require(!point.shorted, name, base::message_id("nothing can be applied to a short"));
    progress.applied = true;
  }
  if (step.kind == StepKind::settle || step.kind == StepKind::read) {
    require(progress.configured, name, base::message_id("the item is not configured before"));
    require(point.shorted || progress.applied, name, base::message_id("nothing is applied before"));
  }
}

void check_steps(const Plan& plan) {
  require(!plan.steps.empty() && plan.steps.front().kind == StepKind::identify, "steps",
          base::message_id("the first does not identify the instruments"));
  require(plan.steps.back().kind == StepKind::make_safe && plan.steps.back().point < 0, "steps",
          base::message_id("the last does not make the sources safe"));
  std::vector<int> reads(plan.points.size());
  bool environment = false;
  Progress progress;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    require(step.number == static_cast<int>(i) + 1, "steps", base::message_id("they are not numbered 1, 2, 3 …"));
    check_step(plan, step, progress);
    environment = environment || step.kind == StepKind::environment;
    if (step.kind == StepKind::read) ++reads[static_cast<std::size_t>(step.point)];
  }
  for (std::size_t p = 0; p < reads.size(); ++p)
    require(reads[p] == 1, plan.points[p].id, base::message_id("expected one step that reads it"));
  require(environment == !plan.ambient.empty(), "ambient",
          base::message_id("what is measured there and the steps that read it do not agree"));
}

}  // namespace

void check_plan(const Plan& plan) {
  require(!plan.points.empty() && plan.points.size() <= most_points && !plan.wirings.empty() &&
              plan.wirings.size() <= most_wirings && plan.steps.size() <= most_steps,
          "points", base::message_id("there are none, or too many"));
  check_surroundings(plan);
  std::set<std::string> ids;
  for (const Point& point : plan.points) {
    check_point(plan, point);
    require(ids.insert(point.id).second, point.id, base::message_id("stands twice"));
  }
  check_steps(plan);
}

}  // namespace etalon::acquisition
