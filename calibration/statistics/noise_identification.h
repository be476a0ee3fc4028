// Which power-law noise dominates at an averaging time: the lag-1 autocorrelation method.
#pragma once

#include <cstddef>
#include <vector>

#include "calibration/statistics/power_law_noise.h"

namespace etalon::calibration {

struct IdentifiedNoise {
  PowerLawNoise noise = PowerLawNoise::white_frequency;
  double alpha = 0;       // as estimated; `noise` is the nearest integer
  int differences = 0;    // how often the phases were differenced until they were stationary
  std::size_t count = 0;  // phases used, every m-th
};

// Fewer phases do not tell noises apart (Riley & Greenhall 2004 ask for about 30).
constexpr std::size_t least_phases_for_identification = 30;

// Riley & Greenhall, "Power law noise identification using the lag 1 autocorrelation", EFTF 2004; NIST SP 1065 5.5.6.
// Every m-th phase, less a parabola (offset and drift of frequency), is differenced until delta = r1/(1 + r1) < 1/4
// (stationary), at most `largest_order` times: 2 for Allan deviations, 3 for Hadamard. alpha = 2 - 2(delta + d).
// Averaged frequencies would not tell white from flicker phase noise; every m-th phase does, though at m > 1 estimates
// of flicker noises lean by up to 0.4 to the next noise (0.9 below alpha = -2).
//
// InputError: m = 0, fewer than 30 phases, values that are not finite, no scatter beyond rounding; noise that is
// steeper than the deviation can bear (alpha < -2 or < -4), or phases that alternate (alpha > 2), by more than two
// standard deviations 1/sqrt(count) of r1. Within them the noise is the one at the end of the range.
IdentifiedNoise identify_noise(const std::vector<double>& phase, std::size_t m, int largest_order = 2);

}  // namespace etalon::calibration
