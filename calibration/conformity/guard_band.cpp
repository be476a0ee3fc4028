#include "calibration/conformity/guard_band.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using base::tr;

AcceptanceLimits acceptance_limits(const DecisionRule& rule, const PermissibleLimits& limits,
                                   double expanded_uncertainty) {
  decide(rule, 0, limits, expanded_uncertainty);  // refuses what cannot be judged
  double w = 0;
  switch (rule.kind) {
    case RuleKind::simple_acceptance:
      break;
    case RuleKind::guard_band:
    case RuleKind::non_binary:
      w = rule.guard_band_ratio * expanded_uncertainty;
      break;
    case RuleKind::jjf_1094:
      // As decide() compares them.
      if (decide({RuleKind::jjf_1094, 1}, limits.upper, limits, expanded_uncertainty) != Verdict::pass)
        w = expanded_uncertainty;
      break;
  }
  const AcceptanceLimits accepted{limits.lower + w, limits.upper - w};
  if (accepted.lower <= accepted.upper) return accepted;
  // They cross by less than what decide() takes for rounding: the middle passes, and nothing else.
  const double middle = limits.lower + (limits.upper - limits.lower) / 2;
  if (decide(rule, middle, limits, expanded_uncertainty) == Verdict::pass) return {middle, middle};
  return accepted;
}

double guard_band_for_specific_risk(double risk, double standard_uncertainty) {
  if (!(standard_uncertainty >= 0) || std::isinf(standard_uncertainty)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("no guard band for a standard uncertainty of {}: expected a finite number, not "
                                    "negative")),
                    standard_uncertainty));
  }
  return -normal_quantile(risk) * standard_uncertainty;
}

double guard_band_for_false_accept(const ItemPopulation& population, const PermissibleLimits& limits,
                                   double standard_uncertainty, double risk) {
  if (!(risk > 0 && risk < 1)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("probability {} is not usable: expected a number strictly between 0 and 1")), risk));
  }
  const auto excess = [&](double w) {
    return global_risk(population, limits, {limits.lower + w, limits.upper - w}, standard_uncertainty).false_accept -
           risk;
  };
  if (excess(0) <= 0) return 0;
  double high = standard_uncertainty;
  while (excess(high) > 0)
    high *= 2;
  std::uintmax_t steps = 200;
  const auto root =
      boost::math::tools::toms748_solve(excess, 0.0, high, boost::math::tools::eps_tolerance<double>(48), steps);
  return root.second;  // the side on which the risk is met
}

double managed_guard_band_multiplier(double test_uncertainty_ratio) {
  if (!(test_uncertainty_ratio > 0)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("a test uncertainty ratio of {}: expected a positive number")),
                                       test_uncertainty_ratio));
  }
  return std::max(0.0, 1.04 - std::exp(0.38 * std::log(test_uncertainty_ratio) - 0.54));
}

double root_difference_guard_band(double half_tolerance, double expanded_uncertainty) {
  if (!(half_tolerance > 0) || std::isinf(half_tolerance) || !(expanded_uncertainty >= 0) ||
      !(expanded_uncertainty <= half_tolerance)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("no guard band for a tolerance of {} with U = {}: expected U between 0 and the "
                                    "tolerance")),
                    half_tolerance, expanded_uncertainty));
  }
  const double ratio = expanded_uncertainty / half_tolerance;
  // 1 - sqrt(1 - r^2) without cancellation.
  return half_tolerance * ratio * ratio / (1 + std::sqrt((1 - ratio) * (1 + ratio)));
}

}  // namespace etalon::calibration
