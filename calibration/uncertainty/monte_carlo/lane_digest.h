// What becomes of the values of a chunk: sums, tails, bins; for one kind of lanes A of no more than sum_columns
// (lanes.h).
//
// For lane_kernels_*.cpp alone: everything here is local to the including source.
#pragma once

#include <cstddef>
#include <cstdint>

#include "calibration/uncertainty/monte_carlo/lane_functions.h"
#include "calibration/uncertainty/monte_carlo/lane_program.h"

namespace etalon::calibration {
namespace {

template <class A>
struct LaneDigest {
  using R = Real<A>;
  using B = Bits<A>;
  static constexpr std::size_t width = A::width;
  static_assert(sum_columns % width == 0);

  static R load(const double* from) { return R::load(from); }
  static void store(double* to, const R& value) { value.store(to); }

  static void digest(double* values, std::size_t count, double shift, double low, double high, ChunkSums* sums,
                     double* lows, std::size_t* low_count, double* highs, std::size_t* high_count) {
    constexpr std::size_t parts = sum_columns / width;
    const R zero(0.0);
    const R s(shift);
    R first[parts];
    R second[parts];
    for (std::size_t k = 0; k < parts; ++k)
      first[k] = second[k] = zero;
    std::size_t below = *low_count;
    std::size_t above = *high_count;
    const std::size_t whole = count / sum_columns * sum_columns;
    for (std::size_t i = 0; i < whole; i += sum_columns) {
      for (std::size_t k = 0; k < parts; ++k) {
        const R y = load(values + i + k * width) + zero;
        store(values + i + k * width, y);
        const R d = y - s;
        first[k] = first[k] + d;
        second[k] = second[k] + d * d;
        below = keep(y, y <= R(low), lows, below, values + i + k * width, low, -1);
        above = keep(y, y >= R(high), highs, above, values + i + k * width, high, 1);
      }
    }
    for (std::size_t k = 0; k < parts; ++k) {
      store(sums->first + k * width, first[k]);
      store(sums->second + k * width, second[k]);
    }
    for (std::size_t i = whole; i < count; ++i) {
      values[i] += 0.0;
      const double d = values[i] - shift;
      sums->first[i - whole] += d;
      sums->second[i - whole] += d * d;
      lows[below] = values[i];
      below += values[i] <= low ? 1 : 0;
      highs[above] = values[i];
      above += values[i] >= high ? 1 : 0;
    }
    *low_count = below;
    *high_count = above;
  }

  // Writes the lanes of the mask one after another to list + count; returns the new count. Up to `width` places beyond
  // may be overwritten.
#if defined(__AVX512F__)
  template <class Mask>
  static std::size_t keep(const R& y, const Mask& mask, double* list, std::size_t count, const double*, double, int) {
    const auto bits = static_cast<__mmask8>(mask.part[0].data);
    // Into a register first: the instruction that compresses into memory is slow on some processors.
    _mm512_storeu_pd(list + count, _mm512_maskz_compress_pd(bits, y.part[0].data));
    return count + static_cast<std::size_t>(__builtin_popcount(bits));
  }
#else
  template <class Mask>
  static std::size_t keep(const R&, const Mask&, double* list, std::size_t count, const double* values, double limit,
                          int side) {
    for (std::size_t k = 0; k < width; ++k) {
      list[count] = values[k];
      count += (side < 0 ? values[k] <= limit : values[k] >= limit) ? 1 : 0;
    }
    return count;
  }
#endif

  static void cross(const double* a, double shift_a, const double* b, double shift_b, std::size_t count, double* sums) {
    constexpr std::size_t parts = sum_columns / width;
    R sum[parts];
    for (std::size_t k = 0; k < parts; ++k)
      sum[k] = R(0.0);
    const std::size_t whole = count / sum_columns * sum_columns;
    for (std::size_t i = 0; i < whole; i += sum_columns) {
      for (std::size_t k = 0; k < parts; ++k)
        sum[k] = sum[k] + (load(a + i + k * width) - R(shift_a)) * (load(b + i + k * width) - R(shift_b));
    }
    for (std::size_t k = 0; k < parts; ++k)
      store(sums + k * width, sum[k]);
    for (std::size_t i = whole; i < count; ++i)
      sums[i - whole] += (a[i] - shift_a) * (b[i] - shift_b);
  }

  static void fill(const double* values, std::size_t count, const BinGrid& grid, std::uint32_t* bins) {
    // Place 0 is below the first bin. A value x bins above the lower limit goes to place round(x + 1/2).
    const double last = static_cast<double>(grid.count + 1);
    const std::size_t stride = grid.count + 2;
    const R lower(grid.lower);
    const R scale(grid.bins_per_unit);
    alignas(64) std::uint64_t places[sum_columns];
    std::size_t i = 0;
    for (; i + sum_columns <= count; i += sum_columns) {
      for (std::size_t k = 0; k < sum_columns; k += width) {
        R position = (load(values + i + k) - lower) * scale + R(0.5);
        position = choose(position < R(last), position, R(last));
        position = choose(position > R(0.0), position, R(0.0));
        (to_bits<A>(position + R(rounder)) & B(std::uint64_t{0xffffffff})).store(places + k);
      }
      for (std::size_t k = 0; k < sum_columns; ++k)
        ++bins[k * stride + places[k]];
    }
    for (; i < count; ++i) {
      double position = (values[i] - grid.lower) * grid.bins_per_unit + 0.5;
      position = position < last ? position : last;
      position = position > 0 ? position : 0;
      ++bins[i % sum_columns * stride + static_cast<std::size_t>((position + rounder) - rounder)];
    }
  }
};

}  // namespace
}  // namespace etalon::calibration
