// The measurement model: outputs as functions of input quantities (GUM 4.1, JCGM 102:2011 6.2), from text. An output
// may use inputs, named intermediates and outputs before it; an intermediate may use inputs, other intermediates in any
// order, and outputs.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <utility>
#include <vector>

#include "calibration/model/expression.h"

namespace etalon::calibration {

// name = expression
struct Definition {
  std::string name;
  std::string expression;
};

struct ModelEvaluation {
  Eigen::VectorXd values;    // one an output, in the model's order
  Eigen::MatrixXd jacobian;  // outputs x inputs: sensitivity coefficients dy_i/dx_j (GUM 5.1.3)
};

class MeasurementModel {
 public:
  // `inputs` are the names of the input quantities. InputError says which definition is wrong and where: a name that
  // stands twice or cannot be a name, an unknown name (nearest known suggested), a definition that needs itself (the
  // circle is shown), an output used before its turn, no output, more than 1000 definitions.
  MeasurementModel(const std::vector<Definition>& outputs, const std::vector<std::string>& inputs,
                   const std::vector<Definition>& intermediates = {});

  const std::vector<std::string>& inputs() const { return inputs_; }
  const std::vector<std::string>& outputs() const { return outputs_; }
  // Inputs that no output depends on: most likely a slip in the formula.
  const std::vector<std::string>& unused_inputs() const { return unused_inputs_; }

  // `estimates` in the order of inputs(). `constant` marks inputs without uncertainty: their column of the Jacobian is
  // 0 and derivatives with respect to them need not exist. InputError names the definition and the sub-expression.
  ModelEvaluation evaluate(const std::vector<double>& estimates, const std::vector<bool>& constant = {}) const;

 private:
  // A definition ready to run; its expression's names refer to inputs, or to definitions that stand before it.
  struct Step {
    std::string what;  // "output 'R_X'"
    Expression expression;
    std::vector<std::pair<bool, std::size_t>> sources;  // (is an input, index) for each name of the expression
  };

  std::vector<std::string> inputs_;
  std::vector<std::string> outputs_;
  std::vector<std::string> unused_inputs_;
  std::vector<Step> steps_;                // in an order in which they can be evaluated
  std::vector<std::size_t> output_steps_;  // where each output stands in steps_
};

}  // namespace etalon::calibration
