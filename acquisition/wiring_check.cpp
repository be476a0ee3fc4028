#include "acquisition/wiring_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/decimal.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::acquisition {

using base::tr;

double wiring_check_limit(const WiringCheck& check, const Point& point) {
  const ErrorLimit& limit = point.limit;
  const double permissible = limit.of_reading * std::fabs(point.nominal) + limit.of_range * point.range + limit.floor;
  double of_range = check.of_range * point.range;
  if (point.nominal != 0) of_range = std::min(of_range, std::fabs(point.nominal) / 2);
  return std::max(check.permissible_errors * permissible, of_range);
}

std::optional<std::string> contradiction(const Plan& plan, const Point& point, double value) {
  const double limit = wiring_check_limit(plan.wiring_check.value_or(WiringCheck{}), point);
  if (std::fabs(value - point.nominal) <= limit) return std::nullopt;
  const std::string unit = " " + base::display_unit(plan.unit);
  return fmt::format(fmt::runtime(tr("{0} reads {1} where {2} are expected, within ±{3}: is the wiring as asked?")),
                     plan.wirings[static_cast<std::size_t>(point.wiring)].to, base::format_significant(value, 3) + unit,
                     fmt::format("{}", point.nominal) + unit, base::format_significant(limit, 2) + unit);
}

bool proves_wiring(const Plan& plan, const Point& point) {
  return contradiction(plan, point, 0).has_value();
}

std::vector<std::string> contradictions(const RunRecord& run) {
  std::vector<std::string> found;
  for (const Step& step : run.plan.steps) {
    if (step.kind != StepKind::read) continue;
    const Point& point = run.plan.points[static_cast<std::size_t>(step.point)];
    for (const JournalReading& reading :
         run.readings_of(step.number, run.finished_attempt(step.number), indication_channel)) {
      const auto wrong = contradiction(run.plan, point, base::convert(reading.value, reading.unit, run.plan.unit));
      if (!wrong) continue;
      found.push_back(fmt::format("{}: {}", point.id, *wrong));
      break;
    }
  }
  return found;
}

}  // namespace etalon::acquisition
