// A statement of conformity as a person reads it.
#pragma once

#include <string>

#include "calibration/conformity/conformity_statement.h"

namespace etalon::app {

// A part or probability in per cent; "> 99.9999 %" rather than a rounded 100 %, and small ones with two digits.
std::string percent(double probability);

std::string conformity_text(const calibration::ConformityStatement& statement, bool colours, int width);

}  // namespace etalon::app
