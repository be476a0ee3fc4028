#include "calibration/statistics/noise_identification.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/error.h"
#include "tests/calibration/statistics/power_law_series.h"

using namespace etalon::calibration;
using etalon::base::InputError;

TEST_CASE("simulated noises are identified, also under an offset and a drift of frequency") {
  for (int alpha = 2; alpha >= -4; --alpha) {
    const int order = alpha < -2 ? 3 : 2;
    for (std::size_t m : {1u, 2u, 8u}) {
      int right = 0;
      double mean = 0;
      for (std::uint64_t series = 0; series < 40; ++series) {
        std::vector<double> phase = power_law_series(alpha, 1000, series);
        const IdentifiedNoise plain = identify_noise(phase, m, order);
        CHECK(plain.count == (1000 + m - 1) / m);
        if (exponent(plain.noise) == alpha) ++right;
        mean += plain.alpha / 40;
        for (std::size_t i = 0; i < phase.size(); ++i)
          phase[i] += 1e3 + 7.0 * static_cast<double>(i) - 0.01 * static_cast<double>(i * i);
        CHECK(identify_noise(phase, m, order).alpha == Approx(plain.alpha).margin(1e-6));
      }
      INFO("alpha = " << alpha << ", m = " << m << ": mean " << mean << ", right " << right << " of 40");
      if (m == 1) {
        CHECK(std::fabs(mean - alpha) < 0.15);
        CHECK(right >= 36);
      } else if (alpha % 2 == 0 && alpha >= -2) {
        CHECK(std::fabs(mean - alpha) < 0.35);
        CHECK(right >= (m == 2 ? 36 : 24));
      } else {
        // Every m-th phase of a flicker noise is no longer one in discrete time: estimates lean to the next noise.
        CHECK(std::fabs(mean - alpha) < 0.95);
      }
    }
  }
}

TEST_CASE("a Hadamard deviation's noise may be differenced once more") {
  const std::vector<double> phase = power_law_series(-4, 2000, 3);
  CHECK_THROWS_AS(identify_noise(phase, 1), InputError);
  CHECK(identify_noise(phase, 1, 3).noise == PowerLawNoise::random_run_frequency);
  CHECK(identify_noise(phase, 1, 3).differences == 3);
}

TEST_CASE("phases that show no power-law noise are refused") {
  std::vector<double> phase = power_law_series(0, 100, 1);
  CHECK_NOTHROW(identify_noise(phase, 1));
  CHECK_THROWS_AS(identify_noise(phase, 0), InputError);
  CHECK_NOTHROW(identify_noise(phase, 3));                // 34 phases
  CHECK_THROWS_AS(identify_noise(phase, 4), InputError);  // 25
  CHECK_THROWS_AS(identify_noise({}, 1), InputError);
  CHECK_THROWS_AS(identify_noise(phase, std::numeric_limits<std::size_t>::max()), InputError);
  CHECK_THROWS_AS(identify_noise(phase, 1, 1), std::logic_error);
  std::vector<double> parabola, alternating, line;
  for (int i = 0; i < 100; ++i) {
    parabola.push_back(1e-3 * i * i - 0.3 * i + 5);
    line.push_back(0.1 * i);
    alternating.push_back(i % 2);
  }
  CHECK_THROWS_AS(identify_noise(parabola, 1), InputError);
  CHECK_THROWS_AS(identify_noise(line, 1), InputError);
  CHECK_THROWS_AS(identify_noise(std::vector<double>(100, 3.0), 1), InputError);
  CHECK_THROWS_AS(identify_noise(alternating, 1), InputError);
  phase[50] = std::nan("");
  CHECK_THROWS_AS(identify_noise(phase, 1), InputError);
}

TEST_CASE("noises by exponent and by name") {
  for (int alpha = 2; alpha >= -4; --alpha)
    CHECK(exponent(noise_of_exponent(alpha)) == alpha);
  CHECK(to_string(PowerLawNoise::white_frequency) == "white-frequency");
  CHECK_THROWS_AS(noise_of_exponent(3), std::logic_error);
}
