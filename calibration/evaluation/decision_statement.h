// What results say of how they were decided (ISO/IEC 17025:2017 7.8.6.2): the rule, and what it was given.
#pragma once

#include "base/language.h"
#include "calibration/evaluation/evaluate.h"

namespace etalon::calibration {

// The rule in full; that unrounded numbers decide; where they apply, what it takes for U instead of the U printed, and
// why a point has no acceptance limit.
base::LocalText decision_statement(const Results& results);

// Whether the numbers as they are printed would be decided otherwise than the point was: error against acceptance
// limit.
bool printed_numbers_contradict(const EvaluatedPoint& point);

}  // namespace etalon::calibration
