#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "calibration/statistics/performance_score.h"
#include "calibration/statistics/weighted_mean.h"

using namespace etalon::calibration;
using etalon::base::InputError;

TEST_CASE("scores against a reference") {
  CHECK(normalised_error(10.05, 0.03, 10.00, 0.04) == Approx(1).epsilon(1e-12));
  CHECK(normalised_error(10.05, 0.03, 10.00, 0.04, 0.5) ==
        Approx(0.05 / std::sqrt(0.0009 + 0.0016 - 0.0012)).epsilon(1e-12));
  // Errors that are nearly the same quantity: the difference is known far better than either.
  CHECK(normalised_error(1, 1e-3, 1 - 1e-9, 1e-3, 1 - 1e-12) == Approx(1e-9 / (1e-3 * std::sqrt(2e-12))).epsilon(1e-4));
  CHECK(zeta_score(10.05, 0.015, 10.00, 0.02) == Approx(2).epsilon(1e-12));
  CHECK(z_score(9.8, 10, 0.1) == Approx(-2).epsilon(1e-12));
  CHECK(z_prime_score(9.5, 10, 0.3, 0.4) == Approx(-1).epsilon(1e-12));
  CHECK_THROWS_AS(normalised_error(1, 0, 2, 0), InputError);
  CHECK_THROWS_AS(normalised_error(1, 1, 2, 1, 1), InputError);
  CHECK_THROWS_AS(normalised_error(1, 1, 2, 1, 1.1), InputError);
  CHECK_THROWS_AS(zeta_score(1, -1, 2, 1), InputError);
  CHECK_THROWS_AS(z_score(std::nan(""), 1, 1), InputError);
}

TEST_CASE("weighted mean and consistency") {
  // Reference: numpy.
  const WeightedMean mean = weighted_mean({10, 14, 11}, std::vector<double>{2, 3, 1});
  CHECK(mean.value == Approx(11.061224489795919).epsilon(1e-14));
  CHECK(mean.internal_uncertainty == Approx(0.8571428571428571).epsilon(1e-14));
  CHECK(mean.chi_squared == Approx(1.2448979591836735).epsilon(1e-13));
  CHECK(mean.birge_ratio == Approx(std::sqrt(1.2448979591836735 / 2)).epsilon(1e-13));
  CHECK(mean.external_uncertainty == Approx(mean.birge_ratio * 0.8571428571428571).epsilon(1e-13));
  CHECK(mean.probability == Approx(0.5366286344905651).epsilon(1e-12));
  for (std::size_t i = 0; i < 3; ++i) {
    const double u = std::vector<double>{2, 3, 1}[i];
    const double expected = std::sqrt(u * u - std::pow(mean.internal_uncertainty, 2));
    CHECK(mean.difference_uncertainties[i] == Approx(expected).epsilon(1e-13));
    CHECK(mean.normalised_errors[i] == Approx(mean.differences[i] / 2 / expected).epsilon(1e-13));
  }

  Eigen::MatrixXd covariance(3, 3);
  covariance << 4, 1, 0, 1, 9, 2, 0, 2, 1;
  const WeightedMean correlated = weighted_mean({10, 14, 11}, covariance);
  CHECK(correlated.value == Approx(10.3).epsilon(1e-13));
  CHECK(correlated.internal_uncertainty == Approx(0.7958224257542215).epsilon(1e-13));
  CHECK(correlated.chi_squared == Approx(1.7).epsilon(1e-12));
  CHECK(correlated.weights[1] == Approx(-1 / 6.0).epsilon(1e-12));
  CHECK(correlated.difference_uncertainties[2] == Approx(0.60553007).epsilon(1e-8));

  // Equal uncertainties: the plain mean, and s/sqrt(n) outside.
  const WeightedMean equal = weighted_mean({1, 2, 3, 6}, std::vector<double>{0.1, 0.1, 0.1, 0.1});
  CHECK(equal.value == Approx(3).epsilon(1e-14));
  CHECK(equal.external_uncertainty == Approx(std::sqrt(14.0 / 3 / 4)).epsilon(1e-14));
  CHECK(equal.probability < 1e-6);

  // One that outweighs the other keeps its own small difference.
  const WeightedMean lopsided = weighted_mean({0, 1}, std::vector<double>{1e-9, 1});
  CHECK(lopsided.difference_uncertainties[0] == Approx(1e-18).epsilon(1e-9));
  CHECK(lopsided.differences[0] == Approx(-1e-18).epsilon(1e-9));

  CHECK_THROWS_AS(weighted_mean({1}, std::vector<double>{1}), InputError);
  CHECK_THROWS_AS(weighted_mean({1, 2}, std::vector<double>{1}), InputError);
  CHECK_THROWS_AS(weighted_mean({1, 2}, std::vector<double>{1, 0}), InputError);
  Eigen::MatrixXd singular(2, 2);
  singular << 1, 1, 1, 1;
  CHECK_THROWS_AS(weighted_mean({1, 2}, singular), InputError);
  singular << 1, 0.5, 0.4, 1;
  CHECK_THROWS_AS(weighted_mean({1, 2}, singular), InputError);
}
