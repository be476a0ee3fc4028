// A measurement model as a file (docs/uncertainty.md): outputs, inputs, correlations. An input may be a result with its
// components from another file.
#pragma once

#include <functional>
#include <string>

#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/monte_carlo/joint_inputs.h"

namespace etalon::calibration {

struct UncertaintyProblem {
  std::string title;
  double coverage_probability = 0.95;
  MeasurementModel model;
  JointInputs joint;                    // inputs in the order of the model's, correlation always as a full matrix
  std::string evaluation = {};          // tells this evaluation from all others (model_inputs.h)
  std::vector<std::string> notes = {};  // of what was read from other files
};

// The text of another file that the model names, by its path as it stands there. InputError when it cannot be read.
using OtherFile = std::function<std::string(const std::string& path)>;

// FileError "file:line:column: what is wrong, what was expected"; a formula is shown with a caret.
// Without `other_file` an input that comes from a file is refused.
UncertaintyProblem read_uncertainty_problem(const std::string& text, const std::string& file_name,
                                            const OtherFile& other_file = {});

}  // namespace etalon::calibration
