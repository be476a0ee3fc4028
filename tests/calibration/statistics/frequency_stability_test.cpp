#include "calibration/statistics/frequency_stability.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

constexpr StabilityKind all_kinds[] = {StabilityKind::allan,          StabilityKind::overlapping_allan,
                                       StabilityKind::modified_allan, StabilityKind::time,
                                       StabilityKind::hadamard,       StabilityKind::overlapping_hadamard};

std::vector<double> walk(std::size_t count) {
  std::vector<double> y;
  double value = 0;
  unsigned long n = 12345;
  for (std::size_t i = 0; i < count; ++i) {
    n = n * 16807 % 2147483647;
    value += static_cast<double>(n) / 2147483647.0 - 0.5;
    y.push_back(value);
  }
  return y;
}

}  // namespace

TEST_CASE("the modified Allan deviation is the one of its definition") {
  const std::vector<double> x = phase_from_frequency(walk(1200), 0.5);
  for (std::size_t m : {1u, 3u, 50u, 300u}) {
    double squares = 0;
    std::size_t terms = 0;
    for (std::size_t j = 0; j + 3 * m <= x.size(); ++j, ++terms) {
      double sum = 0;
      for (std::size_t i = j; i < j + m; ++i)
        sum += x[i + 2 * m] - 2 * x[i + m] + x[i];
      squares += sum * sum;
    }
    const double tau = 0.5 * static_cast<double>(m);
    const double expected = std::sqrt(squares / (2 * static_cast<double>(terms))) / static_cast<double>(m) / tau;
    const Stability result = stability_of_phase(StabilityKind::modified_allan, x, 0.5, m);
    CHECK(result.terms == terms);
    CHECK(result.tau == tau);
    CHECK(result.deviation == Approx(expected).epsilon(1e-11));
    CHECK(stability_of_phase(StabilityKind::time, x, 0.5, m).deviation ==
          Approx(expected * tau / std::sqrt(3.0)).epsilon(1e-11));
  }
}

TEST_CASE("a constant frequency is not seen, and a linear drift not by Hadamard") {
  std::vector<double> y = walk(300);
  std::vector<double> offset = y;
  std::vector<double> drifting = y;
  for (std::size_t i = 0; i < y.size(); ++i) {
    offset[i] += 1e7;
    drifting[i] += 3.0 * static_cast<double>(i);
  }
  for (StabilityKind kind : all_kinds) {
    for (std::size_t m : {1u, 7u, 40u}) {
      const double expected = stability_of_frequency(kind, y, 1, m).deviation;
      CHECK(stability_of_frequency(kind, offset, 1, m).deviation == Approx(expected).epsilon(1e-8));
      const bool hadamard = kind == StabilityKind::hadamard || kind == StabilityKind::overlapping_hadamard;
      if (hadamard) {
        CHECK(stability_of_frequency(kind, drifting, 1, m).deviation == Approx(expected).epsilon(1e-9));
      } else {
        CHECK(stability_of_frequency(kind, drifting, 1, m).deviation > 2 * expected);
      }
      // The unit of time: deviations of frequency do not depend on it, the time deviation is proportional.
      const double hours = stability_of_frequency(kind, y, 3600, m).deviation;
      CHECK(hours == Approx(kind == StabilityKind::time ? 3600 * expected : expected).epsilon(1e-12));
    }
  }
}

TEST_CASE("as few phases as each deviation needs") {
  const std::vector<double> x{0, 1, 0, 2, 5, 1, 0, 3, 2, 2, 7};
  for (auto [kind, needed] : {std::pair{StabilityKind::allan, 5u},
                              {StabilityKind::overlapping_allan, 5u},
                              {StabilityKind::modified_allan, 6u},
                              {StabilityKind::time, 6u},
                              {StabilityKind::hadamard, 7u},
                              {StabilityKind::overlapping_hadamard, 7u}}) {
    CHECK(stability_of_phase(kind, {x.begin(), x.begin() + needed}, 1, 2).terms == 1);
    CHECK_THROWS_AS(stability_of_phase(kind, {x.begin(), x.begin() + needed - 1}, 1, 2), InputError);
    CHECK(parse_stability_kind(to_string(kind)) == kind);
  }
  CHECK_THROWS_AS(stability_of_phase(StabilityKind::allan, x, 0, 1), InputError);
  CHECK_THROWS_AS(stability_of_phase(StabilityKind::allan, x, 1, 0), InputError);
  CHECK_THROWS_AS(stability_of_phase(StabilityKind::allan, x, 1, std::numeric_limits<std::size_t>::max() / 2),
                  InputError);
  CHECK_THROWS_AS(stability_of_phase(StabilityKind::allan, {0, std::nan(""), 1}, 1, 1), InputError);
  CHECK_THROWS_AS(parse_stability_kind("alan"), InputError);
  CHECK_THROWS_AS(phase_from_frequency({}, 1), InputError);
}

TEST_CASE("interval of a deviation") {
  const DeviationInterval interval = deviation_interval(1, 10, 0.95);
  CHECK(interval.lower == Approx(std::sqrt(10 / 20.483177350807546)).epsilon(1e-12));  // chi^2 table
  CHECK(interval.upper == Approx(std::sqrt(10 / 3.2469727802368396)).epsilon(1e-12));
  CHECK_THROWS_AS(deviation_interval(-1, 10, 0.95), InputError);
  CHECK_THROWS_AS(deviation_interval(1, 0, 0.95), InputError);
  CHECK_THROWS_AS(deviation_interval(1, 10, 1), InputError);
  CHECK_THROWS_AS(overlapping_allan_degrees_of_freedom(PowerLawNoise::white_frequency, 20, 10), InputError);
  // Every noise: fewer degrees of freedom with longer averaging, and about N - 1 or fewer at the shortest.
  for (PowerLawNoise noise : {PowerLawNoise::white_phase, PowerLawNoise::flicker_phase, PowerLawNoise::white_frequency,
                              PowerLawNoise::flicker_frequency, PowerLawNoise::random_walk_frequency}) {
    const double one = overlapping_allan_degrees_of_freedom(noise, 1001, 1);
    const double hundred = overlapping_allan_degrees_of_freedom(noise, 1001, 100);
    CHECK(one < 1001);
    CHECK(one > hundred);
    CHECK(hundred > 1);
  }
}
