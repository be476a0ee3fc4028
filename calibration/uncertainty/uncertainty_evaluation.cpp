#include "calibration/uncertainty/uncertainty_evaluation.h"

#include <cmath>

#include "base/error.h"

namespace etalon::calibration {

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
  Eigen::MatrixXd correlation = covariance_matrix(results);
  const Eigen::VectorXd u = correlation.diagonal().cwiseSqrt();
  for (Eigen::Index i = 0; i < correlation.rows(); ++i) {
    for (Eigen::Index j = 0; j < i; ++j) {
      correlation(i, j) = correlation(j, i) = u(i) > 0 && u(j) > 0 ? correlation(i, j) / u(i) / u(j) : 0;
    }
    correlation(i, i) = 1;
  }
  return correlation;
}

}  // namespace

UncertaintyEvaluation evaluate_uncertainty(const UncertaintyProblem& problem, const UncertaintyOptions& options) {
  UncertaintyEvaluation result;
  result.title = problem.title;
  result.coverage_probability = problem.coverage_probability;
  result.outputs = problem.model.outputs();
  result.units = problem.model.output_units();
  result.non_smooth = problem.model.non_smooth();
  result.unused_inputs = problem.model.unused_inputs();
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
  if (result.monte_carlo) {
    const int digits = options.trials.significant_digits;
    for (std::size_t k = 0; k < outputs; ++k) {
      const MonteCarloOutput& monte_carlo = result.monte_carlo->outputs[k];
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
  if (!result.gum.empty()) {
    result.correlation = correlation_of(result.gum);
  } else if (result.monte_carlo) {
    result.correlation = result.monte_carlo->correlation;
  }
  return result;
}

}  // namespace etalon::calibration
