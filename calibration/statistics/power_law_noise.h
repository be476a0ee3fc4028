// Power-law noise of frequency sources and of anything read at equal intervals, by the exponent alpha of its frequency
// spectrum S_y(f) ~ f^alpha (NIST SP 1065, Riley 2008, clause 3.2).
#pragma once

#include <string>

namespace etalon::calibration {

enum class PowerLawNoise {
  white_phase,             // alpha = 2
  flicker_phase,           // 1
  white_frequency,         // 0: for readings of any quantity, independent readings
  flicker_frequency,       // -1
  random_walk_frequency,   // -2
  flicker_walk_frequency,  // -3, seen by the Hadamard deviations alone
  random_run_frequency     // -4, likewise
};

// 2 … -4.
int exponent(PowerLawNoise noise);
// std::logic_error outside 2 … -4.
PowerLawNoise noise_of_exponent(int alpha);
// "white-phase", "flicker-phase", …
std::string to_string(PowerLawNoise noise);

}  // namespace etalon::calibration
