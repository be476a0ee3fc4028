// The instruction sets that the block executor is compiled for. Results are the same bits with each.
#pragma once

#include <string_view>

#include "calibration/uncertainty/monte_carlo/lane_program.h"

namespace etalon::calibration {

enum class InstructionSet { sse2, avx2, avx512 };

std::string_view to_string(InstructionSet set);
// Whether this processor (and the operating system) runs it.
bool is_available(InstructionSet set);
// The widest that this processor runs.
InstructionSet best_instruction_set();

// The functions for a set; std::logic_error when the processor does not run it.
const LaneKernels& lane_kernels_for(InstructionSet set);

// Each from its own source, compiled for the set.
const LaneKernels& lane_kernels_sse2();
const LaneKernels& lane_kernels_avx2();
const LaneKernels& lane_kernels_avx512();

}  // namespace etalon::calibration
