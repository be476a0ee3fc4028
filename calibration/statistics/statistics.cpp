#include "calibration/statistics/statistics.h"

#include <fmt/format.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
namespace {

void check_probability(double probability) {
  if (!(probability > 0 && probability < 1)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("probability {} is not usable: expected a number strictly between 0 and 1")), probability));
  }
}

void check_degrees_of_freedom(double degrees_of_freedom) {
  if (!(degrees_of_freedom > 0)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{} degrees of freedom are not usable: expected a positive number")), degrees_of_freedom));
  }
}

double upper_student_t_quantile(double tail, double degrees_of_freedom) {
  return boost::math::quantile(boost::math::complement(boost::math::students_t(degrees_of_freedom), tail));
}

}  // namespace

double mean(const std::vector<double>& readings) {
  if (readings.empty()) throw base::InputError(tr("no readings: a mean needs at least one"));
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (!std::isfinite(readings[i])) {
      throw base::InputError(fmt::format(fmt::runtime(tr("reading {} of {} is {}: not a number that can be averaged")),
                                         i + 1, readings.size(), readings[i]));
    }
  }
  const double first = readings.front();
  const auto count = static_cast<double>(readings.size());
  // Differences from the first reading are small and nearly exact; a second pass removes what is left.
  double sum = 0;
  for (double reading : readings)
    sum += reading - first;
  double result = first + sum / count;
  double correction = 0;
  for (double reading : readings)
    correction += reading - result;
  result += correction / count;
  if (!std::isfinite(result)) throw base::InputError(tr("the readings are too large: their mean is not finite"));
  return result;
}

Summary summarise(const std::vector<double>& readings) {
  if (readings.size() < 2) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{} reading(s): a standard deviation needs at least two (GUM 4.2.2)")), readings.size()));
  }
  Summary result;
  result.count = readings.size();
  result.mean = mean(readings);
  double squares = 0;
  double deviations = 0;
  for (double reading : readings) {
    const double deviation = reading - result.mean;
    squares += deviation * deviation;
    deviations += deviation;
  }
  const auto count = static_cast<double>(readings.size());
  const double variance = (squares - deviations * deviations / count) / (count - 1);
  if (!std::isfinite(variance)) {
    throw base::InputError(tr("the readings are too large: their standard deviation is not finite"));
  }
  result.standard_deviation = std::sqrt(std::max(0.0, variance));
  return result;
}

double normal_probability(double z) {
  return boost::math::cdf(boost::math::normal(), z);
}

double normal_quantile(double probability) {
  check_probability(probability);
  return boost::math::quantile(boost::math::normal(), probability);
}

double student_t_quantile(double probability, double degrees_of_freedom) {
  check_probability(probability);
  check_degrees_of_freedom(degrees_of_freedom);
  if (std::isinf(degrees_of_freedom)) return normal_quantile(probability);
  // From the smaller tail, which keeps its digits.
  return probability < 0.5 ? -upper_student_t_quantile(probability, degrees_of_freedom)
                           : upper_student_t_quantile(1 - probability, degrees_of_freedom);
}

double chi_squared_quantile(double probability, double degrees_of_freedom) {
  check_probability(probability);
  check_degrees_of_freedom(degrees_of_freedom);
  return boost::math::quantile(boost::math::chi_squared(degrees_of_freedom), probability);
}

double chi_squared_upper_probability(double chi_squared, double degrees_of_freedom) {
  check_degrees_of_freedom(degrees_of_freedom);
  if (!(chi_squared >= 0) || std::isinf(chi_squared)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("chi-squared {} is not usable: expected a finite number from 0")), chi_squared));
  }
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(degrees_of_freedom), chi_squared));
}

double two_sided_normal(double coverage_probability) {
  check_probability(coverage_probability);
  // The complement keeps digits when the probability is close to 1.
  return boost::math::quantile(boost::math::complement(boost::math::normal(), (1 - coverage_probability) / 2));
}

double two_sided_student_t(double coverage_probability, double degrees_of_freedom) {
  check_probability(coverage_probability);
  check_degrees_of_freedom(degrees_of_freedom);
  if (std::isinf(degrees_of_freedom)) return two_sided_normal(coverage_probability);
  return upper_student_t_quantile((1 - coverage_probability) / 2, degrees_of_freedom);
}

}  // namespace etalon::calibration
