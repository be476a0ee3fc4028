// Messages of several units: "CONF:VOLT:DC 10;:READ?" (IEEE 488.2, 7.3.1.1), with headers that follow the path of the
// one before (SCPI-1999 volume 1, 6.2.4): a leading colon begins at the root again, common commands ("*CLS") leave the
// path as it is.
#pragma once

#include <string>
#include <vector>

namespace etalon::drivers::simulation {

// Whether a ';' outside of quotes is there.
bool has_several_units(const std::string& message);
// The units, each with its whole header; empty ones left out.
std::vector<std::string> program_message_units(const std::string& message);

}  // namespace etalon::drivers::simulation
