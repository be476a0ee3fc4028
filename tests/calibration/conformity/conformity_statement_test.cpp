#include "calibration/conformity/conformity_statement.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

ConformityQuestion question(double value, double U, PermissibleLimits limits) {
  ConformityQuestion q;
  q.value = value;
  q.expanded_uncertainty = U;
  q.limits = limits;
  q.rules = all_decision_rules(limits);
  return q;
}

constexpr double unlimited = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("one result by all rules") {
  ConformityQuestion q = question(-0.9, 0.4, {-1, 1});
  q.population = normal_population(0, 0.6);
  const ConformityStatement s = state_conformity(q);
  REQUIRE(s.rules.size() == 5);
  CHECK(s.rules[0].verdict == Verdict::pass);
  CHECK(s.rules[1].verdict == Verdict::fail);
  CHECK(s.rules[2].verdict == Verdict::fail);
  CHECK(s.rules[3].verdict == Verdict::conditional_pass);
  CHECK(s.rules[4].verdict == Verdict::inconclusive);
  CHECK_FALSE(s.passes());
  CHECK(s.standard_uncertainty == 0.2);
  CHECK(s.conformance_probability == conformance_probability(-0.9, {-1, 1}, 0.2));
  CHECK(s.conformance_probability + s.nonconformance_probability == Approx(1).epsilon(1e-14));
  CHECK(s.rules[2].acceptance.upper == Approx(0.668).epsilon(1e-14));
  CHECK(s.rules[1].global_risk->false_accept < s.rules[0].global_risk->false_accept);
  CHECK(s.posterior->mean == Approx(-0.9 * 0.36 / 0.4).epsilon(1e-14));
  CHECK(*s.posterior_conformance_probability > s.conformance_probability);

  const auto json = nlohmann::json::parse(conformity_to_json(s));
  CHECK(json["pass"] == false);
  CHECK(json["rules"][3]["verdict"] == "conditional_pass");
  CHECK(json["rules"][3]["text"]["zh"].get<std::string>().find("非二元") == 0);
  CHECK(json["conformance_probability"].get<double>() == s.conformance_probability);
  CHECK(json["rules"][0]["global_risk"]["false_accept"].get<double>() == s.rules[0].global_risk->false_accept);
  CHECK(json["population"]["standard_deviation"] == 0.6);
}

TEST_CASE("one limit, Student's t, no uncertainty") {
  ConformityQuestion q = question(-5.47, 0.1, {-unlimited, -5.4});
  CHECK(q.rules.size() == 4);  // JJF 1094 needs two limits
  q.degrees_of_freedom = 3;
  const ConformityStatement s = state_conformity(q);
  CHECK(s.conformance_probability == conformance_probability_of_t(-5.47, q.limits, 0.05, 3));
  const auto json = nlohmann::json::parse(conformity_to_json(s));
  CHECK(json["limits"]["lower"].is_null());
  CHECK(json["distribution"] == "t");
  CHECK(json.count("population") == 0);

  const ConformityStatement exact = state_conformity(question(1, 0, {-1, 1}));
  CHECK(exact.passes());
  CHECK(exact.conformance_probability == 1);
  CHECK(state_conformity(question(1.1, 0, {-1, 1})).nonconformance_probability == 1);
}

TEST_CASE("a small tolerance on a large value is decided by the tolerance, not by the size of the value") {
  // 10 V within 10 nV: a value 1 nV beyond the limit is beyond it, one within rounding of the limit is on it.
  const PermissibleLimits limits{10 - 1e-8, 10 + 1e-8};
  CHECK(decide({RuleKind::simple_acceptance, 1}, 10 + 1.1e-8, limits, 0) == Verdict::fail);
  CHECK(decide({RuleKind::simple_acceptance, 1}, 10 + 1e-8, limits, 0) == Verdict::pass);
  CHECK(decide({RuleKind::simple_acceptance, 1}, 10 + 1.1e-8, {-unlimited, 10 + 1e-8}, 1e-9) == Verdict::fail);
  CHECK(decide({RuleKind::simple_acceptance, 1}, 10.3 - 10, {-0.3, 0.3}, 0.1) == Verdict::pass);
  // Not rounded: 0.2004 prints as 0.200 with U = 0.010.
  CHECK(decide({RuleKind::simple_acceptance, 1}, 0.2004, {-0.2, 0.2}, 0.01) == Verdict::fail);
}

TEST_CASE("a question without an answer is refused") {
  ConformityQuestion q = question(0, 0.1, {-1, 1});
  q.coverage_factor = 0;
  CHECK_THROWS_AS(state_conformity(q), InputError);
  q = question(0, 0.1, {-1, 1});
  q.rules.clear();
  CHECK_THROWS_AS(state_conformity(q), InputError);
  q = question(0, 0, {-1, 1});
  q.population = normal_population(0, 1);
  CHECK_THROWS_AS(state_conformity(q), InputError);
  CHECK_THROWS_AS(state_conformity(question(std::nan(""), 0.1, {-1, 1})), InputError);
  CHECK_THROWS_AS(state_conformity(question(0, 0.1, {1, -1})), InputError);
}
