#include "calibration/statistics/calibration_interval.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

TestedInterval tested(int in_tolerance, int calibrations, double interval, double target, double confidence = 0.5) {
  IntervalTest test;
  test.in_tolerance = in_tolerance;
  test.calibrations = calibrations;
  test.interval = interval;
  test.target = target;
  test.confidence = confidence;
  return test_interval(test);
}

const std::vector<IntervalGroup> history{{30, 19, 20}, {60, 23, 25}, {90, 26, 30}, {180, 31, 40}, {365, 12, 20}};

}  // namespace

TEST_CASE("interval test: longer only with evidence, never beyond the largest change") {
  const TestedInterval perfect = tested(20, 20, 100, 0.95);
  // P(X >= 20) = 0.95^20.
  const double q = 1 - 2 * std::pow(0.95, 20);
  CHECK(perfect.rejection_confidence == Approx(q).epsilon(1e-12));
  CHECK(perfect.calculated == Approx(100 * std::pow(10, 0.05 / (1 - q))).epsilon(1e-12));
  CHECK_FALSE(perfect.changed);
  CHECK(perfect.recommended == 100);
  CHECK(perfect.upper == 1);
  CHECK(perfect.lower == Approx(std::pow(0.25, 1.0 / 20)).epsilon(1e-12));
  const TestedInterval many = tested(300, 300, 100, 0.9);
  CHECK(many.changed);
  CHECK(many.recommended == 200);  // the largest change
  const TestedInterval none = tested(0, 20, 100, 0.95);
  CHECK(none.recommended == 50);
  CHECK(none.lower == 0);
  const TestedInterval on_target = tested(19, 20, 100, 0.95);
  CHECK(on_target.recommended == 100);
  CHECK(on_target.rejection_confidence == 0);
  CHECK_THROWS_AS(tested(21, 20, 100, 0.95), InputError);
  CHECK_THROWS_AS(tested(0, 0, 100, 0.95), InputError);
  CHECK_THROWS_AS(tested(1, 2, 0, 0.95), InputError);
  CHECK_THROWS_AS(tested(1, 2, 100, 1), InputError);
}

TEST_CASE("reliability models by maximum likelihood") {
  // Independently: 40-digit likelihoods maximised with mpmath.
  const ReliabilityFit exponential = fit_reliability(ReliabilityModel::exponential, history);
  CHECK(exponential.parameters[0] == Approx(0.001445148988337759769753).epsilon(1e-12));
  CHECK(exponential.standard_uncertainties[0] == Approx(0.00029647939322507).epsilon(1e-10));
  CHECK(exponential.log_likelihood == Approx(-57.54507215353035790629).epsilon(1e-13));
  CHECK(exponential.deviance == Approx(0.0770240117891663703543).epsilon(1e-10));
  CHECK(exponential.degrees_of_freedom == 4);
  CHECK(exponential.probability == Approx(0.9992771805362044).epsilon(1e-10));
  CHECK(interval_for(exponential, 0.95) == Approx(-std::log(0.95) / 0.001445148988337759769753).epsilon(1e-12));

  const ReliabilityFit weibull = fit_reliability(ReliabilityModel::weibull, history);
  CHECK(weibull.parameters[0] == Approx(0.00133138844585639504142426).epsilon(1e-10));
  CHECK(weibull.parameters[1] == Approx(0.9441083580463094700768).epsilon(1e-10));
  CHECK(weibull.standard_uncertainties[0] == Approx(0.00068545215049270331129).epsilon(1e-8));
  CHECK(weibull.standard_uncertainties[1] == Approx(0.29778324705593646462).epsilon(1e-8));
  CHECK(weibull.log_likelihood == Approx(-57.52760973349997798718).epsilon(1e-13));

  const ReliabilityFit mixed = fit_reliability(ReliabilityModel::mixed_exponential, history);
  CHECK(mixed.parameters[0] == Approx(0.0006570512441005255775).epsilon(1e-7));
  CHECK(mixed.parameters[1] == Approx(2.34653245178514863511).epsilon(1e-7));
  CHECK(mixed.standard_uncertainties[0] == Approx(0.004432595081812726).epsilon(1e-6));
  CHECK(mixed.standard_uncertainties[1] == Approx(14.887686839200435).epsilon(1e-6));
  CHECK(mixed.log_likelihood == Approx(-57.53135989682631606071).epsilon(1e-13));
  CHECK(exponential.akaike < weibull.akaike);  // the second parameter is not worth it here

  for (const ReliabilityFit& fit : {exponential, weibull, mixed}) {
    for (double target : {0.999, 0.95, 0.5, 0.01})
      CHECK(reliability(fit, interval_for(fit, target)) == Approx(target).epsilon(1e-12));
    CHECK(reliability(fit, 0) == 1);
  }

  // In hours instead of days.
  std::vector<IntervalGroup> hours = history;
  for (IntervalGroup& group : hours)
    group.interval *= 24;
  CHECK(fit_reliability(ReliabilityModel::weibull, hours).parameters[0] ==
        Approx(weibull.parameters[0] / 24).epsilon(1e-9));
  CHECK(fit_reliability(ReliabilityModel::weibull, hours).parameters[1] == Approx(weibull.parameters[1]).epsilon(1e-9));
}

TEST_CASE("one interval: the exponential model is exact") {
  const ReliabilityFit fit = fit_reliability(ReliabilityModel::exponential, {{365, 15, 20}});
  CHECK(fit.parameters[0] == Approx(-std::log(0.75) / 365).epsilon(1e-12));
  CHECK(fit.deviance == Approx(0).margin(1e-12));
  CHECK(fit.probability == 1);
  CHECK_THROWS_AS(fit_reliability(ReliabilityModel::weibull, {{365, 15, 20}, {365, 3, 4}}), InputError);
}

TEST_CASE("reliability that cannot be fitted is refused") {
  CHECK_THROWS_AS(fit_reliability(ReliabilityModel::exponential, {}), InputError);
  CHECK_THROWS_AS(fit_reliability(ReliabilityModel::exponential, {{100, 5, 5}, {200, 4, 4}}), InputError);
  CHECK_THROWS_AS(fit_reliability(ReliabilityModel::exponential, {{100, 0, 5}}), InputError);
  CHECK_THROWS_AS(fit_reliability(ReliabilityModel::exponential, {{-1, 3, 5}}), InputError);
  CHECK_THROWS_AS(fit_reliability(ReliabilityModel::exponential, {{100, 6, 5}}), InputError);
  // A step between the two intervals drives the Weibull exponent to infinity.
  CHECK_THROWS_AS(fit_reliability(ReliabilityModel::weibull, {{100, 10, 10}, {200, 0, 10}}), InputError);
  // Wear-out: the mixed exponential model runs to its exponential end.
  CHECK_THROWS_AS(
      fit_reliability(ReliabilityModel::mixed_exponential, {{100, 99, 100}, {200, 90, 100}, {300, 40, 100}}),
      InputError);
}
