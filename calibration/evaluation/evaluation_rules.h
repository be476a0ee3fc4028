// The parts of a procedure file that say how a run is evaluated: model, further inputs, coverage, decision.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "calibration/conformity/decision_rule.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

// For which points a further input is the same quantity.
enum class SharedPer { point, touch, run };

struct FurtherInput {
  InputQuantity quantity;  // identity is made for each point
  SharedPer per = SharedPer::point;
};

enum class RepeatabilityAndResolution {
  larger,  // the smaller of the two is not counted: readings that are rounded already scatter by it (JJF 1059.1-2012)
  both
};

struct EvaluationRules {
  std::string error_model;          // expression of the error, for points that a source feeds
  std::string error_model_shorted;  // … with a short
  std::map<std::string, FurtherInput> inputs;
  double coverage_probability = 0.95;
  RepeatabilityAndResolution repeatability_or_resolution = RepeatabilityAndResolution::larger;
  bool line = true;  // a straight line is fitted to the errors of each range
  DecisionRule decision;
};

// Names that the evaluation gives to the model besides `inputs`.
const std::vector<std::string>& names_of_run_inputs();

// From the procedure file's text; FileError says where. The expressions are compiled and their names checked.
EvaluationRules parse_evaluation_rules(const std::string& procedure_text, const std::string& file_name,
                                       const std::string& unit);

}  // namespace etalon::calibration
