// All methods on one problem: the GUM's law of propagation, its second-order terms, Monte Carlo, and whether they
// agree.
#pragma once

#include <Eigen/Dense>
#include <optional>
#include <string>
#include <vector>

#include "calibration/uncertainty/budget.h"
#include "calibration/uncertainty/model_file.h"
#include "calibration/uncertainty/monte_carlo/monte_carlo.h"
#include "calibration/uncertainty/monte_carlo/validation.h"
#include "calibration/uncertainty/second_order.h"

namespace etalon::calibration {

// Whose result is the one to report.
enum class TrustedMethod { none, gum, monte_carlo };
std::string to_string(TrustedMethod method);

struct UncertaintyOptions {
  bool gum = true;
  bool second_order = true;
  bool monte_carlo = true;
  DominanceRule dominance = DominanceRule::ea_4_02;
  // Its coverage probability and output names are taken from the problem.
  MonteCarloOptions trials;
};

// What a method could not do, when others could: the reason.
struct UncertaintyEvaluation {
  std::string title;
  double coverage_probability = 0.95;
  std::vector<std::string> outputs;
  std::vector<std::string> units;  // of each output; empty when not known
  std::vector<BudgetResult> gum;   // one for each output, or empty
  std::string gum_refusal;
  std::vector<SecondOrderResult> second_order;
  std::string second_order_refusal;
  std::optional<MonteCarloResult> monte_carlo;
  // Of the first-order interval and of the second-order one against the probabilistically symmetric Monte Carlo
  // interval (JCGM 101:2008 clause 8); empty when one of the two is missing or there is no uncertainty to compare. What
  // is validated is the GUM's own interval, with k from t or the normal distribution (JCGM 100:2008 G.6.4), also where
  // a dominant shape gave the k of the budget.
  std::vector<std::optional<Validation>> validation;
  std::vector<std::optional<Validation>> second_order_validation;
  // Of each output: Monte Carlo where it differs from the GUM or is alone, else the GUM; none for second-order terms
  // alone, and for Monte Carlo alone where its numbers say nothing.
  std::vector<TrustedMethod> trusted;
  // Of each output: false where its uncertainty is within 100 times the rounding floor (rounding_floor.h), so that the
  // Monte Carlo values are a grid of rounded numbers; nothing is then validated, and a note says so.
  std::vector<bool> monte_carlo_meaningful;
  Eigen::MatrixXd correlation;          // between the outputs, by the first method that gave any
  std::vector<std::string> non_smooth;  // functions in the model
  std::vector<std::string> unused_inputs;
  std::vector<std::string> notes;  // what inputs that come with components share
};

// InputError when none of the methods asked for gives a result: the reason of the first.
UncertaintyEvaluation evaluate_uncertainty(const UncertaintyProblem& problem, const UncertaintyOptions& options);

// The JSON of docs/uncertainty.md. A contribution is u_i(y) = |c_i| u(x_i) (GUM 5.1.3, equation (11b)).
std::string to_json(const UncertaintyEvaluation& evaluation);

}  // namespace etalon::calibration
