#include "calibration/uncertainty/monte_carlo/instruction_set.h"

#include <stdexcept>

namespace etalon::calibration {

std::string_view to_string(InstructionSet set) {
  switch (set) {
    case InstructionSet::sse2:
      return "SSE2";
    case InstructionSet::avx2:
      return "AVX2";
    case InstructionSet::avx512:
      return "AVX-512";
  }
  throw std::logic_error("an instruction set without a name");
}

bool is_available(InstructionSet set) {
  switch (set) {
    case InstructionSet::sse2:
      return true;
    case InstructionSet::avx2:
      return __builtin_cpu_supports("avx2") != 0;
    case InstructionSet::avx512:
      return __builtin_cpu_supports("avx512f") != 0;
  }
  return false;
}

InstructionSet best_instruction_set() {
  if (is_available(InstructionSet::avx512)) return InstructionSet::avx512;
  return is_available(InstructionSet::avx2) ? InstructionSet::avx2 : InstructionSet::sse2;
}

const LaneKernels& lane_kernels_for(InstructionSet set) {
  if (!is_available(set)) throw std::logic_error("an instruction set that this processor does not have");
  switch (set) {
    case InstructionSet::avx512:
      return lane_kernels_avx512();
    case InstructionSet::avx2:
      return lane_kernels_avx2();
    case InstructionSet::sse2:
      break;
  }
  return lane_kernels_sse2();
}

}  // namespace etalon::calibration
