#include "calibration/uncertainty/result_components.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;

namespace {

// The variance of what the components stand for: of t distributions where their degrees of freedom are finite, an
// ensemble as one. Infinite for 2 or fewer.
double variance_of(const Components& components) {
  double sum = 0;
  std::map<std::string, std::pair<double, double>> ensembles;  // sum of squares, degrees of freedom
  const auto of = [](double square, double nu) {
    if (std::isinf(nu)) return square;
    return nu > 2 ? square * nu / (nu - 2) : infinite;
  };
  for (const auto& [identity, part] : components) {
    const double square = part.contribution * part.contribution;
    if (part.ensemble.empty()) {
      sum += of(square, part.degrees_of_freedom);
      continue;
    }
    auto& [squares, nu] = ensembles.try_emplace(part.ensemble, 0, infinite).first->second;
    squares += square;
    nu = std::min(nu, part.degrees_of_freedom);
  }
  for (const auto& [name, ensemble] : ensembles)
    sum += of(ensemble.first, ensemble.second);
  return sum;
}

// Why Monte Carlo's result has no value and u that could stand in a further model; empty: it has.
std::string nothing_to_write(const UncertaintyEvaluation& evaluation, std::size_t k) {
  const MonteCarloOutput& found = *evaluation.monte_carlo_of(k);
  if (!std::isfinite(found.mean)) return tr("Monte Carlo's result, which is the one to trust, has no mean");
  if (!std::isfinite(found.standard_uncertainty))
    return tr("Monte Carlo's result, which is the one to trust, has no standard uncertainty");
  const BudgetResult* gum = evaluation.gum_of(k);
  if (gum && found.standard_uncertainty > 0 && std::isinf(variance_of(gum->components)))
    return tr("Monte Carlo's u is finite, but a component of 2 or fewer degrees of freedom has no variance");
  return "";
}

UncertainNumber by_monte_carlo(const UncertaintyEvaluation& evaluation, std::size_t k,
                               const std::string& evaluation_of) {
  constexpr double seen = 0.01;  // a smaller part of the variance is noise of the trials
  const MonteCarloOutput& found = *evaluation.monte_carlo_of(k);
  const double u = found.standard_uncertainty;
  UncertainNumber number{.name = evaluation.outputs[k],
                         .unit = evaluation.units[k],
                         .value = evaluation.monte_carlo_values[k].value,
                         .components = {},
                         .method = "monte_carlo"};
  if (const BudgetResult* gum = evaluation.gum_of(k)) number.components = gum->components;
  if (!(u > 0)) {
    number.components.clear();
    return number;
  }
  // As parts of u^2, so that small uncertainties do not vanish.
  Components relative = number.components;
  for (auto& [identity, part] : relative)
    part.contribution /= u;
  const double missing = 1 - variance_of(relative);
  if (missing > seen) {
    number.components[fmt::format("{}: beyond first order ({})", number.name, evaluation_of)] = {
        .contribution = u * std::sqrt(missing)};
  } else if (missing < -seen) {
    for (auto& [identity, part] : number.components)
      part.contribution /= std::sqrt(1 - missing);
  }
  return number;
}

}  // namespace

ResultComponents components_of_results(const UncertaintyEvaluation& evaluation, const UncertaintyProblem& problem) {
  ResultComponents result;
  std::vector<bool> constant;
  for (const InputQuantity& input : problem.joint.inputs)
    constant.push_back(!(input.standard_uncertainty > 0));
  bool any = false;
  for (std::size_t k = 0; k < evaluation.outputs.size(); ++k) {
    any = any || evaluation.trusted[k] != TrustedMethod::none;
    if (evaluation.trusted[k] == TrustedMethod::none) {
      result.notes.push_back(
          fmt::format(fmt::runtime(tr("components: {} has no result and is left out")), evaluation.outputs[k]));
      result.refused.emplace(evaluation.outputs[k], tr("no method gave a result"));
      continue;
    }
    const bool by_trials = evaluation.trusted[k] == TrustedMethod::monte_carlo;
    // Of a linear model the components say all but the shape: what was refuted is y ± U.
    const bool linear = by_trials && evaluation.gum_of(k) && problem.model.is_linear(k, constant);
    const bool monte_carlo = by_trials && !linear;
    const std::string reason = monte_carlo ? nothing_to_write(evaluation, k) : "";
    if (!reason.empty()) {
      result.refused.emplace(evaluation.outputs[k], reason);
      result.notes.push_back(
          fmt::format(fmt::runtime(tr("components: {} is not written: {}")), evaluation.outputs[k], reason));
      continue;
    }
    UncertainNumber number = monte_carlo ? by_monte_carlo(evaluation, k, problem.evaluation)
                                         : to_uncertain_number(evaluation.gum[k], evaluation.units[k]);
    if (!monte_carlo) number.method = "gum";
    if (evaluation.validation[k])
      number.validation = to_string(evaluation.validation[k]->agreement);
    else if (!by_trials)
      number.validation = "none";
    if (by_trials && evaluation.gum_of(k)) number.validation = "differ";
    if (linear) {
      result.notes.push_back(fmt::format(
          fmt::runtime(
              tr("components: {} is written with the components of the GUM; the shape of its distribution, for "
                 "which y ± U was refuted, is not in the file")),
          evaluation.outputs[k]));
    } else if (monte_carlo) {
      result.notes.push_back(fmt::format(
          fmt::runtime(
              tr("components: {} is written with Monte Carlo's estimate and u; what first order does not see is "
                 "a component of its own, and that its distribution is bent is not in the file")),
          evaluation.outputs[k]));
    } else if (number.validation == "none") {
      result.notes.push_back(
          fmt::format(fmt::runtime(tr("components: {} is written with the GUM's result, which was not validated")),
                      evaluation.outputs[k]));
    } else if (number.validation == "undecided") {
      result.notes.push_back(fmt::format(
          fmt::runtime(
              tr("components: {} is written with the GUM's result, of which it is not decided whether it holds")),
          evaluation.outputs[k]));
    }
    result.numbers.push_back(std::move(number));
  }
  if (!any) throw base::InputError(tr("--components needs the result of the GUM's method or of Monte Carlo"));
  return result;
}

}  // namespace etalon::calibration
