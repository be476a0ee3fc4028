#include "calibration/conformity/conformance_probability.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

TEST_CASE("conformance probability of t") {
  // Reference: scipy.stats.t.
  CHECK(conformance_probability_of_t(0.4, {-1, 1}, 0.3, 5) == Approx(0.9462807468248278).epsilon(1e-12));
  CHECK(conformance_probability_of_t(0.4, {-1, 1}, 0.3, std::numeric_limits<double>::infinity()) ==
        conformance_probability(0.4, {-1, 1}, 0.3));
  CHECK(conformance_probability_of_t(0.4, {-1, 1}, 0.3, 1e7) ==
        Approx(conformance_probability(0.4, {-1, 1}, 0.3)).epsilon(1e-6));
  CHECK(conformance_probability_of_t(1, {-std::numeric_limits<double>::infinity(), 1}, 0.3, 3) == Approx(0.5));
  CHECK_THROWS_AS(conformance_probability_of_t(0, {-1, 1}, 0.3, 0), InputError);
  CHECK_THROWS_AS(conformance_probability_of_t(0, {-1, 1}, 0, 3), InputError);
}

TEST_CASE("nonconformance keeps its digits in the tail") {
  CHECK(nonconformance_probability(0, {-std::numeric_limits<double>::infinity(), 10}, 1) ==
        Approx(7.619853024160526e-24).epsilon(1e-12));
  CHECK(nonconformance_probability(0.9, {-1, 1}, 0.5) ==
        Approx(1 - conformance_probability(0.9, {-1, 1}, 0.5)).epsilon(1e-13));
  CHECK_THROWS_AS(nonconformance_probability(0, {1, -1}, 1), InputError);
  CHECK_THROWS_AS(nonconformance_probability(
                      0, {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()}, 1),
                  InputError);
}

TEST_CASE("conformance probability of samples") {
  const SampledProbability p = conformance_probability_of_samples({-2, -1, 0, 0.5, 1, 1.5, 0, 0}, {-1, 1});
  CHECK(p.probability == 0.75);
  CHECK(p.standard_uncertainty == Approx(std::sqrt(7 * 3 / 11.0) / 10).epsilon(1e-14));
  const SampledProbability all = conformance_probability_of_samples(std::vector<double>(1000, 0.0), {-1, 1});
  CHECK(all.probability == 1);
  CHECK(all.standard_uncertainty == Approx(1e-3).epsilon(0.01));
  CHECK_THROWS_AS(conformance_probability_of_samples({}, {-1, 1}), InputError);
  CHECK_THROWS_AS(conformance_probability_of_samples({std::nan("")}, {-1, 1}), InputError);
}

TEST_CASE("what was known before moves the result") {
  const NormalKnowledge equal = posterior({0, 1}, 2, 1);
  CHECK(equal.mean == Approx(1));
  CHECK(equal.standard_deviation == Approx(std::sqrt(0.5)));
  const NormalKnowledge vague = posterior({0, 1e200}, 2, 1);
  CHECK(vague.mean == Approx(2));
  CHECK(vague.standard_deviation == Approx(1));
  const NormalKnowledge sure = posterior({5, 1e-200}, 2, 1);
  CHECK(sure.mean == Approx(5));
  CHECK_THROWS_AS(posterior({0, 0}, 1, 1), InputError);
}
