#include "calibration/uncertainty/monte_carlo/monte_carlo.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/language.h"
#include "calibration/uncertainty/monte_carlo/adaptive_procedure.h"
#include "calibration/uncertainty/monte_carlo/fixed_trials.h"
#include "calibration/uncertainty/monte_carlo/numerical_tolerance.h"
#include "calibration/uncertainty/monte_carlo/simulation.h"

namespace etalon::calibration {

using base::tr;

void check_options(const MonteCarloOptions& options) {
  const double p = options.coverage_probability;
  if (!(p > 0 && p < 1)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the coverage probability is {}: expected a number between 0 and 1")), p));
  }
  // An interval's ends need some values beyond them; JCGM 101 7.2.1 asks for far more.
  const double least = std::max(100.0, std::ceil(10 / (1 - p) * (1 - 1e-12)));
  if (!options.adaptive && static_cast<double>(options.trials) < least) {
    throw base::InputError(fmt::format(
        fmt::runtime(
            tr("{} Monte Carlo trials are too few for a coverage probability of {}: expected at least {:.0f}")),
        options.trials, p, least));
  }
  numerical_tolerance(1, options.significant_digits);
}

MonteCarloResult propagate_distributions(const InstructionList& list, const JointInputs& joint,
                                         const MonteCarloOptions& given) {
  check_options(given);
  MonteCarloOptions options = given;
  for (std::size_t i = options.output_names.size(); i < list.outputs.size(); ++i)
    options.output_names.push_back(fmt::format("{}", i + 1));
  options.output_names.resize(list.outputs.size());
  const Simulation simulation(
      list, joint, options.seed,
      lane_kernels_for(options.instruction_set ? *options.instruction_set : best_instruction_set()));

  MonteCarloResult result;
  result.seed = options.seed;
  result.coverage_probability = options.coverage_probability;
  result.adaptive = options.adaptive;
  result.notes = simulation.plan().notes;
  std::vector<bool> without_deviation;
  std::vector<bool> without_mean;
  for (std::size_t k = 0; k < list.outputs.size(); ++k) {
    without_deviation.push_back(false);
    without_mean.push_back(false);
    for (std::size_t i = 0; i < list.inputs; ++i) {
      if (!simulation.depends(k, i)) continue;
      if (simulation.plan().without_deviation[i]) without_deviation[k] = true;
      if (simulation.plan().without_mean[i]) without_mean[k] = true;
    }
  }

  result.trials = options.trials;
  if (options.adaptive) {
    const AdaptiveTrials found = find_number_of_trials(simulation, joint, options, without_deviation);
    result.trials = found.trials;
    result.settled = found.settled;
    if (!found.settled) {
      result.notes.push_back(fmt::format(
          fmt::runtime(tr("The adaptive Monte Carlo procedure did not settle to {} significant digits of the standard "
                          "uncertainty within {} trials (JCGM 101:2008 7.9.4); the last digit may be wrong.")),
          options.significant_digits, found.trials));
    }
  }
  evaluate_trials(simulation, joint, options, result.trials, result);

  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t k = 0; k < list.outputs.size(); ++k) {
    MonteCarloOutput& output = result.outputs[k];
    if (!without_deviation[k] && !std::isfinite(output.standard_uncertainty)) {
      without_deviation[k] = true;
      result.notes.push_back(fmt::format(
          fmt::runtime(tr("The Monte Carlo values of '{}' are too large or too small for their standard uncertainty to "
                          "be computed in double precision; choose another unit.")),
          options.output_names[k]));
    }
    // The bins of a histogram leave each end so much room.
    output.symmetric_error.lower += output.interval_resolution / 2;
    output.symmetric_error.upper += output.interval_resolution / 2;
    const double u = without_deviation[k] ? output.symmetric.length() / 4 : output.standard_uncertainty;
    output.numerical_tolerance = u > 0 ? numerical_tolerance(u, options.significant_digits) : 0;
    output.has_mean = !without_mean[k];
    output.has_standard_uncertainty = !without_deviation[k];
    if (without_mean[k]) output.mean = none;
    if (!without_deviation[k]) continue;
    output.standard_uncertainty = none;
    const auto index = static_cast<Eigen::Index>(k);
    result.covariance.row(index).setConstant(none);
    result.covariance.col(index).setConstant(none);
    result.correlation.row(index).setConstant(none);
    result.correlation.col(index).setConstant(none);
  }
  return result;
}

}  // namespace etalon::calibration
