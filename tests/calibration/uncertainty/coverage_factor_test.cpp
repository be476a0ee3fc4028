#include "calibration/uncertainty/coverage_factor.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

TEST_CASE("EA-4/02 S10.13: coverage factor of a trapezoid") {
  struct Row {
    double beta;
    double k;
  };
  for (const Row& row : {Row{0.00, 1.9017671852780118}, Row{0.10, 1.8950609448768618}, Row{0.20, 1.8756874954920892},
                         Row{0.33, 1.8351099707670395}, Row{0.43, 1.7959890709517203}, Row{0.50, 1.7666261613087355},
                         Row{0.60, 1.724685551390925}, Row{0.70, 1.6862558638719625}, Row{0.80, 1.6561104623595244},
                         Row{0.90, 1.6432323419486135}, Row{0.95, 1.6449076237497868}, Row{1.00, 1.6454482671904334}}) {
    CHECK(coverage_factor_of_trapezoid(0.95, row.beta) == Approx(row.k).epsilon(1e-13));
  }
  // Printed: 1.83 for beta = 0.33 (S10) and 1.65 for a rectangle (S9). The 1.81 of S11 for beta = 0.43 is not met: the
  // formula of S10.13 gives 1.796 with that beta, and so does the distribution itself (next test); 1.81 belongs to a
  // beta of about 0.39. Why they differ is not known: the published text was not at hand.
  CHECK(coverage_factor_of_trapezoid(0.95, 1.0 / 3) == Approx(1.83).margin(0.005));
  CHECK(coverage_factor_of_trapezoid(0.95, 1) == Approx(1.65).margin(0.005));
}

TEST_CASE("the exact convolution agrees with the closed forms where they hold") {
  for (double p : {0.5, 0.6827, 0.9, 0.95, 0.9545, 0.99}) {
    // Rectangle alone, two rectangles (a trapezoid), two equal ones (a triangle).
    CHECK(coverage_factor_of_convolution(p, 2, 0, 0) == Approx(p * std::sqrt(3.0)).epsilon(1e-12));
    for (double b : {0.01, 0.2, 0.7, 1.0}) {
      CHECK(coverage_factor_of_convolution(p, 1, b, 0) ==
            Approx(coverage_factor_of_trapezoid(p, (1 - b) / (1 + b))).epsilon(1e-12));
    }
    // The normal part takes over.
    CHECK(coverage_factor_of_convolution(p, 1e-3, 0, 10) == Approx(coverage_factor(p, INFINITY)).epsilon(1e-7));
    CHECK(coverage_factor_of_convolution(p, 1e-3, 1e-3, 10) == Approx(coverage_factor(p, INFINITY)).epsilon(1e-4));
    // The unit does not matter.
    CHECK(coverage_factor_of_convolution(p, 3e-9, 1e-9, 2e-10) ==
          Approx(coverage_factor_of_convolution(p, 3e6, 1e6, 2e5)).epsilon(1e-12));
    // A vanishing part leaves the rest as it is.
    CHECK(coverage_factor_of_convolution(p, 1, 0, 1e-5) == Approx(p * std::sqrt(3.0)).epsilon(1e-6));
    CHECK(coverage_factor_of_convolution(p, 1, 1.01e-3, 0.2) ==
          Approx(coverage_factor_of_convolution(p, 1, 0.99e-3, 0.2)).epsilon(1e-6));
  }
}

TEST_CASE("JCGM 101 9.2.4: the exact convolution meets the Monte Carlo interval") {
  // A dominant rectangle of u = 10 and three of u = 1: published +-17.0 against the +-19.9 of k = 1.96.
  const double u = std::sqrt(103.0);
  CHECK(u * coverage_factor_of_convolution(0.95, 10 * std::sqrt(3.0), 0, std::sqrt(3.0)) == Approx(17.0).margin(0.05));
}

TEST_CASE("degrees of freedom are taken to one decimal place and truncated") {
  CHECK(truncated_degrees_of_freedom(16.7519) == 16);  // GUM H.1
  CHECK(truncated_degrees_of_freedom(18.9987) == 19);  // GUM G.4.1, printed 19.0
  CHECK(truncated_degrees_of_freedom(10.437) == 10);   // EA-4/02 S12
  CHECK(truncated_degrees_of_freedom(18.94) == 18);
  CHECK(truncated_degrees_of_freedom(4) == 4);
  CHECK(truncated_degrees_of_freedom(0.9) == 0.9);
  CHECK(std::isinf(truncated_degrees_of_freedom(INFINITY)));
  CHECK_THROWS_AS(truncated_degrees_of_freedom(0), InputError);
  CHECK(coverage_factor(0.95, 1e7) == Approx(coverage_factor(0.95, INFINITY)).epsilon(1e-6));
}

TEST_CASE("coverage factors refuse what makes no sense") {
  CHECK_THROWS_AS(coverage_factor(95, 10), InputError);
  CHECK_THROWS_AS(coverage_factor_of_trapezoid(0.95, 1.1), InputError);
  CHECK_THROWS_AS(coverage_factor_of_trapezoid(1, 0.5), InputError);
  CHECK_THROWS_AS(coverage_factor_of_convolution(0.95, 0, 0, 1), InputError);
  CHECK_THROWS_AS(coverage_factor_of_convolution(0.95, 1, 2, 1), InputError);
  CHECK_THROWS_AS(coverage_factor_of_convolution(0.95, 1, 0.5, -1), InputError);
}
