#include "calibration/conformity/global_risk.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/constants/constants.hpp>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using base::tr;
namespace {

// P(a <= Z <= b) from the tails that keep the digits.
double between(double a, double b) {
  if (!(a < b)) return 0;
  return a > 0 ? normal_probability(-a) - normal_probability(-b) : normal_probability(b) - normal_probability(a);
}

void check(const PermissibleLimits& limits) {
  if (!(limits.lower < limits.upper) || (std::isinf(limits.lower) && std::isinf(limits.upper))) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the limits of permissible error are {} to {}: expected a lower and an upper one, or one of "
                        "them")),
        limits.lower, limits.upper));
  }
}

void check_normal(double mean, double standard_deviation) {
  if (!std::isfinite(mean) || !(standard_deviation > 0) || std::isinf(standard_deviation)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("a population with mean {} and standard deviation {}: expected "
                                                       "finite numbers, the standard deviation positive")),
                                       mean, standard_deviation));
  }
}

// Beyond this many standard deviations a normal density is below the smallest number.
constexpr double reach = 38;

class Population {
 public:
  explicit Population(const ItemPopulation& p) : p_(p) {
    if (normal()) {
      lower_ = p.mean - reach * p.standard_deviation;
      upper_ = p.mean + reach * p.standard_deviation;
    } else {
      lower_ = p.lower;
      upper_ = p.upper;
    }
  }
  bool normal() const { return p_.shape == ItemPopulation::Shape::normal; }
  double lower() const { return lower_; }
  double upper() const { return upper_; }
  double density(double x) const {
    if (!normal()) return 1 / (p_.upper - p_.lower);
    const double z = (x - p_.mean) / p_.standard_deviation;
    return std::exp(-z * z / 2) / (p_.standard_deviation * boost::math::constants::root_two_pi<double>());
  }
  double probability(double a, double b) const {
    if (!(a < b)) return 0;
    if (normal()) return between((a - p_.mean) / p_.standard_deviation, (b - p_.mean) / p_.standard_deviation);
    return std::max(0.0, std::min(b, p_.upper) - std::max(a, p_.lower)) / (p_.upper - p_.lower);
  }

 private:
  ItemPopulation p_;
  double lower_ = 0, upper_ = 0;
};

void add_marks(std::vector<double>& marks, double centre, double scale) {
  if (std::isinf(centre)) return;
  marks.push_back(centre);
  for (double step : {0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0}) {
    marks.push_back(centre - step * scale);
    marks.push_back(centre + step * scale);
  }
}

// Integral of function over [from, to], piece by piece.
template <class Function>
double integral(double from, double to, const std::vector<double>& marks, const Function& function) {
  if (!(from < to)) return 0;
  std::vector<double> bounds{from};
  for (double mark : marks) {
    if (mark > from && mark < to) bounds.push_back(mark);
  }
  bounds.push_back(to);
  double sum = 0;
  for (std::size_t i = 1; i < bounds.size(); ++i) {
    if (bounds[i] > bounds[i - 1])
      sum += boost::math::quadrature::gauss<double, 20>::integrate(function, bounds[i - 1], bounds[i]);
  }
  return sum;
}

}  // namespace

ItemPopulation normal_population(double mean, double standard_deviation) {
  check_normal(mean, standard_deviation);
  ItemPopulation result;
  result.mean = mean;
  result.standard_deviation = standard_deviation;
  return result;
}

ItemPopulation uniform_population(double lower, double upper) {
  if (!(lower < upper) || !std::isfinite(upper - lower)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("a uniform population from {} to {}: expected finite numbers in order")), lower, upper));
  }
  ItemPopulation result;
  result.shape = ItemPopulation::Shape::uniform;
  result.lower = lower;
  result.upper = upper;
  return result;
}

GlobalRisk global_risk(const ItemPopulation& population, const PermissibleLimits& limits,
                       const AcceptanceLimits& acceptance, double standard_uncertainty) {
  check(limits);
  const double u = standard_uncertainty;
  if (!(u > 0) || std::isinf(u)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("no risks for a standard uncertainty of {}: expected a positive finite number")), u));
  }
  if (std::isnan(acceptance.lower) || std::isnan(acceptance.upper)) {
    throw base::InputError(tr("no risks: an acceptance limit is not a number"));
  }
  const ItemPopulation checked = population.shape == ItemPopulation::Shape::normal
                                     ? normal_population(population.mean, population.standard_deviation)
                                     : uniform_population(population.lower, population.upper);
  const Population items(checked);
  GlobalRisk result;
  result.in_tolerance = items.probability(limits.lower, limits.upper);
  if (!(acceptance.lower < acceptance.upper)) {
    result.false_reject = result.in_tolerance;
    return result;
  }
  std::vector<double> marks;
  if (items.normal()) add_marks(marks, checked.mean, checked.standard_deviation);
  add_marks(marks, acceptance.lower, u);
  add_marks(marks, acceptance.upper, u);
  std::sort(marks.begin(), marks.end());
  const auto accepted = [&](double x) {
    return items.density(x) * between((acceptance.lower - x) / u, (acceptance.upper - x) / u);
  };
  const auto rejected = [&](double x) {
    return items.density(x) *
           (normal_probability((acceptance.lower - x) / u) + normal_probability((x - acceptance.upper) / u));
  };
  const double lower = std::clamp(limits.lower, items.lower(), items.upper());
  const double upper = std::clamp(limits.upper, items.lower(), items.upper());
  result.false_accept =
      integral(items.lower(), lower, marks, accepted) + integral(upper, items.upper(), marks, accepted);
  result.false_reject = integral(lower, upper, marks, rejected);
  result.accepted = std::max(0.0, result.in_tolerance - result.false_reject) + result.false_accept;
  if (result.accepted > 0) result.false_accept_of_accepted = result.false_accept / result.accepted;
  return result;
}

double population_standard_deviation(double in_tolerance, const PermissibleLimits& limits, double mean) {
  check(limits);
  if (!(in_tolerance > 0 && in_tolerance < 1) || !(mean > limits.lower && mean < limits.upper) ||
      !std::isfinite(mean)) {
    throw base::InputError(fmt::format(
        fmt::runtime(
            tr("no population with {} of its items in tolerance about {}: expected a part between 0 and 1, and "
               "a mean inside of the limits")),
        in_tolerance, mean));
  }
  const double below = mean - limits.lower;
  const double above = limits.upper - mean;
  if (std::isinf(below) || std::isinf(above)) {
    if (!(in_tolerance > 0.5)) {
      throw base::InputError(
          tr("with a single limit and the mean inside of it, more than half of the items are in tolerance"));
    }
    return std::min(below, above) / normal_quantile(in_tolerance);
  }
  if (below == above) return above / two_sided_normal(in_tolerance);
  const auto excess = [&](double log_deviation) {
    const double s = std::exp(log_deviation);
    return between(-below / s, above / s) - in_tolerance;
  };
  // More than p is within the nearer distance at its factor; less than p within the farther one at its.
  const double k = two_sided_normal(in_tolerance);
  const double low = std::log(std::min(below, above) / k);
  const double high = std::log(std::max(below, above) / k);
  std::uintmax_t steps = 200;
  const auto root = boost::math::tools::toms748_solve(excess, low - 1e-9, high + 1e-9,
                                                      boost::math::tools::eps_tolerance<double>(50), steps);
  return std::exp((root.first + root.second) / 2);
}

}  // namespace etalon::calibration
