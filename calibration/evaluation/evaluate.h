// From a run to results: a pure function of the run record, no clock and no chance (design decision 4).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acquisition/attempts.h"
#include "acquisition/laboratory_calendar.h"
#include "acquisition/run_record.h"
#include "calibration/conformity/decision_rule.h"
#include "calibration/curve/line_fit.h"
#include "calibration/evaluation/ambient_logger.h"
#include "calibration/evaluation/standard.h"
#include "calibration/uncertainty/budget.h"

namespace etalon::calibration {

// Numbers as they stand in certificates: decimal text, U to two significant digits, the rest aligned to it
// (base/decimal.h). Reference and indication in `value_unit`, the others in `error_unit`.
struct ReportedPoint {
  std::string value_unit;
  std::string error_unit;
  std::string nominal;
  std::string reference;
  std::string indication;
  std::string error;
  std::string expanded_uncertainty;
  std::string mpe;
  std::string acceptance_limit;  // empty when no error could pass
  std::string coverage_factor;
  std::string degrees_of_freedom;  // "inf" for infinite
};

struct EvaluatedPoint {
  acquisition::Point point;
  int attempt = 0;                             // of the readings that count
  std::vector<acquisition::Attempt> attempts;  // all of them, with their causes
  int touch = 0;                               // prompts of touched leads that were answered before these readings
  std::vector<double> readings;
  double indication = 0;     // mean, in the plan's unit, as all that follow
  double repeatability = 0;  // experimental standard deviation of one reading
  double reference = 0;      // indication minus error
  BudgetResult error;
  double mpe = 0;
  double decision_expanded_uncertainty = 0;  // what the decision rule takes for U (conformity_statement.h)
  // |error| at most this passes; absent when no error could: U leaves nothing of the limits.
  std::optional<double> acceptance_limit;
  // A reading that counts cannot be true if the wiring was made (acquisition/wiring_check.h): nothing is decided then.
  bool contradicts_wiring = false;
  Verdict verdict = Verdict::inconclusive;
  ReportedPoint reported;
};

struct ReportedParameter {
  std::string name;  // "b0", "b1"
  std::string unit;
  std::string value;
  std::string expanded_uncertainty;
  std::string coverage_factor;
};

// error = b0 + b1 * applied value, by generalised least squares with the covariance between the points of one range.
struct EvaluatedCurve {
  std::string range_text;
  std::vector<std::size_t> points;  // indices into Results::points
  LineFit fit;                      // x and y in the plan's unit
  BudgetResult intercept;           // with the components carried on from the points
  BudgetResult slope;
  std::vector<ReportedParameter> reported;
};

// Over all readings that count; corrected where the logger's certificate gives a correction.
struct EnvironmentRange {
  std::string quantity;
  std::string unit;
  double minimum = 0;
  double maximum = 0;
  double standard_uncertainty = 0;  // the largest of the readings'; 0: not known for all of them
  double coverage_factor = 0;       // for Results::coverage_probability
  AmbientOrigin origin = AmbientOrigin::none;
  std::string source = {};  // what the uncertainty is taken from (ambient_logger.h)
};

struct Results {
  base::LocalText title;
  std::string quantity;
  std::string unit;
  double coverage_probability = 0;
  DecisionRule decision;
  bool simulated = false;
  bool sealed = false;                       // the run file is of a version whose journal seals inputs, plan and rows
  acquisition::LaboratoryCalendar calendar;  // in which days are counted
  std::string begin;                         // YYYY-MM-DD of the first reading that counts
  std::string end;                           // … of the last
  std::vector<Standard> standards;           // used, once each
  std::vector<EvaluatedPoint> points;
  std::vector<EvaluatedCurve> curves;  // one a range with points enough
  std::vector<EnvironmentRange> environment;
};

// InputError for a run that is not finished (says what is missing), or whose inputs do not fit together; RefusedError
// when a standard's certificate was not valid on the days of the measurement.
Results evaluate(const acquisition::RunRecord& run);

// Why a point was measured more than once, a sentence in both languages; empty when it was not.
base::LocalText attempts_text(const EvaluatedPoint& point);
bool repeated_by_choice(const EvaluatedPoint& point);

// "etalon evaluate --json": docs/results.md.
std::string results_to_json(const Results& results);

}  // namespace etalon::calibration
