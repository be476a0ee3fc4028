// An uncertainty evaluation as a person reads it on a terminal.
#pragma once

#include <string>

#include "calibration/uncertainty/uncertainty_evaluation.h"

namespace etalon::app {

// The result to report first, budget table with the share of each input as a bar, what each method found, and which
// one to trust. For a terminal of so many columns.
std::string uncertainty_text(const calibration::UncertaintyEvaluation& evaluation, bool colours, int columns);

}  // namespace etalon::app
