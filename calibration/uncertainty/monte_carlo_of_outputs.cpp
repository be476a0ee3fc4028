#include "calibration/uncertainty/monte_carlo_of_outputs.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;

namespace {

// An angle whose trials lie farther than 135° from its estimate has gone round the origin. One trial in a thousand on
// either side does not move an interval by what is printed.
constexpr double farthest = 0.75 * std::numbers::pi;
constexpr double rare = 1e-3;
constexpr std::uint64_t branch_trials = 200'000;

// `some` of n outputs in their places among all.
MonteCarloResult in_place(const MonteCarloResult& some, const std::vector<std::size_t>& places, std::size_t outputs) {
  MonteCarloResult all = some;
  const auto n = static_cast<Eigen::Index>(outputs);
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  all.outputs.assign(outputs, {});
  all.covariance = Eigen::MatrixXd::Constant(n, n, none);
  all.correlation = Eigen::MatrixXd::Constant(n, n, none);
  for (std::size_t i = 0; i < places.size(); ++i) {
    all.outputs[places[i]] = some.outputs[i];
    for (std::size_t j = 0; j < places.size(); ++j) {
      const auto row = static_cast<Eigen::Index>(places[i]), column = static_cast<Eigen::Index>(places[j]);
      all.covariance(row, column) = some.covariance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
      all.correlation(row, column) = some.correlation(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
    }
  }
  return all;
}

}  // namespace

MonteCarloOfProblem::MonteCarloOfProblem(const UncertaintyProblem& problem, const MonteCarloOptions& options)
    : problem_(problem), options_(options), refusals_(problem.model.outputs().size()) {
  options_.coverage_probability = problem.coverage_probability;
  options_.output_names = problem.model.outputs();
  check_options(options_);
  std::vector<double> estimates;
  std::vector<bool> constant;
  for (const InputQuantity& input : problem.joint.inputs) {
    estimates.push_back(input.estimate);
    constant.push_back(!(input.standard_uncertainty > 0));
  }
  model_ = problem.model.compile_on_branches(estimates, constant);
  check_branches();
}

void MonteCarloOfProblem::check_branches() {
  if (model_.at_origin.empty()) return;
  std::vector<bool> without = model_.at_origin;
  MonteCarloOptions trials = options_;
  trials.adaptive = false;
  trials.trials = branch_trials;
  trials.seed = 1;  // whether there is a branch is no matter of the seed
  trials.coverage_probability = 1 - 2 * rare;
  trials.density_bins = 0;
  trials.output_names.assign(without.size(), "atan2");
  // One by one: an angle without a value in some trials is the output's own matter.
  for (std::size_t i = 0; i < without.size(); ++i) {
    InstructionList one = model_.deviations;
    one.outputs = {model_.deviations.outputs[i]};
    trials.output_names.resize(1);
    try {
      const CoverageInterval reach = propagate_distributions(one, problem_.joint, trials).outputs[0].symmetric;
      without[i] = without[i] || reach.lower < -farthest || reach.upper > farthest;
    } catch (const NoFiniteValue&) {
    }
  }
  for (std::size_t k = 0; k < refusals_.size(); ++k) {
    for (const std::size_t angle : model_.angles[k]) {
      if (!without[angle]) continue;
      refusals_[k] = fmt::format(
          fmt::runtime(tr("{}: the arguments of an angle (atan2, or atan of a quotient) reach around the origin, where "
                          "it has every value: there is no branch to draw it on, and no interval of it")),
          problem_.model.outputs()[k]);
    }
  }
}

MonteCarloOfOutputs MonteCarloOfProblem::evaluate(const MonteCarloOptions& options) {
  MonteCarloOfOutputs found;
  found.refusals = refusals_;
  std::vector<std::size_t> places;
  for (std::size_t k = 0; k < refusals_.size(); ++k)
    if (refusals_[k].empty()) places.push_back(k);
  while (!places.empty()) {
    InstructionList list = model_.list;
    MonteCarloOptions own = options;
    list.outputs.clear();
    own.output_names.clear();
    for (const std::size_t k : places) {
      list.outputs.push_back(model_.list.outputs[k]);
      own.output_names.push_back(options.output_names[k]);
    }
    try {
      found.result = in_place(propagate_distributions(list, problem_.joint, own), places, refusals_.size());
      return found;
    } catch (const NoFiniteValue& error) {
      found.refusals[places[error.output()]] = error.what();
      places.erase(places.begin() + static_cast<std::ptrdiff_t>(error.output()));
    } catch (const base::InputError& error) {
      for (const std::size_t k : places)
        found.refusals[k] = error.what();
      return found;
    }
  }
  return found;
}

MonteCarloOfOutputs MonteCarloOfProblem::run() {
  return evaluate(options_);
}

MonteCarloOfOutputs MonteCarloOfProblem::run(std::uint64_t trials) {
  MonteCarloOptions options = options_;
  options.adaptive = false;
  options.trials = trials;
  return evaluate(options);
}

}  // namespace etalon::calibration
