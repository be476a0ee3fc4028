#include "calibration/statistics/equivalent_degrees_of_freedom.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "tests/calibration/statistics/power_law_series.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

// 2 (sum of variances)^2 / (sum of squared covariances) of the squared differences themselves, from the covariance of
// the phases as a matrix: no generalised autocovariance, no truncation. Phases as sums of `steps` of white noise: 0
// white phase, 1 white frequency, 2 random walk of frequency.
double degrees_by_matrix(int steps, std::size_t phases, std::size_t m, std::size_t stride, int order, bool averaged) {
  // coefficients of one difference, over the phases
  std::vector<double> difference(static_cast<std::size_t>(order) * m + 1, 0);
  double binomial = 1;
  for (int k = 0; k <= order; ++k) {
    difference[static_cast<std::size_t>(k) * m] = (k % 2 == 0 ? 1 : -1) * binomial;
    binomial = binomial * (order - k) / (k + 1);
  }
  if (averaged) {
    std::vector<double> wide(difference.size() + m - 1, 0);
    for (std::size_t i = 0; i < difference.size(); ++i) {
      for (std::size_t j = 0; j < m; ++j)
        wide[i + j] += difference[i];
    }
    difference = wide;
  }
  for (int s = 0; s < steps; ++s) {  // over the white noise: sums of the coefficients from behind
    for (std::size_t i = difference.size() - 1; i-- > 0;)
      difference[i] += difference[i + 1];
  }
  const std::size_t terms = (phases - difference.size()) / stride + 1;
  const auto covariance = [&](std::size_t lag) {
    double sum = 0;
    for (std::size_t i = 0; i + lag < difference.size(); ++i)
      sum += difference[i] * difference[i + lag];
    return sum;
  };
  double sum = 0;
  for (std::size_t k = 0; k < terms; ++k)
    sum += (k == 0 ? 1.0 : 2.0) * static_cast<double>(terms - k) * std::pow(covariance(k * stride) / covariance(0), 2);
  return std::pow(static_cast<double>(terms), 2) / sum;
}

}  // namespace

TEST_CASE("degrees of freedom are those of the covariance matrix of the phases") {
  const struct {
    StabilityKind kind;
    int order;
    bool overlapping, averaged;
  } kinds[] = {{StabilityKind::allan, 2, false, false},        {StabilityKind::overlapping_allan, 2, true, false},
               {StabilityKind::modified_allan, 2, true, true}, {StabilityKind::time, 2, true, true},
               {StabilityKind::hadamard, 3, false, false},     {StabilityKind::overlapping_hadamard, 3, true, false}};
  for (const auto& kind : kinds) {
    for (std::size_t m : {1u, 2u, 20u, 100u}) {
      for (std::size_t phases : {401u, 1001u}) {
        const std::size_t stride = kind.overlapping ? m : 1;
        INFO(to_string(kind.kind) << ", m = " << m << ", " << phases << " phases");
        const auto by_matrix = [&](int steps) {
          return degrees_by_matrix(steps, phases, m, m / stride, kind.order, kind.averaged);
        };
        const auto by_formula = [&](PowerLawNoise noise) {
          return equivalent_degrees_of_freedom(kind.kind, noise, phases, m);
        };
        CHECK(by_formula(PowerLawNoise::white_phase) == Approx(by_matrix(0)).epsilon(1e-10));
        // The formula has phases averaged over their spacing, the matrix sampled ones: alike for large m.
        if (m == 100) {
          CHECK(by_formula(PowerLawNoise::white_frequency) == Approx(by_matrix(1)).epsilon(0.02));
          CHECK(by_formula(PowerLawNoise::random_walk_frequency) == Approx(by_matrix(2)).epsilon(2e-3));
        }
      }
    }
  }
}

TEST_CASE("degrees of freedom: the sums of Greenhall and Riley as another program makes them") {
  // allantools 2024.06, edf_greenhall(alpha, d, m, N): modified Allan and overlapping Hadamard.
  const struct {
    int alpha;
    double modified[4], hadamard[4];
  } rows[] = {{2,
               {123.81356692670393, 118.66760450160774, 72.74165586656119, 28.141926790927467},
               {422.7434065687199, 211.37170328435994, 106.76422064414318, 25.683310429073142}},
              {1,
               {98.01619557149583, 97.87425809569497, 61.72945913726785, 28.68839606610343},
               {207.73528532196275, 145.1287263846548, 81.06425680158281, 26.38982391555614}},
              {0,
               {94.5374886048681, 94.61768530681412, 59.817912282948825, 28.870081064347527},
               {113.58259256348653, 104.70706760882217, 63.83870193890179, 26.859235112087493}},
              {-1,
               {93.17752796552726, 93.27192511851645, 58.95244958862706, 28.600268837755493},
               {96.92923657373312, 95.23918896965259, 59.546977393076155, 27.279296490629704}},
              {-2,
               {74.88034139049553, 74.95412604527745, 47.34618692059323, 22.94649773821328},
               {94.22727919283604, 93.67630905918553, 58.8888794750298, 27.52669476497517}}};
  const std::size_t sizes[][2] = {{1000, 10}, {500, 5}, {256, 4}, {64, 2}};
  for (const auto& row : rows) {
    for (int i = 0; i < 4; ++i) {
      const PowerLawNoise noise = noise_of_exponent(row.alpha);
      INFO(to_string(noise) << ", " << sizes[i][0] << " phases, m = " << sizes[i][1]);
      CHECK(equivalent_degrees_of_freedom(StabilityKind::modified_allan, noise, sizes[i][0], sizes[i][1]) ==
            Approx(row.modified[i]).epsilon(1e-9));
      CHECK(equivalent_degrees_of_freedom(StabilityKind::overlapping_hadamard, noise, sizes[i][0], sizes[i][1]) ==
            Approx(row.hadamard[i]).epsilon(1e-9));
    }
  }
}

TEST_CASE("degrees of freedom go on smoothly to long averaging times") {
  for (int alpha = 2; alpha >= -4; --alpha) {
    const PowerLawNoise noise = noise_of_exponent(alpha);
    for (StabilityKind kind :
         {StabilityKind::overlapping_allan, StabilityKind::modified_allan, StabilityKind::overlapping_hadamard}) {
      if (alpha < -2 && kind != StabilityKind::overlapping_hadamard) continue;
      for (std::size_t m : {1000u, 10000u}) {  // at 10000 the steps change
        INFO(to_string(kind) << ", " << to_string(noise) << ", m = " << m);
        const double before = equivalent_degrees_of_freedom(kind, noise, 20 * m + 1, m);
        const double after = equivalent_degrees_of_freedom(kind, noise, 20 * (m + 1) + 1, m + 1);
        CHECK(after / before == Approx(1).epsilon(2e-3));
      }
    }
  }
}

TEST_CASE("as few phases as a difference needs have one degree of freedom") {
  for (int alpha = 2; alpha >= -2; --alpha) {
    const PowerLawNoise noise = noise_of_exponent(alpha);
    for (auto [kind, needed] : {std::pair{StabilityKind::allan, 21u},
                                {StabilityKind::overlapping_allan, 21u},
                                {StabilityKind::modified_allan, 30u},
                                {StabilityKind::time, 30u},
                                {StabilityKind::hadamard, 31u},
                                {StabilityKind::overlapping_hadamard, 31u}}) {
      CHECK(equivalent_degrees_of_freedom(kind, noise, needed, 10) == Approx(1).epsilon(1e-12));
      CHECK_THROWS_AS(equivalent_degrees_of_freedom(kind, noise, needed - 1, 10), InputError);
      CHECK_THROWS_AS(equivalent_degrees_of_freedom(kind, noise, 0, 10), InputError);
      CHECK_THROWS_AS(equivalent_degrees_of_freedom(kind, noise, 100, 0), InputError);
      CHECK_THROWS_AS(equivalent_degrees_of_freedom(kind, noise, 100, std::numeric_limits<std::size_t>::max()),
                      InputError);
    }
  }
  CHECK_THROWS_AS(
      equivalent_degrees_of_freedom(StabilityKind::overlapping_allan, PowerLawNoise::flicker_walk_frequency, 100, 1),
      InputError);
  CHECK_THROWS_AS(
      equivalent_degrees_of_freedom(StabilityKind::modified_allan, PowerLawNoise::random_run_frequency, 100, 1),
      InputError);
}

TEST_CASE("intervals hold the deviation of the noise as often as they say") {
  // Overlapping Allan deviation of white frequency noise of variance 1: 1/sqrt(m), exactly.
  const struct {
    StabilityKind kind;
    std::size_t m;
    double deviation;
  } rows[] = {{StabilityKind::overlapping_allan, 4, 0.5},
              {StabilityKind::allan, 8, std::sqrt(0.125)},
              {StabilityKind::overlapping_hadamard, 16, 0.25}};
  for (const auto& row : rows) {
    int held = 0;
    for (std::uint64_t series = 0; series < 400; ++series) {
      const std::vector<double> phase = power_law_series(0, 400, series);
      const StabilityInterval result = stability_with_interval(row.kind, phase, 1, row.m, 0.9);
      CHECK(result.interval.lower < result.stability.deviation);
      CHECK(result.stability.deviation < result.interval.upper);
      if (result.interval.lower <= row.deviation && row.deviation <= result.interval.upper) ++held;
    }
    INFO(to_string(row.kind) << ", m = " << row.m << ": held " << held << " of 400");
    CHECK(held > 340);  // 360 expected, standard deviation 6; a noise identified wrongly takes some away
    CHECK(held < 380);
  }
}

TEST_CASE("where few phases are left, the noise is that of shorter averaging times") {
  const std::vector<double> phase = power_law_series(0, 300, 5);
  CHECK(stability_with_interval(StabilityKind::overlapping_allan, phase, 1, 10, 0.683).identified_at == 10);
  CHECK(stability_with_interval(StabilityKind::overlapping_allan, phase, 1, 11, 0.683).identified_at == 10);
  CHECK(stability_with_interval(StabilityKind::overlapping_allan, phase, 1, 100, 0.683).identified_at == 10);
  CHECK_THROWS_AS(stability_with_interval(StabilityKind::overlapping_allan, phase, 1, 150, 0.683), InputError);
  CHECK_THROWS_AS(stability_with_interval(StabilityKind::allan, power_law_series(0, 29, 1), 1, 1, 0.683), InputError);
}
