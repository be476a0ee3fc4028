// Published and constructed cases of statements of conformity.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "calibration/conformity/conformance_probability.h"
#include "calibration/conformity/decision_rule.h"
#include "calibration/conformity/global_risk.h"
#include "calibration/conformity/guard_band.h"
#include "calibration/statistics/statistics.h"

using namespace etalon::calibration;

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("ILAC-G8:09/2019 4.2: simple acceptance, guard band w = U, non-binary") {
  const struct {
    double value, u, lower, upper, probability;
    Verdict simple, guarded, non_binary;
  } rows[] = {
      {9.8, 0.15, -unlimited, 10.0, 0.9087887802741315, Verdict::pass, Verdict::fail, Verdict::conditional_pass},
      {10.0, 0.15, -unlimited, 10.0, 0.5, Verdict::pass, Verdict::fail, Verdict::conditional_pass},
      {10.2, 0.15, -unlimited, 10.0, 0.09121121972586854, Verdict::fail, Verdict::fail, Verdict::conditional_fail},
      {5.0, 0.1, 4.8, 5.2, 0.9544997361036418, Verdict::pass, Verdict::pass, Verdict::pass},
      {5.1, 0.1, 4.8, 5.2, 0.8399948480369142, Verdict::pass, Verdict::fail, Verdict::conditional_pass},
      {5.19, 0.1, 4.8, 5.2, 0.5397797409330105, Verdict::pass, Verdict::fail, Verdict::conditional_pass},
      {0.0, 0.5, -1, 1, 0.9544997361036416, Verdict::pass, Verdict::pass, Verdict::pass},
      {0.9, 0.5, -1, 1, 0.5791873613951779, Verdict::pass, Verdict::fail, Verdict::conditional_pass}};
  for (const auto& row : rows) {
    INFO(row.value << " in " << row.lower << " to " << row.upper);
    const PermissibleLimits limits{row.lower, row.upper};
    CHECK(conformance_probability(row.value, limits, row.u) == Approx(row.probability).epsilon(1e-12));
    CHECK(nonconformance_probability(row.value, limits, row.u) == Approx(1 - row.probability).epsilon(1e-11));
    CHECK(decide({RuleKind::simple_acceptance, 1}, row.value, limits, 2 * row.u) == row.simple);
    CHECK(decide({RuleKind::guard_band, 1}, row.value, limits, 2 * row.u) == row.guarded);
    CHECK(decide({RuleKind::non_binary, 1}, row.value, limits, 2 * row.u) == row.non_binary);
  }
}

TEST_CASE("JCGM 106:2012 7.4, example 1: breakdown voltage of a Zener diode") {
  const PermissibleLimits limits{-unlimited, -5.4};
  CHECK(conformance_probability(-5.47, limits, 0.05) == Approx(0.9192433407662273).epsilon(1e-13));  // printed 0.92
  CHECK(nonconformance_probability(-5.47, limits, 0.05) == Approx(0.08075665923377273).epsilon(1e-13));
}

TEST_CASE("ISO 14253-1: 5 % at the limit of the guard band") {
  // w = 1.645 u, which is 0.83 U for k = 2.
  const double w = guard_band_for_specific_risk(0.05, 0.5);
  CHECK(w / 1.0 == Approx(0.8224).margin(1e-4));
  CHECK(nonconformance_probability(10 - w, {-unlimited, 10}, 0.5) == Approx(0.05).epsilon(1e-12));
}

TEST_CASE("global risks by in-tolerance probability and TUR, no guard band (JCGM 106:2012 9.5; ANSI/NCSL Z540.3)") {
  const struct {
    double in_tolerance, tur, false_accept, false_reject, conditional;
  } rows[] = {{0.85, 1.5, 0.03563085058523989, 0.07996977726144006, 0.044225607721424115},
              {0.85, 2, 0.029522487365189413, 0.05510335566177664, 0.035810046407086786},
              {0.85, 3, 0.021840216436724343, 0.03341136011318881, 0.026048979912848522},
              {0.85, 4, 0.01727749111659905, 0.02382553009486641, 0.02048426219279828},
              {0.85, 10, 0.007617161958414341, 0.008671566266756883, 0.008972497174225217},
              {0.9, 1.5, 0.026802010529679343, 0.0760224703654393, 0.03150288560595299},
              {0.9, 2, 0.022638498618352383, 0.050834300256960216, 0.025967411789141182},
              {0.9, 3, 0.017141521741787787, 0.02980732971128647, 0.019317999797305866},
              {0.9, 4, 0.013740968074245121, 0.02088775435985345, 0.015389951968790942},
              {0.9, 10, 0.006220250627074349, 0.00736711051108023, 0.006920207928818766},
              {0.95, 1.5, 0.01541164449588407, 0.06624547041370096, 0.017139929125576134},
              {0.95, 2, 0.013373408282069128, 0.04177529575429553, 0.014511106414257227},
              {0.95, 3, 0.010485128645094946, 0.022936006525036988, 0.011183551237704929},
              {0.95, 4, 0.008582664808923116, 0.015536513030637992, 0.009101001889185315},
              {0.95, 10, 0.004060169369860392, 0.005162455490731577, 0.004278827222865013},
              {0.99, 1.5, 0.00366103346077379, 0.0443269974375162, 0.0038564228415424663},
              {0.99, 2, 0.003312100962902053, 0.023650217490254262, 0.0034157277081372246},
              {0.99, 3, 0.0027573800011990576, 0.01069362335142913, 0.0028077403147486403},
              {0.99, 4, 0.002348287744182479, 0.006559893968401236, 0.0023821418054923867},
              {0.99, 10, 0.0012188462629529292, 0.0018459116837800504, 0.0012319381502702638}};
  for (const auto& row : rows) {
    INFO(row.in_tolerance << " in tolerance, TUR " << row.tur);
    const double sd = population_standard_deviation(row.in_tolerance, {-1, 1}, 0);
    const GlobalRisk risk = global_risk(normal_population(0, sd), {-1, 1}, {-1, 1}, 1 / (2 * row.tur));
    CHECK(risk.in_tolerance == Approx(row.in_tolerance).epsilon(1e-13));
    CHECK(risk.false_accept == Approx(row.false_accept).margin(1e-11));
    CHECK(risk.false_reject == Approx(row.false_reject).margin(1e-11));
    CHECK(risk.false_accept_of_accepted == Approx(row.conditional).margin(1e-11));
  }
}
