#define xsimd xsimd_of_by_hand_avx2
#include "benchmarks/monte_carlo_by_hand_lanes.h"

namespace etalon {

Simulate by_hand_avx2(const std::string& name) {
  return calibration::ByHand<calibration::Lanes<xsimd::avx2, 2>>::find(name);
}

}  // namespace etalon
