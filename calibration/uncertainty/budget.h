// The measurement uncertainty budget: first-order propagation through a model (GUM 5.1.2, equation 10; 5.2.2, equation
// 13), effective degrees of freedom (GUM G.4.1), coverage factor and expanded uncertainty (GUM 6.2, G.3). Each result
// keeps its uncertainty components by the identity of the quantity they come from, so that results which share a
// reference are known to be correlated wherever they meet.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/coverage_choice.h"
#include "calibration/uncertainty/coverage_factor.h"
#include "calibration/uncertainty/input_correlation.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

struct BudgetOptions {
  // 0.95 gives k = 1.96 for a normal output; 0.9545 gives the k = 2.00 of EA-4/02.
  double coverage_probability = 0.95;
  DominanceRule dominance = DominanceRule::ea_4_02;
  // Correlation coefficients between the inputs, in the order of the inputs given to evaluate_budget; empty: none
  // beyond those of equal identity. Symmetric, ones on the diagonal, positive semi-definite (r = 1 is fine), else
  // InputError.
  Eigen::MatrixXd correlation;
};

struct BudgetLine {
  std::string input;
  std::string identity;
  std::string unit;
  double estimate = 0;
  double standard_uncertainty = 0;
  double degrees_of_freedom = infinite;
  Distribution distribution = Distribution::constant;
  double sensitivity = 0;   // c = dy/dx (0 for a constant: it is not asked for)
  double contribution = 0;  // c*u(x), with its sign
  // Share of u(y)^2: c*u times the sum over inputs of r*c*u. Shares add up to 1; a negative one is a correlation that
  // lowers the uncertainty.
  double variance_share = 0;
};

struct BudgetResult {
  std::string output;
  double value = 0;
  double standard_uncertainty = 0;
  double effective_degrees_of_freedom = infinite;  // as computed, not truncated
  double coverage_probability = 0.95;
  double coverage_factor = 0;
  CoverageFactorOrigin coverage_factor_origin = CoverageFactorOrigin::none;
  double expanded_uncertainty = 0;
  bool zero_uncertainty = false;  // no input has an uncertainty that reaches the output: most likely a forgotten input
  // Some components with finite degrees of freedom are correlated, so that the formula of Welch and Satterthwaite does
  // not hold for them one by one. Quantities correlated with each other are then taken as one component whose degrees
  // of freedom are the smallest among them (exact for quantities observed together: all have the same).
  bool correlated_degrees_of_freedom = false;
  std::vector<BudgetLine> lines;  // every input, in the order given, also those without effect
  // Components by identity. Inputs of one identity add up, signs kept. Correlated inputs of different identity are
  // split into independent parts by the Cholesky factor of their correlation: the first keeps its name, the others are
  // named "B, part independent of A". Of an input that comes with components, these are carried on.
  Components components;
};

// One result for each output of the model, in its order. `inputs` are matched to the model by name. InputError: an
// input missing, unknown, twice, without identity or with a number that is not usable; inputs of one identity that
// differ in degrees of freedom or distribution; an unusable correlation matrix; a model that cannot be evaluated.
std::vector<BudgetResult> evaluate_budget(const MeasurementModel& model, const std::vector<InputQuantity>& inputs,
                                          const BudgetOptions& options = {});

// The same for many evaluations of one model: matched, related and compiled once.
class BudgetEvaluator {
 public:
  // Keeps copies. InputError as for evaluate_budget.
  BudgetEvaluator(const MeasurementModel& model, const std::vector<InputQuantity>& inputs,
                  const BudgetOptions& options = {});

  // New numbers for input `index` (in the order of the inputs given); its other properties stay. The
  // uncertainty of one with components stays too.
  void set_input(std::size_t index, double estimate, double standard_uncertainty);
  // Valid until the next call.
  const std::vector<BudgetResult>& evaluate();

 private:
  void fill(BudgetResult& result, double value);
  void add_up_quantities();
  void collect_parts(BudgetResult& result);

  MeasurementModel model_;
  std::vector<InputQuantity> inputs_;
  BudgetOptions options_;
  CoverageFactors factors_;
  std::vector<std::size_t> order_;  // for each input of the model, its place in inputs_
  std::vector<bool> constants_;     // in the order of the model
  InputCorrelation correlation_;
  CompiledModel compiled_;
  std::vector<double> registers_;
  // Of the output at hand, in the order of inputs_.
  std::vector<double> sensitivities_;
  std::vector<double> contributions_;
  std::vector<double> with_others_;
  // Of the quantities behind them.
  std::vector<double> of_quantities_;
  std::vector<double> sizes_;  // before anything cancels
  std::vector<double> independent_;
  std::vector<UncertaintyPart> parts_;
  std::vector<BudgetResult> results_;
};

// The covariance of two results from the components they share: the sum over identities of the products of
// contributions (GUM F.1.2.3, equation F.1). In the product of their units.
double covariance(const BudgetResult& a, const BudgetResult& b);
// n x n, symmetric and positive semi-definite; the diagonal holds the squared standard uncertainties.
Eigen::MatrixXd covariance_matrix(const std::vector<BudgetResult>& results);

}  // namespace etalon::calibration
