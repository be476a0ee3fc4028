// Rounding of an evaluated point and curve for certificates.
#pragma once

#include "calibration/evaluation/evaluate.h"

namespace etalon::calibration {

// The largest decimal multiple of `unit` (…, uV, mV, V) in which `magnitude`, given in `unit`, is at least 1.
std::string handy_unit(double magnitude, const std::string& unit);

// Fills in `point.reported`; `error_unit` as chosen for the whole range.
void report(EvaluatedPoint& point, const std::string& value_unit, const std::string& error_unit);
void report(EvaluatedCurve& curve, const std::string& unit, const std::string& error_unit);

// A number of degrees of freedom for people: whole below 1000 (truncated, GUM G.4.1), else "inf".
std::string degrees_of_freedom_text(double degrees_of_freedom);

}  // namespace etalon::calibration
