// A measurement model as a file (docs/uncertainty.md): outputs, inputs, correlations.
#pragma once

#include <string>

#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/monte_carlo/joint_inputs.h"

namespace etalon::calibration {

struct UncertaintyProblem {
  std::string title;
  double coverage_probability = 0.95;
  MeasurementModel model;
  JointInputs joint;  // inputs in the order of the model's, correlation always as a full matrix
};

// FileError "file:line:column: what is wrong, what was expected"; a formula is shown with a caret.
UncertaintyProblem read_uncertainty_problem(const std::string& text, const std::string& file_name);

}  // namespace etalon::calibration
