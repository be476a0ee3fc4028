#include "calibration/uncertainty/monte_carlo_value.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "base/language.h"
#include "calibration/uncertainty/monte_carlo/numerical_tolerance.h"

namespace etalon::calibration {

using base::tr;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// Whether the trials determine the mean. Below a tail index of 2 there is no standard deviation, and the mean, if there
// is one, is made up by a few trials; where a t distribution is known to stand behind it, the mean exists down to 1.
bool has_mean(const MonteCarloOutput& output, std::uint64_t trials) {
  if (!output.has_mean) return false;
  if (output.tail_index < (output.has_standard_uncertainty ? 2 : 1.3)) return false;
  constexpr double noticed = 0.01;  // of the interval's length
  return !std::isfinite(output.standard_uncertainty) ||
         output.standard_uncertainty / std::sqrt(static_cast<double>(trials)) <= noticed * output.symmetric.length() ||
         output.standard_uncertainty <= output.symmetric.length();
}

// Of a normal distribution u is a quarter of the 95 % interval, of t with 3 degrees of freedom still.
bool has_deviation(const MonteCarloOutput& output, double coverage_probability) {
  return coverage_probability < 0.9 || !std::isfinite(output.standard_uncertainty) ||
         output.standard_uncertainty <= output.symmetric.length();
}

void remove_deviation(UncertaintyEvaluation& result, std::size_t k, int significant_digits) {
  MonteCarloOutput& output = result.monte_carlo->outputs[k];
  output.standard_uncertainty = none;
  const double u = output.symmetric.length() / 4;
  output.numerical_tolerance = u > 0 ? numerical_tolerance(u, significant_digits) : 0;
  const auto index = static_cast<Eigen::Index>(k);
  for (Eigen::MatrixXd* matrix : {&result.monte_carlo->covariance, &result.monte_carlo->correlation}) {
    matrix->row(index).setConstant(none);
    matrix->col(index).setConstant(none);
  }
}

}  // namespace

std::string to_string(ValueOrigin origin) {
  switch (origin) {
    case ValueOrigin::mean:
      return "mean";
    case ValueOrigin::model:
      return "model_at_estimates";
    case ValueOrigin::middle:
      return "middle_of_interval";
  }
  return "";
}

void find_monte_carlo_value(UncertaintyEvaluation& result, std::size_t k, double at_estimates, int significant_digits) {
  MonteCarloOutput& output = result.monte_carlo->outputs[k];
  MonteCarloValue& value = result.monte_carlo_values[k];
  if (has_mean(output, result.monte_carlo->trials)) {
    value = {output.mean, ValueOrigin::mean};
    if (has_deviation(output, result.coverage_probability)) return;
    remove_deviation(result, k, significant_digits);
    result.notes.push_back(
        fmt::format(fmt::runtime(tr("{}: a few far Monte Carlo trials make up its u, which may not exist; mean and "
                                    "intervals stand")),
                    result.outputs[k]));
    return;
  }
  value = std::isfinite(at_estimates)
              ? MonteCarloValue{at_estimates, ValueOrigin::model}
              : MonteCarloValue{(output.symmetric.lower + output.symmetric.upper) / 2, ValueOrigin::middle};
  const std::string instead = value.origin == ValueOrigin::model
                                  ? tr("the estimate given is the model's value at the estimates of the inputs")
                                  : tr("the estimate given is the middle of the interval");
  if (output.has_mean) {
    result.notes.push_back(fmt::format(
        fmt::runtime(tr("{}: a few far Monte Carlo trials make up its mean and u, which may not exist (as of the "
                        "quotient of two quantities that are both near zero); the intervals stand, and {}")),
        result.outputs[k], instead));
  } else {
    result.notes.push_back(
        fmt::format(fmt::runtime(tr("{}: its distribution has no mean; {}")), result.outputs[k], instead));
  }
  output.mean = none;
  remove_deviation(result, k, significant_digits);
}

}  // namespace etalon::calibration
