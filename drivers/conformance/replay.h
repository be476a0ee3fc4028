// A recorded session against a driver file: every message of it must be one of the file's, and every reply have the
// form that the file gives.
#pragma once

#include <string>

#include "drivers/conformance/conformance.h"

namespace etalon::drivers::conformance {

// `transcript`: a file of `etalon driver record`. FileError for one that cannot be read.
Report check_replay(const std::string& driver_text, const std::string& driver_name, const std::string& transcript);

}  // namespace etalon::drivers::conformance
