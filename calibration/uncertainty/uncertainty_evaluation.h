// All methods on one problem: the GUM's law of propagation, its second-order terms, Monte Carlo, and whether they
// agree. Each method stands or falls alone, for each output alone.
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
  // Where the validation cannot be decided, more trials are run, up to trials.most_trials.
  bool until_decided = true;
};

// Where the value that stands for Monte Carlo's estimate comes from: the mean (JCGM 101:2008 7.6), or where the
// distribution has none the model's value at the estimates (GUM 4.1.4), or where that does not exist the middle of the
// probabilistically symmetric interval.
enum class ValueOrigin { mean, model, middle };
std::string to_string(ValueOrigin origin);  // "mean", "model_at_estimates", "middle_of_interval"

struct MonteCarloValue {
  double value = 0;
  ValueOrigin origin = ValueOrigin::mean;
  bool mean_may_exist = true;  // origin not `mean`: these trials do not determine it, or not whether there is one
};

struct UncertaintyEvaluation {
  std::string title;
  double coverage_probability = 0.95;
  std::vector<std::string> outputs;
  std::vector<std::string> units;  // of each output; empty when not known
  // One for each output, or empty. A method that refused an output has the reason, and nothing to use in the output's
  // place: see gum_of and the others.
  std::vector<BudgetResult> gum;
  std::vector<std::string> gum_refusals;  // of each output; empty: none
  std::vector<SecondOrderResult> second_order;
  std::vector<std::string> second_order_refusals;
  std::optional<MonteCarloResult> monte_carlo;
  std::vector<std::string> monte_carlo_refusals;
  std::vector<MonteCarloValue> monte_carlo_values;  // of each output
  // Of the first-order interval and of the second-order one against the probabilistically symmetric Monte Carlo
  // interval (JCGM 101:2008 clause 8); empty when one of the two is missing or there is no uncertainty to compare. What
  // is validated is the GUM's own interval, with k from t or the normal distribution (JCGM 100:2008 G.6.4), also where
  // a dominant shape gave the k of the budget.
  std::vector<std::optional<Validation>> validation;
  std::vector<std::optional<Validation>> second_order_validation;
  std::vector<bool> exact;  // of each output: the validation is by form, not by trials (exact_interval.h)
  // Of each output: Monte Carlo where it differs from the GUM or is alone, else the GUM, also as long as it is not
  // decided whether they differ; none for second-order terms alone, and for Monte Carlo alone where its numbers say
  // nothing.
  std::vector<TrustedMethod> trusted;
  // Of each output: false where its uncertainty is within 100 times the rounding floor (rounding_floor.h), so that the
  // Monte Carlo values are a grid of rounded numbers; nothing is then validated, and a note says so.
  std::vector<bool> monte_carlo_meaningful;
  // Between the outputs: by the GUM where all of them report its results, else by Monte Carlo. Not a number where it is
  // not known.
  Eigen::MatrixXd correlation;
  TrustedMethod correlation_method = TrustedMethod::none;
  std::vector<std::string> non_smooth;  // functions in the model
  std::vector<std::string> unused_inputs;
  std::vector<std::string> notes;

  // Null where the method gave nothing for output k.
  const BudgetResult* gum_of(std::size_t k) const;
  const SecondOrderResult* second_order_of(std::size_t k) const;
  const MonteCarloOutput* monte_carlo_of(std::size_t k) const;
};

// Whether something that was asked for is missing or open: a validation that these trials do not decide, a method that
// refused an output.
bool is_undecided(const UncertaintyEvaluation& evaluation);

// Whether the outputs are normal together as far as the methods can tell: all by the GUM and validated, none of
// few degrees of freedom (100). Only then do the factors of coverage_region.h hold.
bool is_jointly_normal(const UncertaintyEvaluation& evaluation);

// InputError when none of the methods asked for gives a result of any output: the reason of the first.
UncertaintyEvaluation evaluate_uncertainty(const UncertaintyProblem& problem, const UncertaintyOptions& options);

// The JSON of docs/uncertainty.md. A contribution is u_i(y) = |c_i| u(x_i) (GUM 5.1.3, equation (11b)).
std::string to_json(const UncertaintyEvaluation& evaluation);

}  // namespace etalon::calibration
