#define xsimd xsimd_of_by_hand_avx512
#include "benchmarks/monte_carlo_by_hand_lanes.h"

namespace etalon {

Simulate by_hand_avx512(const std::string& name) {
  return calibration::ByHand<calibration::Lanes<xsimd::avx512f, 2>>::find(name);
}

}  // namespace etalon
