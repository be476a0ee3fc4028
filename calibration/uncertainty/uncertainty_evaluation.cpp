#include "calibration/uncertainty/uncertainty_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/language.h"
#include "calibration/uncertainty/rounding_floor.h"

namespace etalon::calibration {

using base::tr;

namespace {

// Of y +- U against the Monte Carlo interval.
std::optional<Validation> validated(double value, double expanded_uncertainty, double standard_uncertainty,
                                    const MonteCarloOutput& monte_carlo, int significant_digits) {
  const double u = standard_uncertainty > 0 ? standard_uncertainty : monte_carlo.standard_uncertainty;
  if (!(u > 0) || !std::isfinite(u)) return std::nullopt;
  return validate({value - expanded_uncertainty, value + expanded_uncertainty}, monte_carlo.symmetric, u,
                  significant_digits);
}

Eigen::MatrixXd correlation_of(const std::vector<BudgetResult>& results) {
  const auto n = static_cast<Eigen::Index>(results.size());
  Eigen::MatrixXd correlation = Eigen::MatrixXd::Identity(n, n);
  for (std::size_t i = 0; i < results.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      // Divided before they are multiplied, so that small uncertainties do not vanish.
      const double u = results[i].standard_uncertainty, v = results[j].standard_uncertainty;
      double sum = 0;
      for (const auto& [identity, component] : results[i].components) {
        const auto other = results[j].components.find(identity);
        if (other != results[j].components.end())
          sum += (component.contribution / u) * (other->second.contribution / v);
      }
      if (!(u > 0) || !(v > 0)) sum = 0;
      correlation(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = sum;
      correlation(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i)) = sum;
    }
  }
  return correlation;
}

// An angle of atan2 that wraps: values at both ends, and hardly any between.
bool is_split(const Density& density) {
  const std::size_t bins = density.counts.size();
  if (bins < 8) return false;
  const auto count = [&](std::size_t from, std::size_t to) {
    double sum = 0;
    for (std::size_t i = from; i < to; ++i)
      sum += static_cast<double>(density.counts[i]);
    return sum;
  };
  const double low = static_cast<double>(density.below) + count(0, bins / 4);
  const double middle = count(bins / 4, bins - bins / 4);
  const double high = count(bins - bins / 4, bins) + static_cast<double>(density.above);
  const double total = low + middle + high;
  return middle < 0.001 * total && low > 0 && high > 0;
}

bool uses_atan2(const InstructionList& list) {
  return std::any_of(list.instructions.begin(), list.instructions.end(),
                     [](const Instruction& one) { return one.operation == Operation::arc_tangent2; });
}

// Is what Monte Carlo found a distribution, or rounding? A note when it is rounding.
bool is_resolved(UncertaintyEvaluation& result, std::size_t k, double floor) {
  const MonteCarloOutput& monte_carlo = result.monte_carlo->outputs[k];
  const double gum = result.gum.empty() ? 0 : result.gum[k].standard_uncertainty;
  const double found = std::max(gum, monte_carlo.symmetric.length() / 4);
  if (found == 0 || found > resolved_floors * floor) return true;
  result.notes.push_back(fmt::format(
      fmt::runtime(tr("{}: an uncertainty of {:.2g} is below the resolution of double precision in this model (its "
                      "numbers are rounded to about {:.1g}); Monte Carlo says nothing here. If that uncertainty "
                      "matters, subtract a nominal value first, or take another unit")),
      result.outputs[k], found, floor));
  return false;
}

TrustedMethod trusted_of(const UncertaintyEvaluation& result, std::size_t k) {
  if (result.gum.empty()) {
    return result.monte_carlo && result.monte_carlo_meaningful[k] ? TrustedMethod::monte_carlo : TrustedMethod::none;
  }
  if (!result.monte_carlo || !result.monte_carlo_meaningful[k]) return TrustedMethod::gum;
  const bool differs = result.validation[k]
                           ? !result.validation[k]->gum_valid
                           : result.gum[k].zero_uncertainty && result.monte_carlo->outputs[k].symmetric.length() > 0;
  return differs ? TrustedMethod::monte_carlo : TrustedMethod::gum;
}

// Which quantities are taken as one in several inputs because a component has their identity: a person must be able to
// see it. Those of the same inputs in one line, not more than a few by name.
std::vector<std::string> shared_quantities(const std::vector<InputQuantity>& inputs) {
  constexpr std::size_t most_names = 6;
  const QuantitiesBehind behind = quantities_behind(inputs, {});
  std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> lines;  // inputs, quantities
  for (std::size_t q = 0; q < behind.quantities.size(); ++q) {
    std::vector<std::string> where;
    bool any_component = false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::vector<std::size_t>& own = behind.of_input[i];
      const bool same_identity =
          inputs[i].components.empty() && inputs[i].identity == behind.quantities[q].identity && own[0] > q;
      if (!same_identity && std::find(own.begin(), own.end(), q) == own.end()) continue;
      where.push_back(inputs[i].name);
      any_component = any_component || !inputs[i].components.empty();
    }
    if (where.size() < 2 || !any_component) continue;
    auto line = std::find_if(lines.begin(), lines.end(), [&](const auto& one) { return one.first == where; });
    if (line == lines.end()) line = lines.insert(line, {where, {}});
    line->second.push_back(behind.quantities[q].identity);
  }
  std::vector<std::string> notes;
  for (auto& [where, quantities] : lines) {
    const std::size_t count = quantities.size();
    quantities.resize(std::min(count, most_names));
    const std::string more =
        count > most_names ? fmt::format(fmt::runtime(tr(" and {} more")), count - most_names) : "";
    notes.push_back(fmt::format(fmt::runtime(tr("{} have in common, by identity: '{}'{}")), fmt::join(where, ", "),
                                fmt::join(quantities, "', '"), more));
  }
  return notes;
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

UncertaintyEvaluation evaluate_uncertainty(const UncertaintyProblem& problem, const UncertaintyOptions& options) {
  UncertaintyEvaluation result;
  result.title = problem.title;
  result.coverage_probability = problem.coverage_probability;
  result.outputs = problem.model.outputs();
  result.units = problem.model.output_units();
  result.non_smooth = problem.model.non_smooth();
  result.unused_inputs = problem.model.unused_inputs();
  result.notes = shared_quantities(problem.joint.inputs);
  bool any = false;
  std::string first_refusal;
  // A method that cannot be used leaves the others their say.
  const auto attempt = [&](bool wanted, std::string& refusal, const auto& method) {
    if (!wanted) return;
    try {
      method();
      any = true;
    } catch (const base::InputError& error) {
      refusal = error.what();
      if (first_refusal.empty()) first_refusal = refusal;
    }
  };

  BudgetOptions budget;
  budget.coverage_probability = problem.coverage_probability;
  budget.dominance = options.dominance;
  budget.correlation = problem.joint.correlation;
  attempt(options.gum, result.gum_refusal,
          [&] { result.gum = evaluate_budget(problem.model, problem.joint.inputs, budget); });
  attempt(options.second_order, result.second_order_refusal, [&] {
    const Eigen::MatrixXd correlation = relate_inputs(problem.joint.inputs, problem.joint.correlation).matrix;
    result.second_order = second_order(problem.model, problem.joint.inputs, correlation);
  });
  std::string monte_carlo_refusal;
  attempt(options.monte_carlo, monte_carlo_refusal, [&] {
    MonteCarloOptions trials = options.trials;
    trials.coverage_probability = problem.coverage_probability;
    trials.output_names = problem.model.outputs();
    result.monte_carlo = propagate_distributions(problem.model.compile(0).list, problem.joint, trials);
  });
  // Monte Carlo needs no derivatives: what stops it is wrong with the model or the inputs. If the others were stopped
  // too, the first of them says where.
  if (!monte_carlo_refusal.empty()) throw base::InputError(first_refusal);
  if (!any) throw base::InputError(first_refusal);

  const std::size_t outputs = result.outputs.size();
  result.validation.resize(outputs);
  result.second_order_validation.resize(outputs);
  result.monte_carlo_meaningful.assign(outputs, true);
  if (result.monte_carlo) {
    const int digits = options.trials.significant_digits;
    const InstructionList list = problem.model.compile(0).list;
    const std::vector<double> floors = rounding_floors(list, problem.joint.inputs);
    for (std::size_t k = 0; k < outputs; ++k) {
      const MonteCarloOutput& monte_carlo = result.monte_carlo->outputs[k];
      result.monte_carlo_meaningful[k] = is_resolved(result, k, floors[k]);
      if (!result.monte_carlo_meaningful[k]) continue;
      const double nu = result.gum.empty() ? infinite : result.gum[k].effective_degrees_of_freedom;
      const double factor = coverage_factor(result.coverage_probability, nu);
      if (!result.gum.empty()) {
        const double u = result.gum[k].standard_uncertainty;
        result.validation[k] = validated(result.gum[k].value, factor * u, u, monte_carlo, digits);
      }
      if (!result.second_order.empty()) {
        const double u = result.second_order[k].standard_uncertainty;
        result.second_order_validation[k] = validated(result.second_order[k].value, factor * u, u, monte_carlo, digits);
      }
    }
  }
  for (std::size_t k = 0; k < outputs; ++k)
    result.trusted.push_back(trusted_of(result, k));
  if (result.monte_carlo && uses_atan2(problem.model.compile(0).list)) {
    for (std::size_t k = 0; k < outputs; ++k) {
      if (!is_split(result.monte_carlo->outputs[k].density)) continue;
      result.trusted[k] = result.gum.empty() ? TrustedMethod::none : TrustedMethod::gum;
      result.notes.push_back(fmt::format(
          fmt::runtime(tr("{}: the angle of atan2 lies at ±π, where it wraps: the Monte Carlo values are at both ends, "
                          "and their mean and intervals say nothing. Trust the GUM's result, or turn the axes")),
          result.outputs[k]));
    }
  }
  if (result.monte_carlo && result.coverage_probability >= 0.9) {
    // Of a normal distribution u is a quarter of the 95 % interval, of t with 3 degrees of freedom still.
    for (std::size_t k = 0; k < outputs; ++k) {
      const MonteCarloOutput& output = result.monte_carlo->outputs[k];
      if (!(std::isfinite(output.standard_uncertainty) && output.standard_uncertainty > output.symmetric.length()))
        continue;
      result.notes.push_back(fmt::format(
          fmt::runtime(tr("{}: a few far Monte Carlo trials make up its mean and u, which may not exist (as of the "
                          "quotient of two quantities that are both near zero); the intervals stand")),
          result.outputs[k]));
    }
  }
  if (!result.gum.empty()) {
    result.correlation = correlation_of(result.gum);
  } else if (result.monte_carlo) {
    result.correlation = result.monte_carlo->correlation;
  }
  return result;
}

}  // namespace etalon::calibration
