#include "calibration/statistics/normal_range.h"

#include <fmt/format.h>

#include <boost/math/constants/constants.hpp>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
namespace {

// The integrands are analytic and die like a Gaussian, so the trapezoidal rule with this step is exact to rounding.
constexpr double step = 0.05;
constexpr double reach = 9.5;

double below(double x) {
  return std::erfc(-x / boost::math::constants::root_two<double>()) / 2;
}
double density(double x) {
  return std::exp(-x * x / 2) / boost::math::constants::root_two_pi<double>();
}

void check_size(int n, int largest) {
  if (n < 2 || n > largest) {
    throw base::InputError(fmt::format(fmt::runtime(tr("groups of {} readings: expected 2 to {}")), n, largest));
  }
}

double probability_of_larger_range(int n, double r) {
  double sum = 0;
  for (double x = -reach - r; x <= reach; x += step)
    sum += density(x) * std::pow(below(x + r) - below(x), n - 1);
  return 1 - n * sum * step;
}

}  // namespace

double expected_range(int n) {
  check_size(n, 100);
  double sum = 0;
  for (int i = -190; i <= 190; ++i) {
    const double x = i * step;
    sum += -std::expm1(n * std::log1p(-below(-x))) - std::pow(below(-x), n);
  }
  return sum * step;
}

double standard_deviation_of_range(int n) {
  check_size(n, 100);
  double square = 0;
  for (int part = 0; part < 16; ++part) {
    square += boost::math::quadrature::gauss<double, 15>::integrate(
        [&](double r) { return 2 * r * probability_of_larger_range(n, r); }, part, part + 1);
  }
  const double mean = expected_range(n);
  return std::sqrt(square - mean * mean);
}

double expected_standard_deviation(int n) {
  if (n < 2) check_size(n, 100);
  const double half = (n - 1) / 2.0;
  return 1 / (std::sqrt(half) * boost::math::tgamma_delta_ratio(half, 0.5));
}

}  // namespace etalon::calibration
