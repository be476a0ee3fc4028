#include "calibration/uncertainty/monte_carlo_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "base/language.h"
#include "calibration/uncertainty/monte_carlo/numerical_tolerance.h"

namespace etalon::calibration {

using base::tr;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// What the trials say of the mean. Where the tail falls off with an index a, there is a mean for a > 1 and a standard
// deviation for a > 2; a itself is known to some percent, so that near 1 nothing is decided.
enum class MeanState { known, not_known, not_decided, none };

// One of the last place to which the line to report writes the mean (two digits of the shorter distance to an end).
double last_place(const MonteCarloOutput& output) {
  double distance = std::min(output.mean - output.symmetric.lower, output.symmetric.upper - output.mean);
  if (!(distance > 0)) distance = output.symmetric.length();
  return distance > 0 ? std::pow(10, std::floor(std::log10(distance)) - 1) : 0;
}

MeanState state_of_mean(const MonteCarloOutput& output, std::uint64_t trials) {
  constexpr double surely_none = 0.85;
  constexpr double surely_there = 1.15;
  if (!output.has_mean) return MeanState::none;
  if (output.tail_index < surely_none) return MeanState::none;
  if (output.tail_index < surely_there) return MeanState::not_decided;
  // Also where no variance exists, the sample's is as large as the sum of squares of the far trials, which make up the
  // error of the mean. Of a t distribution that is known to stand behind it, it was taken out.
  const double error = output.sample_deviation / std::sqrt(static_cast<double>(trials));
  if (!std::isfinite(error)) return MeanState::known;
  const bool heavy = output.tail_index < 2 || output.sample_deviation > output.symmetric.length();
  return !heavy || 2 * error <= last_place(output) ? MeanState::known : MeanState::not_known;
}

// Of a normal distribution u is a quarter of the 95 % interval, of t with 3 degrees of freedom still. An index of 2 is
// found as up to 2.3.
bool has_deviation(const MonteCarloOutput& output, double coverage_probability) {
  constexpr double least_index = 2.3;
  if (std::isfinite(output.standard_uncertainty) && output.tail_index < least_index) return false;
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
  const MeanState state = state_of_mean(output, result.monte_carlo->trials);
  if (state == MeanState::known) {
    value = {output.mean, ValueOrigin::mean};
    if (has_deviation(output, result.coverage_probability)) return;
    remove_deviation(result, k, significant_digits);
    result.notes.push_back(
        fmt::format(fmt::runtime(tr("{}: a few far Monte Carlo trials make up its u, which may not exist: no standard "
                                    "uncertainty is given; mean and intervals stand")),
                    result.outputs[k]));
    return;
  }
  value = std::isfinite(at_estimates)
              ? MonteCarloValue{at_estimates, ValueOrigin::model}
              : MonteCarloValue{(output.symmetric.lower + output.symmetric.upper) / 2, ValueOrigin::middle};
  value.mean_may_exist = state != MeanState::none;
  const std::string instead = value.origin == ValueOrigin::model
                                  ? tr("the estimate given is the model's value at the estimates of the inputs")
                                  : tr("the estimate given is the middle of the interval");
  std::string text;
  switch (state) {
    case MeanState::known:
    case MeanState::none:
      text = output.has_mean
                 ? tr("{}: a few far Monte Carlo trials make up its mean and u, which do not exist as far as its tails "
                      "show; the intervals stand, and {}")
                 : tr("{}: its distribution has no mean; {}");
      break;
    case MeanState::not_decided:
      text =
          tr("{}: a few far Monte Carlo trials make up its mean and u; whether it has a mean is not decided (as of "
             "the quotient of two quantities that are both near zero); the intervals stand, and {}");
      break;
    case MeanState::not_known:
      text =
          tr("{}: a few far Monte Carlo trials make up its mean and u, and the mean is not known with these trials; "
             "the intervals stand, and {}");
      break;
  }
  result.notes.push_back(fmt::format(fmt::runtime(text), result.outputs[k], instead));
  output.mean = none;
  remove_deviation(result, k, significant_digits);
}

}  // namespace etalon::calibration
