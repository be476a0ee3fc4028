// The bound of the Monte Carlo benchmark: the three models with their sampling compiled in, each trial in registers
// from the random bits to the value. Generator, formulas, sums and intervals are etalon's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "calibration/uncertainty/monte_carlo/lane_program.h"

namespace etalon {

// LaneKernels::simulate of the model "mass", "gauge-block" or "pressure" (benchmarks/monte_carlo_models.h), each for
// its instruction set.
using Simulate = decltype(calibration::LaneKernels::simulate);
Simulate by_hand_avx2(const std::string& name);
Simulate by_hand_avx512(const std::string& name);

}  // namespace etalon
