// The name that was probably meant, for error messages.
#pragma once

#include <string>
#include <vector>

namespace etalon::calibration {

// The nearest candidate that is truly near: within one slip (a letter too many, too few, another, two exchanged, or
// upper for lower case) for names of two or three letters, two for longer ones; empty when there is none, and for a
// single letter, which is near every other.
std::string near_name(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace etalon::calibration
