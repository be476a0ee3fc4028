#include "calibration/conformity/global_risk.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "calibration/conformity/guard_band.h"
#include "calibration/statistics/statistics.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("global risks by an independent quadrature of 40 digits") {
  const GlobalRisk uniform = global_risk(uniform_population(-2, 3), {-1, 1}, {-0.9, 0.9}, 0.2);
  CHECK(uniform.false_accept == Approx(0.01582372446190420784546).epsilon(1e-12));
  CHECK(uniform.false_reject == Approx(0.05582372459210448236747).epsilon(1e-12));
  CHECK(uniform.in_tolerance == Approx(0.4).epsilon(1e-14));

  const GlobalRisk skewed = global_risk(normal_population(0.3, 0.6), {-1, 1.2}, {-0.95, 1.1}, 0.15);
  CHECK(skewed.false_accept == Approx(0.005885524217115767934363681807).epsilon(1e-12));
  CHECK(skewed.false_reject == Approx(0.0434963865315005412619969222876).epsilon(1e-12));
  CHECK(skewed.in_tolerance == Approx(0.9180626587209061297538905084).epsilon(1e-13));

  const GlobalRisk one_sided = global_risk(normal_population(0, 0.5), {-unlimited, 1}, {-unlimited, 1}, 0.25);
  CHECK(one_sided.false_accept == Approx(0.006194374653911651297494050985).epsilon(1e-12));
  CHECK(one_sided.false_reject == Approx(0.02026337776588377091614797780).epsilon(1e-12));
}

TEST_CASE("risks add up, whatever the widths") {
  for (double u : {1e-9, 1e-3, 0.1, 1.0, 1e3}) {
    for (double sd : {1e-6, 0.3, 1.0, 50.0}) {
      const GlobalRisk r = global_risk(normal_population(0.2, sd), {-1, 1}, {-0.8, 0.9}, u);
      // The measured value is normal with both variances.
      const double s = std::hypot(u, sd);
      const double accepted = normal_probability((0.9 - 0.2) / s) - normal_probability((-0.8 - 0.2) / s);
      CHECK(r.accepted == Approx(accepted).margin(1e-12));
      CHECK(r.false_accept >= 0);
      CHECK(r.false_reject <= r.in_tolerance + 1e-15);
    }
  }
  const GlobalRisk nothing = global_risk(normal_population(0, 1), {-1, 1}, {0.5, -0.5}, 0.1);
  CHECK(nothing.false_accept == 0);
  CHECK(nothing.false_reject == nothing.in_tolerance);
  CHECK(nothing.false_accept_of_accepted == 0);
  // A unit 1000 times smaller changes nothing.
  const GlobalRisk volt = global_risk(normal_population(0.1, 0.5), {-1, 1}, {-1, 1}, 0.2);
  const GlobalRisk millivolt = global_risk(normal_population(100, 500), {-1000, 1000}, {-1000, 1000}, 200);
  CHECK(millivolt.false_accept == Approx(volt.false_accept).epsilon(1e-13));
}

TEST_CASE("the population of an in-tolerance probability") {
  CHECK(population_standard_deviation(0.95, {-1, 1}, 0) == Approx(1 / 1.959963984540054).epsilon(1e-13));
  CHECK(population_standard_deviation(0.9, {-1, 2}, 0) == Approx(0.7648695828826344).epsilon(1e-12));
  CHECK(population_standard_deviation(0.9, {-unlimited, 2}, 0) == Approx(2 / 1.2815515655446004).epsilon(1e-13));
  CHECK_THROWS_AS(population_standard_deviation(1, {-1, 1}, 0), InputError);
  CHECK_THROWS_AS(population_standard_deviation(0.9, {-1, 1}, 1), InputError);
  CHECK_THROWS_AS(population_standard_deviation(0.4, {-unlimited, 1}, 0), InputError);
}

TEST_CASE("guard bands that hold a risk") {
  // Independently, by mpmath: 90 % in tolerance, TUR 1.5.
  const ItemPopulation items = normal_population(0, population_standard_deviation(0.9, {-1, 1}, 0));
  const double w = guard_band_for_false_accept(items, {-1, 1}, 1 / 3.0, 0.02);
  CHECK(w == Approx(0.08364584630570126636).epsilon(1e-10));
  CHECK(global_risk(items, {-1, 1}, {-1 + w, 1 - w}, 1 / 3.0).false_accept <= 0.02);
  CHECK(guard_band_for_false_accept(items, {-1, 1}, 0.01, 0.02) == 0);
  CHECK_THROWS_AS(guard_band_for_false_accept(items, {-1, 1}, 0.01, 0), InputError);
  CHECK(guard_band_for_false_accept(normal_population(0, 1), {-unlimited, 1}, 0.3, 0.001) > 0.3);
  // So bad a process that next to nothing may be accepted.
  const double wide = guard_band_for_false_accept(normal_population(0, 100), {-1, 1}, 10, 1e-6);
  CHECK(global_risk(normal_population(0, 100), {-1, 1}, {-1 + wide, 1 - wide}, 10).false_accept <= 1e-6);

  CHECK(guard_band_for_specific_risk(0.05, 1) == Approx(1.6448536269514722).epsilon(1e-13));
  CHECK(guard_band_for_specific_risk(0.5, 1) == Approx(0).margin(1e-15));

  CHECK(root_difference_guard_band(5, 3) == Approx(1).epsilon(1e-14));
  CHECK(root_difference_guard_band(1, 1e-8) == Approx(5e-17).epsilon(1e-12));
  CHECK(root_difference_guard_band(1, 1) == 1);
  CHECK_THROWS_AS(root_difference_guard_band(1, 1.1), InputError);
}

TEST_CASE("the managed guard band holds about 2 % for every population") {
  CHECK(managed_guard_band_multiplier(4) == Approx(1.04 - std::exp(0.38 * std::log(4) - 0.54)).epsilon(1e-14));
  CHECK(managed_guard_band_multiplier(5) == 0);
  CHECK_THROWS_AS(managed_guard_band_multiplier(0), InputError);
  for (double tur : {1.5, 2.0, 3.0, 4.0, 5.0}) {
    const double U = 1 / tur;
    const double w = managed_guard_band_multiplier(tur) * U;
    double worst = 0;
    double worst_without = 0;
    for (double in_tolerance = 0.02; in_tolerance < 1; in_tolerance += 0.02) {
      const ItemPopulation items = normal_population(0, population_standard_deviation(in_tolerance, {-1, 1}, 0));
      worst = std::max(worst, global_risk(items, {-1, 1}, {-1 + w, 1 - w}, U / 2).false_accept);
      worst_without = std::max(worst_without, global_risk(items, {-1, 1}, {-1, 1}, U / 2).false_accept);
    }
    INFO("TUR " << tur << ": " << worst << ", without guard band " << worst_without);
    CHECK(worst < 0.02);
    CHECK(worst > 0.017);  // and not much more than needed
    if (tur < 4.5) CHECK(worst_without > 0.02);
  }
}

TEST_CASE("acceptance limits are where decide() changes its mind") {
  const PermissibleLimits limits{-0.7, 1.3};
  for (const char* name : {"simple acceptance", "guard band", "guard band 0.83", "non-binary", "JJF 1094"}) {
    const DecisionRule rule = parse_decision_rule(name);
    for (double U : {0.0, 0.1, 0.33, 0.34, 0.6}) {
      const AcceptanceLimits a = acceptance_limits(rule, limits, U);
      for (auto [value, pass] : {std::pair{a.upper - 1e-6, true},
                                 {a.upper + 1e-6, false},
                                 {a.lower + 1e-6, true},
                                 {a.lower - 1e-6, false}}) {
        CHECK((decide(rule, value, limits, U) == Verdict::pass) == pass);
      }
    }
  }
  CHECK_THROWS_AS(acceptance_limits({RuleKind::jjf_1094, 1}, {-unlimited, 1}, 0.1), InputError);
}

TEST_CASE("risks of impossible populations are refused") {
  CHECK_THROWS_AS(normal_population(0, 0), InputError);
  CHECK_THROWS_AS(uniform_population(1, 1), InputError);
  CHECK_THROWS_AS(global_risk(normal_population(0, 1), {-1, 1}, {-1, 1}, 0), InputError);
  CHECK_THROWS_AS(global_risk(normal_population(0, 1), {1, -1}, {-1, 1}, 0.1), InputError);
  CHECK_THROWS_AS(global_risk(normal_population(0, 1), {-unlimited, unlimited}, {-1, 1}, 0.1), InputError);
  CHECK_THROWS_AS(global_risk(normal_population(0, 1), {-1, 1}, {std::nan(""), 1}, 0.1), InputError);
}
