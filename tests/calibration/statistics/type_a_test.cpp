#include "calibration/statistics/type_a.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/error.h"
#include "calibration/statistics/autocorrelation.h"
#include "calibration/statistics/linear_drift.h"
#include "calibration/statistics/normal_range.h"
#include "calibration/statistics/range_method.h"
#include "calibration/statistics/statistics.h"
#include "calibration/uncertainty/coverage_factor.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

// A small generator of normal numbers for these tests alone (Box and Muller on a linear congruential generator).
class Noise {
 public:
  double operator()() {
    const double a = uniform();
    const double b = uniform();
    return std::sqrt(-2 * std::log(a)) * std::cos(6.283185307179586 * b);
  }

 private:
  double uniform() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (static_cast<double>(state_ >> 11) + 0.5) / 9007199254740992.0;
  }
  std::uint64_t state_ = 20240607;
};

}  // namespace

TEST_CASE("pooled standard deviation: groups weigh by their degrees of freedom") {
  const Spread pooled = pooled_standard_deviation(std::vector<Spread>{{0.3, 4}, {0.4, 9}});
  CHECK(pooled.degrees_of_freedom == 13);
  CHECK(pooled.standard_deviation == Approx(std::sqrt((4 * 0.09 + 9 * 0.16) / 13)).epsilon(1e-15));
  const Spread from_readings = pooled_standard_deviation(std::vector<std::vector<double>>{{1, 2, 3}, {10, 14}});
  CHECK(from_readings.degrees_of_freedom == 3);
  CHECK(from_readings.standard_deviation == Approx(std::sqrt((2 + 8) / 3.0)).epsilon(1e-15));

  const TypeA one = type_a({5.0}, pooled);
  CHECK(one.value == 5);
  CHECK(one.standard_uncertainty == pooled.standard_deviation);
  const TypeA four = type_a({5, 6, 5, 6}, pooled);
  CHECK(four.standard_uncertainty == Approx(pooled.standard_deviation / 2).epsilon(1e-15));
  CHECK(four.degrees_of_freedom == 13);

  CHECK_THROWS_AS(pooled_standard_deviation(std::vector<Spread>{}), InputError);
  CHECK_THROWS_AS(pooled_standard_deviation(std::vector<Spread>{{-1, 3}}), InputError);
  CHECK_THROWS_AS(pooled_standard_deviation(std::vector<Spread>{{1, 0}}), InputError);
  CHECK_THROWS_AS(pooled_standard_deviation(std::vector<Spread>{{nan_value, 2}}), InputError);
  CHECK_THROWS_AS(pooled_standard_deviation(std::vector<Spread>{{1, std::numeric_limits<double>::infinity()}}),
                  InputError);
  CHECK_THROWS_AS(pooled_standard_deviation(std::vector<std::vector<double>>{{1, 2}, {3}}), InputError);
}

TEST_CASE("the scaled t of a Monte Carlo simulation has no standard deviation before four readings") {
  CHECK_THROWS_AS(standard_uncertainty_of_scaled_t({1, 2, 3}), InputError);
  CHECK(standard_uncertainty_of_scaled_t({1, 2, 3, 4}) ==
        Approx(type_a({1, 2, 3, 4}).standard_uncertainty * std::sqrt(3.0)).epsilon(1e-15));
}

TEST_CASE("constants of the normal range") {
  // Exact: d2(2) = 2/sqrt(pi), d2(3) = 3/sqrt(pi), d3(2) = sqrt(2 - 4/pi).
  const double pi = std::acos(-1.0);
  CHECK(expected_range(2) == Approx(2 / std::sqrt(pi)).epsilon(1e-14));
  CHECK(expected_range(3) == Approx(3 / std::sqrt(pi)).epsilon(1e-14));
  CHECK(standard_deviation_of_range(2) == Approx(std::sqrt(2 - 4 / pi)).epsilon(1e-12));
  // By quadrature with 16 digits (mpmath).
  CHECK(standard_deviation_of_range(3) == Approx(0.8883680040452041).epsilon(1e-12));
  CHECK(standard_deviation_of_range(5) == Approx(0.8640819410995036).epsilon(1e-12));
  CHECK(standard_deviation_of_range(10) == Approx(0.7970506735194088).epsilon(1e-12));
  CHECK(expected_range(100) == Approx(5.01519).epsilon(1e-5));  // Tippett's table: 5.01519
  // c4(2) = sqrt(2/pi), c4(3) = sqrt(pi)/2.
  CHECK(expected_standard_deviation(2) == Approx(std::sqrt(2 / pi)).epsilon(1e-14));
  CHECK(expected_standard_deviation(3) == Approx(std::sqrt(pi) / 2).epsilon(1e-14));
  CHECK(expected_standard_deviation(1000000) == Approx(1 - 1 / 4e6).epsilon(1e-9));
  CHECK_THROWS_AS(expected_range(1), InputError);
  CHECK_THROWS_AS(expected_range(101), InputError);
  CHECK_THROWS_AS(standard_deviation_of_range(-3), InputError);
  CHECK_THROWS_AS(expected_standard_deviation(1), InputError);
}

TEST_CASE("the range method is for two to nine readings") {
  CHECK_THROWS_AS(range_method({1}), InputError);
  CHECK_THROWS_AS(range_method(std::vector<double>(10, 1.0)), InputError);
  CHECK_THROWS_AS(range_method({1, nan_value}), InputError);
  CHECK_THROWS_AS(range_method({-1.7e308, 1.7e308}), InputError);
  CHECK(range_method({3, 3, 3}).standard_uncertainty == 0);
}

TEST_CASE("independent readings stay independent, correlated ones count less") {
  // An alternating series has a negative autocorrelation: nothing is gained from it.
  const CorrelatedReadings alternating = correlated_readings({1, 2, 1, 2, 1, 2, 1, 2});
  CHECK(alternating.first_autocorrelation == Approx(-0.875).epsilon(1e-14));
  CHECK(alternating.effective_count == 8);
  CHECK(alternating.last_lag == 0);
  const TypeA independent = type_a({1, 2, 1, 2, 1, 2, 1, 2});
  CHECK(alternating.result.standard_deviation == Approx(independent.standard_deviation).epsilon(1e-14));
  CHECK(alternating.result.standard_uncertainty == Approx(independent.standard_uncertainty).epsilon(1e-14));
  CHECK(alternating.result.degrees_of_freedom == 7);

  // By hand: 0 0 1 1 0 0 1 1 has deviations -+1/2, sum of squares 2, r1 = (4 - 3)/8 ... r2 = -6/8.
  const CorrelatedReadings pairs = correlated_readings({0, 0, 1, 1, 0, 0, 1, 1});
  CHECK(pairs.first_autocorrelation == Approx(0.125).epsilon(1e-14));
  CHECK(pairs.last_lag == 1);
  CHECK(pairs.effective_count == Approx(8 / (1 + 2 * 0.875 * 0.125)).epsilon(1e-14));

  CHECK_THROWS_AS(correlated_readings({1, 1, 1, 1}), InputError);
  CHECK_THROWS_AS(correlated_readings({1, 2, 3}), InputError);
  CHECK_THROWS_AS(correlated_readings({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), InputError);  // a drift: no scatter left
  CHECK_THROWS_AS(autocorrelation({1, 2}, 2), InputError);
}

TEST_CASE("a long autocorrelation is refused where it is a drift, else evaluated with few degrees of freedom") {
  // Autocorrelation up to the third lag of ten readings, more than a quarter; a line explains 42 %. Values: numpy.
  const CorrelatedReadings slow = correlated_readings({-1, 0, 1, 1, 2, 3, 2, 2, 2, 1});
  CHECK(slow.last_lag == 3);
  CHECK(slow.effective_count == Approx(4.307276092837818).epsilon(1e-12));
  CHECK(slow.result.standard_uncertainty == Approx(0.6048636131627233).epsilon(1e-12));
  CHECK(slow.result.degrees_of_freedom == Approx(3.307276092837818).epsilon(1e-12));
  CHECK(slow.result.standard_uncertainty > 1.5 * type_a({-1, 0, 1, 1, 2, 3, 2, 2, 2, 1}).standard_uncertainty);
  // The same on a large value, and in another unit.
  const CorrelatedReadings shifted = correlated_readings({99, 100, 101, 101, 102, 103, 102, 102, 102, 101});
  CHECK(shifted.result.standard_uncertainty == Approx(slow.result.standard_uncertainty).epsilon(1e-12));

  // A smooth arch is evaluated, a drift refused with the reason.
  CHECK(correlated_readings({0, 3, 5, 6, 6, 5, 3, 0}).effective_count == Approx(4.830188679245283).epsilon(1e-12));
  CHECK_THROWS_WITH(correlated_readings({10.1, 10.2, 10.2, 10.4, 10.5, 10.5, 10.7, 10.8, 10.9, 11.1}),
                    Catch::Contains("drift") && Catch::Contains("10 readings") && Catch::Contains("98 %"));
}

TEST_CASE("intervals from long autocorrelations hold the mean at least as often as those from short ones") {
  Noise noise;
  constexpr double a = 0.5;
  int count[2] = {0, 0}, held[2] = {0, 0};
  for (int series = 0; series < 4000; ++series) {
    std::vector<double> readings;
    double x = noise() / std::sqrt(1 - a * a);
    for (int i = 0; i < 15; ++i) {
      readings.push_back(x);
      x = a * x + noise();
    }
    try {
      const CorrelatedReadings result = correlated_readings(readings);
      const bool is_long = result.last_lag > 3;
      const double half =
          two_sided_student_t(0.95, result.result.degrees_of_freedom) * result.result.standard_uncertainty;
      ++count[is_long];
      if (std::fabs(result.result.value) < half) ++held[is_long];
    } catch (const InputError&) {  // a drift
    }
  }
  INFO("short: held " << held[0] << " of " << count[0] << ", long: " << held[1] << " of " << count[1]);
  CHECK(count[1] > 150);
  CHECK(held[1] > 0.93 * count[1]);
  CHECK(held[0] > 0.80 * count[0]);  // 15 readings of this correlation are few: docs/statistics.md
  CHECK(held[0] < 0.92 * count[0]);
}

TEST_CASE("the uncertainty of correlated readings is about the scatter of their means") {
  // Many series of a first-order autoregressive process of coefficient 0.7: variance of the mean of n is known.
  Noise noise;
  constexpr int series = 400;
  constexpr int n = 400;
  constexpr double a = 0.7;
  double squared_uncertainty = 0;
  double naive = 0;
  for (int k = 0; k < series; ++k) {
    std::vector<double> readings;
    double x = noise() / std::sqrt(1 - a * a);
    for (int i = 0; i < n; ++i) {
      readings.push_back(100 + x);
      x = a * x + noise();
    }
    const CorrelatedReadings result = correlated_readings(readings);
    squared_uncertainty += result.result.standard_uncertainty * result.result.standard_uncertainty / series;
    naive += type_a(readings).standard_uncertainty * type_a(readings).standard_uncertainty / series;
  }
  double expected = 1;
  for (int k = 1; k < n; ++k)
    expected += 2 * (1 - static_cast<double>(k) / n) * std::pow(a, k);
  expected *= 1 / (1 - a * a) / n;
  CHECK(squared_uncertainty == Approx(expected).epsilon(0.1));
  CHECK(naive < expected / 4);  // what s/sqrt(n) would claim
}

TEST_CASE("a linear drift is removed") {
  // Reference: scipy.stats.linregress 1.10.1.
  const LinearDrift drift =
      linear_drift({0, 1, 2, 3, 4, 5, 6, 7}, {10.01, 10.03, 10.02, 10.06, 10.05, 10.09, 10.08, 10.11});
  CHECK(drift.slope == Approx(0.013690476190476216).epsilon(1e-12));
  CHECK(drift.slope_uncertainty == Approx(0.001906001580717889).epsilon(1e-12));
  CHECK(drift.significance == Approx(0.0003680766269544147).epsilon(1e-10));
  CHECK(drift.standard_deviation == Approx(0.01235230201538815).epsilon(1e-12));
  CHECK(drift.degrees_of_freedom == 6);
  const TypeA middle = value_at(drift);
  CHECK(middle.value == Approx(10.05625).epsilon(1e-15));
  CHECK(middle.standard_uncertainty == Approx(0.01235230201538815 / std::sqrt(8)).epsilon(1e-12));
  const TypeA start = value_at(drift, 0);
  CHECK(start.value == Approx(10.008333333333331).epsilon(1e-14));
  CHECK(start.standard_uncertainty == Approx(0.007973376665487095).epsilon(1e-12));
  // A large offset of the times changes nothing.
  const double late = 1.7e9;
  const LinearDrift shifted = linear_drift({late, late + 1, late + 2, late + 3, late + 4, late + 5, late + 6, late + 7},
                                           {10.01, 10.03, 10.02, 10.06, 10.05, 10.09, 10.08, 10.11});
  CHECK(shifted.slope == Approx(drift.slope).epsilon(1e-12));
  CHECK(shifted.standard_deviation == Approx(drift.standard_deviation).epsilon(1e-12));

  const LinearDrift exact = linear_drift({0, 1, 2}, {1, 2, 3});
  CHECK(exact.slope == 1);
  CHECK(exact.significance == 0);
  CHECK_THROWS_AS(linear_drift({0, 1}, {1, 2}), InputError);
  CHECK_THROWS_AS(linear_drift({0, 1, 2}, {1, 2, 3, 4}), InputError);
  CHECK_THROWS_AS(linear_drift({1, 1, 1}, {1, 2, 3}), InputError);
  CHECK_THROWS_AS(linear_drift({0, 1, nan_value}, {1, 2, 3}), InputError);
  CHECK_THROWS_AS(value_at(drift, nan_value), InputError);
}
