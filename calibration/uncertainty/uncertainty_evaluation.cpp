#include "calibration/uncertainty/uncertainty_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/language.h"
#include "calibration/uncertainty/exact_interval.h"
#include "calibration/uncertainty/monte_carlo_of_outputs.h"
#include "calibration/uncertainty/monte_carlo_value.h"
#include "calibration/uncertainty/rounding_floor.h"
#include "calibration/uncertainty/shared_quantities.h"

namespace etalon::calibration {

using base::tr;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// Results of a method for each output: of all together, else of each by itself, so that one that fails leaves the
// others theirs.
template <class Result, class Method>
void attempt_each(const MeasurementModel& model, std::vector<Result>& results, std::vector<std::string>& refusals,
                  const Method& method) {
  const std::size_t outputs = model.outputs().size();
  try {
    results = method(model);
    return;
  } catch (const base::InputError& error) {
    if (outputs == 1) {
      refusals[0] = error.what();
      return;
    }
  }
  bool any = false;
  std::vector<Result> found(outputs);
  for (std::size_t k = 0; k < outputs; ++k) {
    try {
      found[k] = method(model.restricted_to({k}))[0];
      any = true;
    } catch (const base::InputError& error) {
      refusals[k] = error.what();
    }
  }
  if (any) results = std::move(found);
}

// Of y +- U against the interval of Monte Carlo, or the exact one.
std::optional<Validation> validated(double value, double expanded_uncertainty, double standard_uncertainty,
                                    const MonteCarloOutput& monte_carlo, const std::optional<CoverageInterval>& exact,
                                    int significant_digits) {
  const double u = standard_uncertainty > 0 ? standard_uncertainty : monte_carlo.standard_uncertainty;
  if (!(u > 0) || !std::isfinite(u)) return std::nullopt;
  return validate({value - expanded_uncertainty, value + expanded_uncertainty}, exact ? *exact : monte_carlo.symmetric,
                  u, significant_digits, exact ? CoverageInterval{} : monte_carlo.symmetric_error);
}

Eigen::MatrixXd correlation_of(const UncertaintyEvaluation& evaluation) {
  const std::size_t outputs = evaluation.outputs.size();
  const auto n = static_cast<Eigen::Index>(outputs);
  Eigen::MatrixXd correlation = Eigen::MatrixXd::Identity(n, n);
  for (std::size_t i = 0; i < outputs; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const BudgetResult* a = evaluation.gum_of(i);
      const BudgetResult* b = evaluation.gum_of(j);
      double sum = a && b ? 0 : none;
      // Divided before they are multiplied, so that small uncertainties do not vanish.
      if (a && b && a->standard_uncertainty > 0 && b->standard_uncertainty > 0) {
        for (const auto& [identity, component] : a->components) {
          const auto other = b->components.find(identity);
          if (other != b->components.end())
            sum += (component.contribution / a->standard_uncertainty) *
                   (other->second.contribution / b->standard_uncertainty);
        }
      }
      correlation(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = sum;
      correlation(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i)) = sum;
    }
  }
  return correlation;
}

// Values at both ends and hardly any between, as of a phase that a formula puts together from its parts.
bool is_split(const Density& density) {
  const std::size_t bins = density.counts.size();
  if (bins < 8) return false;
  const auto count = [&](std::size_t from, std::size_t to) {
    double sum = 0;
    for (std::size_t i = from; i < to; ++i)
      sum += static_cast<double>(density.counts[i]);
    return sum;
  };
  const double low = count(0, bins / 4);
  const double middle = count(bins / 4, bins - bins / 4);
  const double high = count(bins - bins / 4, bins);
  const double total = static_cast<double>(density.below) + low + middle + high + static_cast<double>(density.above);
  // What merely falls off slowly has less at its far end than between.
  const double part = std::max(4 * middle, 1e-4 * total);
  return middle < 0.001 * total && low > part && high > part;
}

bool is_angle(const InstructionList& list) {
  return std::any_of(list.instructions.begin(), list.instructions.end(), [](const Instruction& one) {
    return one.operation == Operation::arc_sine || one.operation == Operation::arc_cosine ||
           one.operation == Operation::arc_tangent || one.operation == Operation::arc_tangent2;
  });
}

// Is what Monte Carlo found a distribution, or rounding? A note when it is rounding.
bool is_resolved(UncertaintyEvaluation& result, std::size_t k, double floor) {
  const BudgetResult* gum = result.gum_of(k);
  const double found =
      std::max(gum ? gum->standard_uncertainty : 0.0, result.monte_carlo_of(k)->symmetric.length() / 4);
  // Where the model has no value at the estimates the floor is not known, and trials elsewhere are no worse for it.
  if (found == 0 || !std::isfinite(floor) || found > resolved_floors * floor) return true;
  result.notes.push_back(fmt::format(
      fmt::runtime(tr("{}: an uncertainty of {:.2g} is below the resolution of double precision in this model (its "
                      "numbers are rounded to about {:.1g}); Monte Carlo says nothing here. If that uncertainty "
                      "matters, subtract a nominal value first, or take another unit")),
      result.outputs[k], found, floor));
  return false;
}

TrustedMethod trusted_of(const UncertaintyEvaluation& result, std::size_t k) {
  const BudgetResult* gum = result.gum_of(k);
  const MonteCarloOutput* monte_carlo = result.monte_carlo_of(k);
  const bool meaningful = monte_carlo && result.monte_carlo_meaningful[k];
  if (!gum) return meaningful ? TrustedMethod::monte_carlo : TrustedMethod::none;
  if (!meaningful) return TrustedMethod::gum;
  const bool differs = result.validation[k] ? result.validation[k]->agreement == Agreement::differ
                                            : gum->zero_uncertainty && monte_carlo->symmetric.length() > 0;
  return differs ? TrustedMethod::monte_carlo : TrustedMethod::gum;
}

bool is_bent(const SecondOrderResult& second) {
  return std::fabs(second.second_order_part) > 0.05 * second.standard_uncertainty;
}

// Where second order was asked for, nothing refuted or confirmed first order, and the two differ in what is written.
void note_second_order(UncertaintyEvaluation& result) {
  for (std::size_t k = 0; k < result.outputs.size(); ++k) {
    const BudgetResult* gum = result.gum_of(k);
    const SecondOrderResult* second = result.second_order_of(k);
    if (!gum || !second || result.monte_carlo_of(k)) continue;
    const double u = gum->standard_uncertainty;
    const double other = second->standard_uncertainty;
    // Half of the second digit of u.
    const double larger = std::max(u, other);
    const double noticed = larger > 0 ? 0.5 * std::pow(10, std::floor(std::log10(larger)) - 1) : 0;
    if (std::fabs(other - u) <= noticed && std::fabs(second->bias) <= noticed) continue;
    result.notes.push_back(fmt::format(
        fmt::runtime(tr("{}: the reported result is the GUM's of first order; with second-order terms y = {:.6g} and "
                        "u = {:.3g}. Neither is validated")),
        result.outputs[k], second->value + second->bias, other));
  }
}

// Both validations of each output.
void validate_outputs(UncertaintyEvaluation& result, const std::vector<std::optional<CoverageInterval>>& exact,
                      int significant_digits) {
  for (std::size_t k = 0; k < result.outputs.size(); ++k) {
    result.validation[k].reset();
    result.second_order_validation[k].reset();
    const MonteCarloOutput* monte_carlo = result.monte_carlo_of(k);
    if (!monte_carlo || !result.monte_carlo_meaningful[k]) continue;
    const BudgetResult* gum = result.gum_of(k);
    const double factor =
        coverage_factor(result.coverage_probability, gum ? gum->effective_degrees_of_freedom : infinite);
    if (gum) {
      const double u = gum->standard_uncertainty;
      result.validation[k] = validated(gum->value, factor * u, u, *monte_carlo, exact[k], significant_digits);
      result.exact[k] = exact[k] && result.validation[k];
    }
    if (const SecondOrderResult* second = result.second_order_of(k)) {
      const double u = second->standard_uncertainty;
      result.second_order_validation[k] =
          validated(second->value, factor * u, u, *monte_carlo, exact[k], significant_digits);
    }
  }
}

// How many times as many trials would decide what is open and will be printed; 1: nothing is open.
double more_trials_wanted(const UncertaintyEvaluation& result) {
  double factor = 1;
  for (std::size_t k = 0; k < result.outputs.size(); ++k) {
    const std::optional<Validation>& first = result.validation[k];
    if (!first || first->agreement == Agreement::agree) continue;
    if (first->agreement == Agreement::undecided) factor = std::max(factor, first->more_trials);
    const std::optional<Validation>& second = result.second_order_validation[k];
    if (second && second->agreement == Agreement::undecided && is_bent(*result.second_order_of(k)))
      factor = std::max(factor, second->more_trials);
  }
  return factor;
}

// The most that may be run: fewer where a trial takes long, so that no default run takes minutes. By the model alone,
// so that the numbers are the same everywhere.
std::uint64_t most_trials(const MonteCarloOfProblem& monte_carlo, const MonteCarloOptions& options) {
  constexpr double usual = 60;  // instructions
  constexpr double of_equation = 200;
  constexpr double of_output = 10;
  const InstructionList& list = monte_carlo.list();
  const double cost = static_cast<double>(list.instructions.size()) +
                      of_equation * static_cast<double>(list.equations.size()) +
                      of_output * static_cast<double>(list.outputs.size());
  return static_cast<std::uint64_t>(static_cast<double>(options.most_trials) * std::min(1.0, usual / cost));
}

// More trials where they are wanted, not too many at once: how many it takes is itself known from trials.
void run_until_decided(UncertaintyEvaluation& result, MonteCarloOfProblem& monte_carlo,
                       const std::vector<std::optional<CoverageInterval>>& exact, const UncertaintyOptions& options) {
  constexpr double margin = 1.3;
  constexpr double most_at_once = 8;
  const std::uint64_t most = most_trials(monte_carlo, options.trials);
  for (;;) {
    validate_outputs(result, exact, options.trials.significant_digits);
    const double factor = more_trials_wanted(result);
    const std::uint64_t trials = result.monte_carlo->trials;
    if (!options.until_decided || factor <= 1 || trials >= most) return;
    const double wanted = static_cast<double>(trials) * std::clamp(margin * factor, 2.0, most_at_once);
    // In whole sequences of the adaptive procedure.
    const auto next = std::min<std::uint64_t>(static_cast<std::uint64_t>(wanted) / 10'000 * 10'000 + 10'000, most);
    const bool adaptive = result.monte_carlo->adaptive;
    const bool settled = result.monte_carlo->settled;
    MonteCarloOfOutputs found = monte_carlo.run(next);
    result.monte_carlo_refusals = std::move(found.refusals);
    if (!found.result) {
      result.monte_carlo.reset();
      validate_outputs(result, exact, options.trials.significant_digits);
      return;
    }
    result.monte_carlo = std::move(found.result);
    result.monte_carlo->adaptive = adaptive;
    result.monte_carlo->settled = settled;
  }
}

void use_monte_carlo(UncertaintyEvaluation& result, const UncertaintyProblem& problem,
                     const UncertaintyOptions& options) {
  MonteCarloOfProblem monte_carlo(problem, options.trials);
  MonteCarloOfOutputs found = monte_carlo.run();
  result.monte_carlo = std::move(found.result);
  result.monte_carlo_refusals = std::move(found.refusals);
  if (!result.monte_carlo) return;
  const std::vector<double> floors = rounding_floors(monte_carlo.list(), problem.joint.inputs);
  std::vector<std::optional<CoverageInterval>> exact;
  for (std::size_t k = 0; k < result.outputs.size(); ++k) {
    if (result.monte_carlo_of(k)) result.monte_carlo_meaningful[k] = is_resolved(result, k, floors[k]);
    exact.push_back(result.gum_of(k) ? exact_interval(problem, k, *result.gum_of(k)) : std::nullopt);
  }
  run_until_decided(result, monte_carlo, exact, options);
  if (!result.monte_carlo) return;

  std::vector<double> registers(monte_carlo.list().registers);
  prepare(monte_carlo.list(), registers.data());
  for (std::size_t i = 0; i < problem.joint.inputs.size(); ++i)
    registers[i] = problem.joint.inputs[i].estimate;
  calibration::run(monte_carlo.list(), registers.data());
  for (std::size_t k = 0; k < result.outputs.size(); ++k) {
    if (!result.monte_carlo_of(k)) continue;
    find_monte_carlo_value(result, k, registers[monte_carlo.list().outputs[k]], options.trials.significant_digits);
    if (!is_split(result.monte_carlo_of(k)->density)) continue;
    if (is_angle(problem.model.restricted_to({k}).compile(0).list)) {
      result.validation[k].reset();
      result.second_order_validation[k].reset();
      result.monte_carlo_refusals[k] = fmt::format(
          fmt::runtime(tr("{}: the Monte Carlo values of this angle lie at both ends of the circle with hardly any "
                          "between: the formula jumps there, and no interval of it says anything; use atan2, which is "
                          "drawn on the branch of its estimate")),
          result.outputs[k]);
    } else {
      result.notes.push_back(fmt::format(
          fmt::runtime(tr("{}: the Monte Carlo values lie in two parts with hardly any between: an interval "
                          "over both says little; see --plot")),
          result.outputs[k]));
    }
  }
}

void find_correlation(UncertaintyEvaluation& result) {
  // What is printed of the outputs together belongs to the results that are reported.
  bool first_order = !result.gum.empty();
  for (std::size_t k = 0; k < result.outputs.size(); ++k)
    first_order = first_order && result.trusted[k] == TrustedMethod::gum;
  if (first_order || (!result.gum.empty() && !result.monte_carlo)) {
    result.correlation = correlation_of(result);
    result.correlation_method = TrustedMethod::gum;
  } else if (result.monte_carlo) {
    result.correlation = result.monte_carlo->correlation;
    result.correlation_method = TrustedMethod::monte_carlo;
    // Of a t without a standard deviation there is no other than that of its scale, which first order has, if the
    // model is not bent.
    bool of_scale = !result.gum.empty();
    for (std::size_t k = 0; k < result.outputs.size(); ++k) {
      const MonteCarloOutput* found = result.monte_carlo_of(k);
      const SecondOrderResult* second = result.second_order_of(k);
      of_scale =
          of_scale && result.gum_of(k) && found && !found->has_standard_uncertainty && second && !is_bent(*second);
    }
    if (of_scale) {
      result.correlation = correlation_of(result);
      result.correlation_method = TrustedMethod::gum;
    }
  }
}

}  // namespace

std::string to_string(TrustedMethod method) {
  switch (method) {
    case TrustedMethod::none:
      return "";
    case TrustedMethod::gum:
      return "gum";
    case TrustedMethod::monte_carlo:
      return "monte_carlo";
  }
  return "";
}

const BudgetResult* UncertaintyEvaluation::gum_of(std::size_t k) const {
  return gum.empty() || !gum_refusals[k].empty() ? nullptr : &gum[k];
}

const SecondOrderResult* UncertaintyEvaluation::second_order_of(std::size_t k) const {
  return second_order.empty() || !second_order_refusals[k].empty() ? nullptr : &second_order[k];
}

const MonteCarloOutput* UncertaintyEvaluation::monte_carlo_of(std::size_t k) const {
  return !monte_carlo || !monte_carlo_refusals[k].empty() ? nullptr : &monte_carlo->outputs[k];
}

bool is_undecided(const UncertaintyEvaluation& evaluation) {
  for (std::size_t k = 0; k < evaluation.outputs.size(); ++k) {
    if (evaluation.validation[k] && evaluation.validation[k]->agreement == Agreement::undecided) return true;
    if (!evaluation.gum_refusals[k].empty() || !evaluation.second_order_refusals[k].empty() ||
        !evaluation.monte_carlo_refusals[k].empty())
      return true;
  }
  return false;
}

bool is_jointly_normal(const UncertaintyEvaluation& evaluation) {
  if (evaluation.gum.empty() || evaluation.correlation_method != TrustedMethod::gum) return false;
  for (std::size_t k = 0; k < evaluation.outputs.size(); ++k) {
    if (!evaluation.gum_of(k) || evaluation.gum_of(k)->effective_degrees_of_freedom < 100) return false;
    if (!evaluation.monte_carlo_refusals[k].empty() || evaluation.trusted[k] != TrustedMethod::gum) return false;
    if (!evaluation.validation[k] || evaluation.validation[k]->agreement != Agreement::agree) return false;
  }
  return true;
}

UncertaintyEvaluation evaluate_uncertainty(const UncertaintyProblem& problem, const UncertaintyOptions& options) {
  UncertaintyEvaluation result;
  result.title = problem.title;
  result.coverage_probability = problem.coverage_probability;
  result.outputs = problem.model.outputs();
  result.units = problem.model.output_units();
  result.non_smooth = problem.model.non_smooth();
  result.unused_inputs = problem.model.unused_inputs();
  result.notes = shared_quantities(problem.joint.inputs);
  result.notes.insert(result.notes.end(), problem.notes.begin(), problem.notes.end());
  const std::size_t outputs = result.outputs.size();
  result.gum_refusals.resize(outputs);
  result.second_order_refusals.resize(outputs);
  result.monte_carlo_refusals.resize(outputs);
  result.monte_carlo_values.resize(outputs);
  result.validation.resize(outputs);
  result.second_order_validation.resize(outputs);
  result.exact.assign(outputs, false);
  result.monte_carlo_meaningful.assign(outputs, true);

  BudgetOptions budget;
  budget.coverage_probability = problem.coverage_probability;
  budget.dominance = options.dominance;
  budget.correlation = problem.joint.correlation;
  if (options.gum) {
    attempt_each(problem.model, result.gum, result.gum_refusals,
                 [&](const MeasurementModel& model) { return evaluate_budget(model, problem.joint.inputs, budget); });
  }
  if (options.second_order) {
    attempt_each(problem.model, result.second_order, result.second_order_refusals, [&](const MeasurementModel& model) {
      return second_order(model, problem.joint.inputs,
                          relate_inputs(problem.joint.inputs, problem.joint.correlation).matrix);
    });
  }
  if (options.monte_carlo) use_monte_carlo(result, problem, options);
  if (result.gum.empty() && result.second_order.empty() && !result.monte_carlo) {
    for (const auto* refusals : {&result.gum_refusals, &result.second_order_refusals, &result.monte_carlo_refusals}) {
      for (const std::string& refusal : *refusals)
        if (!refusal.empty()) throw base::InputError(refusal);
    }
  }
  for (std::size_t k = 0; k < outputs; ++k)
    result.trusted.push_back(trusted_of(result, k));
  note_second_order(result);
  find_correlation(result);
  return result;
}

}  // namespace etalon::calibration
