// A driver file to start from: commented, complete, and passing the conformance suite.
#pragma once

#include <string>

namespace etalon::drivers {

// `kind`: "meter" or "source". InputError for another kind, or a name that is no file name.
std::string new_driver_text(const std::string& name, const std::string& kind);

}  // namespace etalon::drivers
