#include "calibration/statistics/autocorrelation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
namespace {

std::vector<double> deviations(const std::vector<double>& readings) {
  const double average = mean(readings);
  std::vector<double> result;
  result.reserve(readings.size());
  double rest = 0;
  for (double reading : readings) {
    result.push_back(reading - average);
    rest += result.back();
  }
  rest /= static_cast<double>(readings.size());  // what rounding left in the mean
  for (double& deviation : result)
    deviation -= rest;
  return result;
}

double sum_of_products(const std::vector<double>& deviation, std::size_t lag) {
  double sum = 0;
  for (std::size_t i = 0; i + lag < deviation.size(); ++i)
    sum += deviation[i] * deviation[i + lag];
  return sum;
}

// Part of the sum of squares that a straight line explains.
double share_of_line(const std::vector<double>& deviation, double squares) {
  const double middle = (static_cast<double>(deviation.size()) - 1) / 2;
  double product = 0;
  double times = 0;
  for (std::size_t i = 0; i < deviation.size(); ++i) {
    const double t = static_cast<double>(i) - middle;
    product += t * deviation[i];
    times += t * t;
  }
  return product / squares * (product / times);
}

double checked_squares(const std::vector<double>& deviation) {
  const double squares = sum_of_products(deviation, 0);
  if (!(squares > 0) || std::isinf(squares)) {
    throw base::InputError(tr("the readings are all equal (or their scatter is not finite): no autocorrelation"));
  }
  return squares;
}

}  // namespace

double autocorrelation(const std::vector<double>& readings, std::size_t lag) {
  check_readings(readings, lag + 1);
  const auto deviation = deviations(readings);
  return sum_of_products(deviation, lag) / checked_squares(deviation);
}

CorrelatedReadings correlated_readings(const std::vector<double>& readings) {
  check_readings(readings, 4);
  const auto deviation = deviations(readings);
  const double squares = checked_squares(deviation);
  const auto n = static_cast<double>(readings.size());
  CorrelatedReadings result;
  result.first_autocorrelation = sum_of_products(deviation, 1) / squares;
  double sum = 0;
  for (std::size_t k = 1; k + 1 < readings.size(); ++k) {
    const double r = sum_of_products(deviation, k) / squares;
    if (!(r > 0)) break;
    sum += (1 - static_cast<double>(k) / n) * r;
    result.last_lag = k;
  }
  // A line that makes up more than 95 % is a ramp however short the series: of five independent readings, one series in
  // two hundred looks like that.
  const double share = share_of_line(deviation, squares);
  const bool slow = result.last_lag > std::max<std::size_t>(2, readings.size() / 4);
  if ((slow && share > 0.5) || (readings.size() > 4 && share > 0.95)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the {} readings drift: a straight line makes up {:.0f} % of their scatter, and their "
                        "autocorrelation goes on for {} of them; remove the drift first, or measure for longer")),
        readings.size(), 100 * share, result.last_lag));
  }
  result.effective_count = n / (1 + 2 * sum);
  const double variance = squares / n * result.effective_count / (result.effective_count - 1);
  result.result = {readings.size(), mean(readings), std::sqrt(variance), std::sqrt(variance / result.effective_count),
                   result.effective_count - 1};
  return result;
}

}  // namespace etalon::calibration
