// The block executor for AVX-512 F.
//
// The library's templates get a namespace of this source's own: the linker keeps one copy of each inline function, and
// the copy compiled for these instructions must not be the one that another source calls on an older processor.
#define xsimd xsimd_of_lane_kernels_avx512
#include "calibration/uncertainty/monte_carlo/instruction_set.h"
#include "calibration/uncertainty/monte_carlo/lane_digest.h"
#include "calibration/uncertainty/monte_carlo/lane_executor.h"

namespace etalon::calibration {

const LaneKernels& lane_kernels_avx512() {
  using Executor = LaneExecutor<Lanes<xsimd::avx512f, 2>>;
  using Digest = LaneDigest<Lanes<xsimd::avx512f, 1>>;
  static constexpr LaneKernels kernels{Executor::simulate, Digest::digest, Digest::cross, Digest::fill,
                                       Executor::apply};
  return kernels;
}

}  // namespace etalon::calibration
