#include "calibration/conformity/conformance_probability.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
namespace {

void check(const PermissibleLimits& limits) {
  if (!(limits.lower <= limits.upper) || (std::isinf(limits.lower) && std::isinf(limits.upper))) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the limits of permissible error are {} to {}: expected a lower and an upper one, or one of "
                        "them")),
        limits.lower, limits.upper));
  }
}

void check(double error, double standard_uncertainty) {
  if (!std::isfinite(error) || !(standard_uncertainty > 0) || std::isinf(standard_uncertainty)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("no conformance probability for an error of {} with standard uncertainty {}: "
                                    "expected finite numbers, the uncertainty positive")),
                    error, standard_uncertainty));
  }
}

}  // namespace

double nonconformance_probability(double error, const PermissibleLimits& limits, double standard_uncertainty) {
  check(limits);
  check(error, standard_uncertainty);
  double result = 0;
  if (std::isfinite(limits.lower)) result += normal_probability((limits.lower - error) / standard_uncertainty);
  if (std::isfinite(limits.upper)) result += normal_probability((error - limits.upper) / standard_uncertainty);
  return std::min(1.0, result);
}

double nonconformance_probability_of_t(double error, const PermissibleLimits& limits, double standard_uncertainty,
                                       double degrees_of_freedom) {
  check(limits);
  check(error, standard_uncertainty);
  if (!(degrees_of_freedom > 0)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{} degrees of freedom are not usable: expected a positive number")), degrees_of_freedom));
  }
  if (std::isinf(degrees_of_freedom)) return nonconformance_probability(error, limits, standard_uncertainty);
  const boost::math::students_t t(degrees_of_freedom);
  double outside = 0;
  if (std::isfinite(limits.lower)) outside += boost::math::cdf(t, (limits.lower - error) / standard_uncertainty);
  if (std::isfinite(limits.upper)) outside += boost::math::cdf(t, (error - limits.upper) / standard_uncertainty);
  return std::min(1.0, outside);
}

double conformance_probability_of_t(double error, const PermissibleLimits& limits, double standard_uncertainty,
                                    double degrees_of_freedom) {
  if (std::isinf(degrees_of_freedom) && degrees_of_freedom > 0)
    return conformance_probability(error, limits, standard_uncertainty);
  return 1 - nonconformance_probability_of_t(error, limits, standard_uncertainty, degrees_of_freedom);
}

SampledProbability conformance_probability_of_samples(const std::vector<double>& samples,
                                                      const PermissibleLimits& limits) {
  check(limits);
  check_readings(samples, 1);
  const auto m = static_cast<double>(samples.size());
  const auto inside = static_cast<double>(std::count_if(
      samples.begin(), samples.end(), [&](double sample) { return sample >= limits.lower && sample <= limits.upper; }));
  return {inside / m, std::sqrt((inside + 1) * (m - inside + 1) / (m + 3)) / (m + 2)};
}

NormalKnowledge posterior(const NormalKnowledge& prior, double measured, double standard_uncertainty) {
  check(measured, standard_uncertainty);
  check(prior.mean, prior.standard_deviation);
  // Ratios, so that neither square under- nor overflows.
  const double ratio = standard_uncertainty / prior.standard_deviation;
  const double share = 1 / (1 + ratio * ratio);  // of the measurement
  return {prior.mean + share * (measured - prior.mean), standard_uncertainty * std::sqrt(share)};
}

}  // namespace etalon::calibration
