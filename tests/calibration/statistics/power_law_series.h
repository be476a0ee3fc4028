// Phases of power-law noise for tests, made from a small generator of normal numbers.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace etalon::calibration {

// Kasdin & Walter 1992: white noise of variance 1 through the filter (1 - z^-1)^(-beta/2), phases of S_x ~ f^-beta with
// beta = 2 - alpha.
inline std::vector<double> power_law_series(int alpha, std::size_t count, std::uint64_t seed) {
  std::uint64_t state = seed * 0x9E3779B97F4A7C15u + 20240607;
  const auto uniform = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    std::uint64_t mixed = state ^ (state >> 33);
    mixed *= 0xff51afd7ed558ccdu;
    mixed ^= mixed >> 33;
    return (static_cast<double>(mixed >> 11) + 0.5) / 9007199254740992.0;
  };
  std::vector<double> white, filter{1};
  for (std::size_t i = 0; i < count; ++i) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    white.push_back(radius * std::cos(6.283185307179586 * uniform()));
    if (i > 0)
      filter.push_back(filter.back() * (static_cast<double>(i) - 1 + (2 - alpha) / 2.0) / static_cast<double>(i));
  }
  std::vector<double> phase(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j <= i; ++j)
      phase[i] += filter[j] * white[i - j];
  }
  return phase;
}

}  // namespace etalon::calibration
