#include "calibration/uncertainty/input_quantity.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

TEST_CASE("Type B conversions of the GUM") {
  // 4.3.3: 240 ug at three standard deviations
  CHECK(from_certificate(1000.000325, 0.00024, CoverageFactor{3}).standard_uncertainty == Approx(8e-5).epsilon(1e-14));
  // 4.3.4: 129 microohm at 99 %; the GUM prints 129/2.58 = 50
  const InputQuantity resistor = from_certificate(10.000742, 0.000129, CoverageProbability{0.99});
  CHECK(resistor.standard_uncertainty == Approx(5.00809583237009e-05).epsilon(1e-12));
  CHECK(resistor.distribution == Distribution::normal);
  CHECK(std::isinf(resistor.degrees_of_freedom));
  // 4.3.5: 0.04 mm at 50 %; the GUM prints 0.06
  CHECK(from_certificate(10.11, 0.04, CoverageProbability{0.5}).standard_uncertainty ==
        Approx(0.05930408874022408).epsilon(1e-12));
  // 4.3.7: +-0.40e-6, rectangular
  CHECK(from_limits(16.52e-6, 0.40e-6, Distribution::rectangular).standard_uncertainty ==
        Approx(2.309401076758503e-07).epsilon(1e-14));
  // 4.3.8: 16.40e-6 to 16.92e-6, rectangular about the midpoint
  CHECK(from_limits(16.66e-6, 0.26e-6, Distribution::rectangular).standard_uncertainty ==
        Approx(1.5011106998930272e-07).epsilon(1e-14));
  // F.2.2.1: resolution 1
  CHECK(from_limits(0, 0.5, Distribution::rectangular).standard_uncertainty ==
        Approx(0.2886751345948129).epsilon(1e-14));
}

TEST_CASE("distributions with limits") {
  CHECK(from_limits(1, 3, Distribution::triangular).standard_uncertainty == Approx(3 / std::sqrt(6.0)));
  CHECK(from_limits(1, 0.5, Distribution::arcsine).standard_uncertainty ==
        Approx(0.35355339059327373).epsilon(1e-14));  // GUM H.1.3.4
  // A trapezoid becomes a triangle at 0 and a rectangle at 1.
  CHECK(from_limits(1, 2, Distribution::trapezoidal, 0).standard_uncertainty ==
        Approx(from_limits(1, 2, Distribution::triangular).standard_uncertainty).epsilon(1e-15));
  CHECK(from_limits(1, 2, Distribution::trapezoidal, 1).standard_uncertainty ==
        Approx(from_limits(1, 2, Distribution::rectangular).standard_uncertainty).epsilon(1e-15));
  for (Distribution distribution : {Distribution::rectangular, Distribution::triangular, Distribution::arcsine}) {
    CHECK(half_width(from_limits(1, 0.7, distribution)) == Approx(0.7).epsilon(1e-15));
  }
  CHECK(half_width(from_limits(1, 0.7, Distribution::trapezoidal, 0.4)) == Approx(0.7).epsilon(1e-15));
  CHECK_THROWS_AS(half_width(from_standard_uncertainty(1, 1)), InputError);
  // GUM H.1: half-width known to 10 %
  CHECK(degrees_of_freedom_of_reliability(0.10) == Approx(50));
  CHECK(degrees_of_freedom_of_reliability(0.50) == Approx(2));
  CHECK(from_limits(0, 0.05, Distribution::rectangular, 0, 2).degrees_of_freedom == 2);
}

TEST_CASE("readings") {
  // EA-4/02 S3: five ratios
  const InputQuantity ratio = from_readings({1.0000104, 1.0000107, 1.0000106, 1.0000103, 1.0000105});
  CHECK(ratio.estimate == Approx(1.0000105).epsilon(1e-15));
  CHECK(ratio.standard_uncertainty == Approx(7.071067811865476e-08).epsilon(1e-9));
  CHECK(ratio.degrees_of_freedom == 4);
  CHECK(ratio.distribution == Distribution::student_t);
  // EA-4/02 S2: three differences with a pooled standard deviation of 25 mg
  const InputQuantity difference = from_readings({0.01, 0.03, 0.02}, 0.025, infinite);
  CHECK(difference.estimate == Approx(0.02).epsilon(1e-15));
  CHECK(difference.standard_uncertainty == Approx(0.014433756729740645).epsilon(1e-14));
  CHECK(difference.distribution == Distribution::normal);
  // Small sample, GUM 4.2: u stays s/sqrt(n)
  CHECK(from_readings({10.0021, 10.0027, 10.0018, 10.0025}).standard_uncertainty ==
        Approx(0.000201556443707655).epsilon(1e-9));
  CHECK_THROWS_AS(from_readings({1.0}), InputError);
  CHECK_THROWS_AS(from_readings({}), InputError);
}

TEST_CASE("certificates with degrees of freedom") {
  const InputQuantity input = from_certificate(1, 4.3026527, CoverageProbability{0.95}, 2);
  CHECK(input.standard_uncertainty == Approx(1).epsilon(1e-7));
  CHECK(input.distribution == Distribution::student_t);
  CHECK(from_certificate(1, 2, CoverageFactor{2}, 9).degrees_of_freedom == 9);
}

TEST_CASE("what is no uncertainty is refused") {
  const double nan = std::nan("");
  CHECK_THROWS_AS(from_standard_uncertainty(1, -1), InputError);
  CHECK_THROWS_AS(from_standard_uncertainty(1, nan), InputError);
  CHECK_THROWS_AS(from_standard_uncertainty(nan, 1), InputError);
  CHECK_THROWS_AS(from_standard_uncertainty(1, infinite), InputError);
  CHECK_THROWS_AS(from_standard_uncertainty(1, 1, 0), InputError);
  CHECK_THROWS_AS(from_standard_uncertainty(1, 1, nan), InputError);
  CHECK_THROWS_AS(from_certificate(1, -1, CoverageFactor{2}), InputError);
  CHECK_THROWS_AS(from_certificate(1, 1, CoverageFactor{0}), InputError);
  CHECK_THROWS_AS(from_certificate(1, 1, CoverageFactor{-2}), InputError);
  CHECK_THROWS_AS(from_certificate(1, 1, CoverageProbability{95}), InputError);
  CHECK_THROWS_AS(from_limits(1, -1, Distribution::rectangular), InputError);
  CHECK_THROWS_AS(from_limits(1, 1, Distribution::normal), InputError);
  CHECK_THROWS_AS(from_limits(1, 1, Distribution::trapezoidal, 1.5), InputError);
  CHECK_THROWS_AS(from_limits(1, 1, Distribution::rectangular, 0.5), InputError);
  CHECK_THROWS_AS(constant(nan), InputError);
  InputQuantity input = constant(1);
  input.standard_uncertainty = 0.1;
  CHECK_THROWS_AS(check(input), InputError);
  // Zero uncertainty is legal (a readout without scatter).
  CHECK(from_standard_uncertainty(1, 0).standard_uncertainty == 0);
}

TEST_CASE("distribution names") {
  for (Distribution distribution :
       {Distribution::constant, Distribution::normal, Distribution::student_t, Distribution::rectangular,
        Distribution::triangular, Distribution::arcsine, Distribution::trapezoidal}) {
    CHECK(parse_distribution(to_string(distribution)) == distribution);
  }
  CHECK_THROWS_WITH(parse_distribution("rectangle"), Catch::Contains("did you mean 'rectangular'"));
}

// JCGM 101:2008 6.4; the sampled moments are in tests/reference/monte_carlo_test.cpp.
TEST_CASE("the further distributions of JCGM 101 table 1") {
  const InputQuantity uncertain = from_uncertain_limits(1, 2, 0.5);
  CHECK(uncertain.distribution == Distribution::curvilinear_trapezoidal);
  CHECK(uncertain.standard_uncertainty == Approx(std::sqrt(4.0 / 3 + 0.25 / 9)).epsilon(1e-15));
  CHECK(half_width(uncertain) == Approx(2).epsilon(1e-14));
  CHECK_NOTHROW(check(uncertain));
  CHECK(half_width(from_uncertain_limits(1, 2, 0)) == Approx(2).epsilon(1e-14));
  CHECK_THROWS_WITH(from_uncertain_limits(1, 2, 2), Catch::Contains("less than the half-width 2"));
  CHECK_THROWS_AS(from_uncertain_limits(1, 2, -0.1), InputError);
  InputQuantity impossible = uncertain;
  impossible.limit_uncertainty = 5;
  CHECK_THROWS_AS(check(impossible), InputError);

  const InputQuantity bounds = from_bounds(9.5e-6, 13.5e-6, Distribution::rectangular);
  CHECK(bounds.estimate == Approx(11.5e-6).epsilon(1e-15));
  CHECK(half_width(bounds) == Approx(2e-6).epsilon(1e-14));
  CHECK_THROWS_WITH(from_bounds(2, 1, Distribution::rectangular), Catch::Contains("above the upper limit"));

  const InputQuantity positive = from_positive_estimate(2.5);
  CHECK(positive.standard_uncertainty == 2.5);
  CHECK_THROWS_AS(from_positive_estimate(0), InputError);
  CHECK_THROWS_AS(from_positive_estimate(-1), InputError);

  const InputQuantity counts = from_counts(30, 4);
  CHECK(counts.estimate == 7.75);
  CHECK(counts.standard_uncertainty * counts.standard_uncertainty == Approx(1.9375).epsilon(1e-15));
  CHECK_THROWS_AS(from_counts(-1), InputError);
  CHECK_THROWS_AS(from_counts(1.5), InputError);
  CHECK_THROWS_AS(from_counts(3, 0), InputError);

  for (const char* name : {"curvilinear-trapezoidal", "exponential", "gamma"})
    CHECK(to_string(parse_distribution(name)) == name);
}
