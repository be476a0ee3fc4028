#include "calibration/statistics/range_method.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/normal_range.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
namespace {

void check_count(std::size_t n) {
  if (n < 2 || n > 9) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the range method with {} readings: expected 2 to 9 (JJF "
                                                       "1059.1-2012, 4.3.2.3); with more, use the standard deviation")),
                                       n));
  }
}

}  // namespace

double range_coefficient(int n) {
  check_count(n < 0 ? 0 : static_cast<std::size_t>(n));
  return expected_range(n);
}

double degrees_of_freedom_of_range(int n) {
  const double ratio = range_coefficient(n) / standard_deviation_of_range(n);
  return ratio * ratio / 2;
}

TypeA range_method(const std::vector<double>& readings) {
  check_count(readings.size());
  check_readings(readings, 2);
  const auto [smallest, largest] = std::minmax_element(readings.begin(), readings.end());
  const int n = static_cast<int>(readings.size());
  const double range = *largest - *smallest;
  if (!std::isfinite(range)) throw base::InputError(tr("the readings are too large: their range is not finite"));
  const double s = range / range_coefficient(n);
  return {readings.size(), mean(readings), s, s / std::sqrt(n), degrees_of_freedom_of_range(n)};
}

}  // namespace etalon::calibration
