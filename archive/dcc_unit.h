// The units of digital calibration certificates: D-SI text, with the spellings of its versions.
#pragma once

#include <string>

namespace etalon::archive {

struct DccUnit {
  enum class State {
    known,         // `unit` is it in this suite's symbols
    known_name,    // names of D-SI, but not convertible here: "\neper"
    outside_d_si,  // "|inch": D-SI lets such a unit stand beside an SI one
    unknown
  };
  State state = State::unknown;
  std::string unit;
  bool old_spelling = false;  // "\degreeCelsius" of D-SI 1.3, today "\degreecelsius"
};

DccUnit dcc_unit(const std::string& d_si);
// For people: "mV", "°C", empty for "\one"; a unit that is not known as the file writes it.
std::string shown_unit(const std::string& d_si);

}  // namespace etalon::archive
