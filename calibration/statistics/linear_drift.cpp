#include "calibration/statistics/linear_drift.h"

#include <fmt/format.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;

LinearDrift linear_drift(const std::vector<double>& times, const std::vector<double>& readings) {
  check_readings(readings, 3);
  check_readings(times, 3);
  if (times.size() != readings.size()) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{} times for {} readings: expected as many")), times.size(), readings.size()));
  }
  LinearDrift result;
  result.count = readings.size();
  result.degrees_of_freedom = static_cast<double>(result.count) - 2;
  result.middle = mean(times);
  result.value_at_middle = mean(readings);
  double products = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double time = times[i] - result.middle;
    result.sum_of_squared_times += time * time;
    products += time * (readings[i] - result.value_at_middle);
  }
  if (!(result.sum_of_squared_times > 0))
    throw base::InputError(tr("all readings have the same time: no drift can be found"));
  result.slope = products / result.sum_of_squared_times;
  double squares = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double residual = readings[i] - result.value_at_middle - result.slope * (times[i] - result.middle);
    squares += residual * residual;
  }
  if (!std::isfinite(squares) || !std::isfinite(result.sum_of_squared_times)) {
    throw base::InputError(tr("the readings are too large: their standard deviation is not finite"));
  }
  result.standard_deviation = std::sqrt(squares / result.degrees_of_freedom);
  result.slope_uncertainty = result.standard_deviation / std::sqrt(result.sum_of_squared_times);
  if (result.slope_uncertainty > 0) {
    const boost::math::students_t t(result.degrees_of_freedom);
    result.significance =
        2 * boost::math::cdf(boost::math::complement(t, std::fabs(result.slope) / result.slope_uncertainty));
  } else {
    result.significance = result.slope == 0 ? 1 : 0;
  }
  return result;
}

TypeA value_at(const LinearDrift& drift, std::optional<double> time) {
  const double distance = time ? *time - drift.middle : 0;
  if (!std::isfinite(distance)) throw base::InputError(tr("the time at which the value is wanted is not finite"));
  const double u = drift.standard_deviation *
                   std::sqrt(1 / static_cast<double>(drift.count) + distance * distance / drift.sum_of_squared_times);
  return {drift.count, drift.value_at_middle + drift.slope * distance, drift.standard_deviation, u,
          drift.degrees_of_freedom};
}

}  // namespace etalon::calibration
