// The parts of a procedure file that say how a run is evaluated: model, further inputs, coverage, decision.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "calibration/conformity/decision_rule.h"
#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

// For which points a further input is the same quantity.
enum class SharedPer { point, touch, run };

struct FurtherInput {
  InputQuantity quantity;  // in its own unit; identity is made for each point
  SharedPer per = SharedPer::point;
};

enum class RepeatabilityAndResolution {
  larger,  // the smaller of the two is not counted: readings that are rounded already scatter by it (JJF 1059.1-2012)
  both
};

// The model of one point: output "error", in difference_unit of the quantity's unit; inputs are the names it uses.
struct PointModel {
  std::string expression;
  MeasurementModel model;
  base::Position position = {};
  std::vector<std::string> without = {};  // what the run fills in and the model leaves out on purpose
};

struct EvaluationRules {
  PointModel fed;      // for points that a source feeds
  PointModel shorted;  // with a short: the same unless the procedure has another
  std::map<std::string, FurtherInput> inputs = {};
  double coverage_probability = 0.95;
  RepeatabilityAndResolution repeatability_or_resolution = RepeatabilityAndResolution::larger;
  bool line = true;  // a straight line is fitted to the errors of each range
  DecisionRule decision = {};
};

// Names that the evaluation gives to the model besides `inputs`, with their units for a quantity in `unit`: that unit,
// that of its differences, or "1".
std::map<std::string, std::string> units_of_run_inputs(const std::string& unit);

// Of errors, offsets and resolutions of a quantity in `unit`: K for degC, whose zero is a convention, else the same.
std::string difference_unit(const std::string& unit);

// For a new run. FileError when a model leaves out what the run fills in, unless `without` names it: its correction and
// its uncertainty would be dropped. Or when one of `inputs` is used by no model. `fed`, `shorted`: there are such
// points.
void require_whole_models(const EvaluationRules& rules, bool fed, bool shorted);

// From the procedure file's text, for a quantity in `unit` (the item's). FileError says where, for a formula with a
// caret: names that are unknown, or that a point with a short does not have; units that do not fit.
EvaluationRules parse_evaluation_rules(const std::string& procedure_text, const std::string& file_name,
                                       const std::string& unit);

}  // namespace etalon::calibration
