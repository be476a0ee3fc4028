#include "calibration/uncertainty/coverage_factor.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using base::tr;
namespace {

void check_probability(double probability) {
  if (!(probability > 0 && probability < 1)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the coverage probability is {}: expected a number between 0 and 1, such as 0.95")),
                    probability));
  }
}

double normal_density(double z) {
  return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
}
// First and second integrals of the normal distribution function from minus infinity.
double first_integral(double z) {
  return z * normal_probability(z) + normal_density(z);
}
double second_integral(double z) {
  return ((z * z + 1) * normal_probability(z) + z * normal_density(z)) / 2;
}

// P(|X| > w) for X = rectangle a + rectangle b + normal s.
double outside(double w, double a, double b, double s) {
  if (s == 0) {
    if (b == 0) return w >= a ? 0 : 1 - w / a;
    if (w >= a + b) return 0;
    // Trapezoid: flat to a - b, then falling to a + b; height 1/(2a).
    if (w >= a - b) return (a + b - w) * (a + b - w) / (4 * a * b);
    return 1 - w / a;
  }
  if (b == 0) {
    // The upper tail P(X > w) = s/(2a) * (I((a - w)/s) - I((-a - w)/s)), twice by symmetry.
    return s / a * (first_integral((a - w) / s) - first_integral((-a - w) / s));
  }
  const double sum = second_integral((a + b - w) / s) - second_integral((a - b - w) / s) -
                     second_integral((-a + b - w) / s) + second_integral((-a - b - w) / s);
  return s * s / (2 * a * b) * sum;
}

}  // namespace

std::string to_string(CoverageFactorOrigin origin) {
  switch (origin) {
    case CoverageFactorOrigin::none:
      return "none";
    case CoverageFactorOrigin::normal:
      return "normal";
    case CoverageFactorOrigin::student_t:
      return "student_t";
    case CoverageFactorOrigin::dominant_rectangular:
      return "dominant_rectangular";
    case CoverageFactorOrigin::dominant_trapezoidal:
      return "dominant_trapezoidal";
  }
  throw std::logic_error("a coverage factor of unknown origin");
}

double truncated_degrees_of_freedom(double effective_degrees_of_freedom) {
  if (!(effective_degrees_of_freedom > 0)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("{} effective degrees of freedom: expected a positive number")),
                                       effective_degrees_of_freedom));
  }
  // From 1e6 on, t differs from the normal quantile by less than the sixth digit, whole number or not.
  if (effective_degrees_of_freedom < 1 || effective_degrees_of_freedom > 1e6) return effective_degrees_of_freedom;
  return std::floor(std::round(effective_degrees_of_freedom * 10) / 10);
}

double coverage_factor(double coverage_probability, double effective_degrees_of_freedom) {
  check_probability(coverage_probability);
  return two_sided_student_t(coverage_probability, truncated_degrees_of_freedom(effective_degrees_of_freedom));
}

double CoverageFactors::at(double effective_degrees_of_freedom) {
  const double nu = truncated_degrees_of_freedom(effective_degrees_of_freedom);
  const auto found = known_.find(nu);
  if (found != known_.end()) return found->second;
  return known_.emplace(nu, coverage_factor(coverage_probability_, nu)).first->second;
}

double coverage_factor_of_trapezoid(double coverage_probability, double beta) {
  check_probability(coverage_probability);
  if (!(beta >= 0 && beta <= 1)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the shape of a trapezoid is {}: expected 0 to 1")), beta));
  }
  const double p = coverage_probability;
  const double relative = std::sqrt((1 + beta * beta) / 6);  // u over half of the base
  if (p / (2 - p) >= beta) return (1 - std::sqrt((1 - p) * (1 - beta * beta))) / relative;
  return p * (1 + beta) / 2 / relative;
}

double coverage_factor_of_convolution(double coverage_probability, double a, double b, double s) {
  check_probability(coverage_probability);
  if (!(a > 0 && b >= 0 && b <= a && s >= 0) || std::isinf(a) || std::isinf(s)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("half-widths {} and {} with standard uncertainty {}: expected a >= b >= 0, a > 0, s >= 0")), a,
        b, s));
  }
  // In units of a. A second rectangle far smaller than the first would lose its digits in the differences above; as a
  // normal quantity it changes k by less than the fourth power of its size.
  b /= a;
  s /= a;
  if (b < 1e-3) {
    s = std::hypot(s, b / std::sqrt(3.0));
    b = 0;
  }
  if (s < 1e-6) s = 0;
  double low = 0;
  double high = 1 + b + 40 * s;
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (outside(middle, 1, b, s) > 1 - coverage_probability ? low : high) = middle;
  }
  return high / std::sqrt((1 + b * b) / 3 + s * s);
}

}  // namespace etalon::calibration
