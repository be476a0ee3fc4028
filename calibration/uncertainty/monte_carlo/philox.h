// Philox4x32-10: a counter-based random number generator (J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel
// random numbers: as easy as 1, 2, 3", SC'11, 2011). It has no state: the random number of a trial is a function of the
// seed and of the trial's number, so that threads and blocks have no influence. It passes BigCrush, as JCGM 101:2008
// 6.3.2 and C.3 ask of a generator, and has a period of 2^64 trials for each of 2^64 seeds.
#pragma once

#include <array>
#include <cstdint>

namespace etalon::calibration {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

constexpr std::uint32_t philox_multiplier_0 = 0xD2511F53;
constexpr std::uint32_t philox_multiplier_1 = 0xCD9E8D57;
constexpr std::uint32_t philox_key_step_0 = 0x9E3779B9;
constexpr std::uint32_t philox_key_step_1 = 0xBB67AE85;

constexpr PhiloxCounter philox4x32_10(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{philox_multiplier_0} * counter[0];
    const std::uint64_t b = std::uint64_t{philox_multiplier_1} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += philox_key_step_0;
    key[1] += philox_key_step_1;
  }
  return counter;
}

// The two uniform numbers of one call: (k + 1/2)/2^52 with whole k from 0 to 2^52 - 1, never 0 and never 1. `call` is
// allotted to inputs by the sampling plan, `attempt` counts the tries of a method that rejects.
constexpr std::array<double, 2> philox_uniforms(std::uint64_t seed, std::uint64_t trial, std::uint32_t call,
                                                std::uint32_t attempt = 0) {
  const PhiloxCounter word =
      philox4x32_10({static_cast<std::uint32_t>(trial), static_cast<std::uint32_t>(trial >> 32), call, attempt},
                    {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  const auto uniform = [](std::uint32_t high, std::uint32_t low) {
    const std::uint64_t k = (std::uint64_t{high} << 32 | low) >> 12;
    return (static_cast<double>(k) + 0.5) * 0x1p-52;
  };
  return {uniform(word[0], word[1]), uniform(word[2], word[3])};
}

}  // namespace etalon::calibration
