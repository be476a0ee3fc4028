#include "calibration/statistics/type_a.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
namespace {

void check(const Spread& spread) {
  if (!(spread.standard_deviation >= 0) || std::isinf(spread.standard_deviation) || !(spread.degrees_of_freedom > 0)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("a standard deviation of {} with {} degrees of freedom cannot be used: expected a "
                                    "finite number that is not negative, and degrees of freedom above 0")),
                    spread.standard_deviation, spread.degrees_of_freedom));
  }
}

}  // namespace

TypeA type_a(const std::vector<double>& readings) {
  const Summary summary = summarise(readings);
  const auto n = static_cast<double>(summary.count);
  return {summary.count, summary.mean, summary.standard_deviation, summary.standard_deviation / std::sqrt(n), n - 1};
}

double standard_uncertainty_of_scaled_t(const std::vector<double>& readings) {
  check_readings(readings, 4);
  const TypeA result = type_a(readings);
  const double nu = result.degrees_of_freedom;
  return result.standard_uncertainty * std::sqrt(nu / (nu - 2));
}

Spread pooled_standard_deviation(const std::vector<Spread>& groups) {
  if (groups.empty()) throw base::InputError(tr("no groups: a pooled standard deviation needs at least one"));
  double squares = 0;
  double degrees_of_freedom = 0;
  for (const Spread& group : groups) {
    check(group);
    if (std::isinf(group.degrees_of_freedom)) {
      throw base::InputError(
          tr("a group with infinite degrees of freedom cannot be pooled: its standard deviation "
             "counts as exact, use it as it is"));
    }
    squares += group.degrees_of_freedom * group.standard_deviation * group.standard_deviation;
    degrees_of_freedom += group.degrees_of_freedom;
  }
  return {std::sqrt(squares / degrees_of_freedom), degrees_of_freedom};
}

Spread pooled_standard_deviation(const std::vector<std::vector<double>>& groups) {
  std::vector<Spread> spreads;
  for (const auto& readings : groups) {
    const Summary summary = summarise(readings);
    spreads.push_back({summary.standard_deviation, static_cast<double>(summary.count - 1)});
  }
  return pooled_standard_deviation(spreads);
}

TypeA type_a(const std::vector<double>& readings, const Spread& pooled) {
  check(pooled);
  const double value = mean(readings);
  return {readings.size(), value, pooled.standard_deviation,
          pooled.standard_deviation / std::sqrt(static_cast<double>(readings.size())), pooled.degrees_of_freedom};
}

}  // namespace etalon::calibration
