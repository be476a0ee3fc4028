// An uncertainty evaluation as a person reads it on a terminal.
#pragma once

#include <string>

#include "calibration/uncertainty/uncertainty_evaluation.h"

namespace etalon::app {

// Budget table with the share of each input as a bar, results rounded for print, and which method to trust.
std::string uncertainty_text(const calibration::UncertaintyEvaluation& evaluation, bool colours);

}  // namespace etalon::app
