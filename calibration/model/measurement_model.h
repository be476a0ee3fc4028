// The measurement model: outputs as functions of input quantities (GUM 4.1, JCGM 102:2011 6.2), from text. An output
// may use inputs, named intermediates and outputs before it; an intermediate may use inputs, other intermediates in any
// order, and outputs.
#pragma once

#include <Eigen/Dense>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "calibration/model/expression.h"
#include "calibration/model/instruction_list.h"

namespace etalon::calibration {

// name = expression
struct Definition {
  std::string name;
  std::string expression;
};

// Units of a model, as texts of base/units.h. Without any for the inputs, nothing is checked or converted. As soon as
// one is stated, an input that is not in the map is a ratio ("1"), so that a forgotten unit shows; an empty text is a
// plain number, such as a 20 in a formula (unit_check.h). Intermediates take theirs from their expression.
struct ModelUnits {
  std::map<std::string, std::string> inputs;
  std::map<std::string, std::string> outputs;
  // Values of plain numbers among the inputs, so that they can be exponents of what has a unit, and factors of
  // temperatures in degC, as if they stood in the formula.
  std::map<std::string, double> constants = {};
};

// A definition of a model is wrong; says which.
class DefinitionError : public base::InputError {
 public:
  DefinitionError(const std::string& name, const std::string& message) : InputError(message), name_(name) {}
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

struct ModelEvaluation {
  Eigen::VectorXd values;    // one an output, in the model's order
  Eigen::MatrixXd jacobian;  // outputs x inputs: sensitivity coefficients dy_i/dx_j (GUM 5.1.3)
};

// A model compiled for speed. `list` has as outputs: the model's outputs; then, for each of them, its derivatives by
// the varying inputs; then, for each of them, the second derivatives by the varying inputs i <= j: (0,0), (0,1), …,
// (1,1), ….
struct CompiledModel {
  InstructionList list;
  std::size_t outputs = 0;
  std::vector<std::uint32_t> varying;  // inputs of the model, ascending
  int order = 0;                       // 0: values alone, 1: with first derivatives, 2: with second derivatives
};

// A model whose angles stay on the branch of their estimate (branches.h).
struct BranchedModel {
  InstructionList list;                          // outputs: the model's
  InstructionList deviations;                    // outputs: how far each angle is from its estimate, in (-pi, pi]
  std::vector<bool> at_origin;                   // of each angle: both of its arguments are 0 at the estimates
  std::vector<std::vector<std::size_t>> angles;  // that each output of the model uses
};

class MeasurementModel {
 public:
  // `inputs` are the names of the input quantities. InputError says which definition is wrong and where: a name that
  // stands twice or cannot be a name, an unknown name (nearest known suggested), a definition that needs itself (the
  // circle is shown), an output used before its turn, no output, more than 1000 definitions, units that do not fit.
  MeasurementModel(const std::vector<Definition>& outputs, const std::vector<std::string>& inputs,
                   const std::vector<Definition>& intermediates = {}, const ModelUnits& units = {});

  const std::vector<std::string>& inputs() const { return inputs_; }
  const std::vector<std::string>& outputs() const { return outputs_; }
  // Inputs that no output depends on: most likely a slip in the formula.
  const std::vector<std::string>& unused_inputs() const { return unused_inputs_; }

  // "1", "mV/K": the unit of each output, as given or as found; empty when it is not known.
  const std::vector<std::string>& output_units() const { return output_units_; }
  // Functions that are not smooth (abs, min, max) and stand in what the outputs need: first-order propagation is
  // doubtful near their edges.
  const std::vector<std::string>& non_smooth() const { return non_smooth_; }

  // `constant` marks inputs whose derivatives are not wanted (empty: all are).
  CompiledModel compile(int order, const std::vector<bool>& constant = {}) const;
  // As compile(2), and then for each output the derivatives by the varying inputs of the sum over i and j of
  // covariance(i, j) times the second derivative; the covariance is that of the varying inputs.
  CompiledModel compile_with_curvature(const std::vector<bool>& constant, const Eigen::MatrixXd& covariance) const;

  BranchedModel compile_on_branches(const std::vector<double>& estimates, const std::vector<bool>& constant) const;

  // The same inputs and only these outputs (indices into outputs()); what they do not need cannot fail.
  MeasurementModel restricted_to(const std::vector<std::size_t>& outputs) const;
  // Whether an output's derivatives by the inputs that vary are constants.
  bool is_linear(std::size_t output, const std::vector<bool>& constant) const;

  // `estimates` in the order of inputs(). `constant` marks inputs without uncertainty: their column of the Jacobian is
  // 0 and derivatives with respect to them need not exist. InputError names the definition and the sub-expression.
  ModelEvaluation evaluate(const std::vector<double>& estimates, const std::vector<bool>& constant = {}) const;

 private:
  // A definition ready to run; its expression's names refer to inputs, or to definitions that stand before it.
  struct Step {
    std::string name;  // "R_X"
    std::string what;  // "output 'R_X'"
    Expression expression;
    std::vector<std::pair<bool, std::size_t>> sources;  // (is an input, index) for each name of the expression
  };

  void check_units(const std::vector<Definition>& outputs, const ModelUnits& units);
  void build_graph();
  CompiledModel compile_order(int order, const std::vector<bool>& constant, const Eigen::MatrixXd* covariance) const;

  std::vector<std::string> inputs_;
  std::vector<std::string> outputs_;
  std::vector<std::string> unused_inputs_;
  std::vector<Step> steps_;                // in an order in which they can be evaluated
  std::vector<std::size_t> output_steps_;  // where each output stands in steps_
  std::vector<std::string> output_units_;
  std::vector<std::string> non_smooth_;
  ExpressionGraph graph_;
  std::vector<Node> output_nodes_;
};

}  // namespace etalon::calibration
