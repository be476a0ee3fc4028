#include "calibration/conformity/decision_rule.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/decimal.h"
#include "base/error.h"
#include "calibration/conformity/maximum_permissible_error.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

constexpr double none = std::numeric_limits<double>::infinity();
const DecisionRule simple{RuleKind::simple_acceptance, 1};
const DecisionRule guarded{RuleKind::guard_band, 1};
const DecisionRule non_binary{RuleKind::non_binary, 1};
const DecisionRule jjf{RuleKind::jjf_1094, 1};

}  // namespace

TEST_CASE("ILAC-G8:09/2019 4.2.1 to 4.2.3") {
  struct Row {
    double y, u, lower, upper, probability;
    Verdict simple, guarded, non_binary;
  };
  for (const Row& row :
       {Row{9.8, 0.15, -none, 10, 0.9087887802741315, Verdict::pass, Verdict::fail, Verdict::conditional_pass},
        Row{10.0, 0.15, -none, 10, 0.5, Verdict::pass, Verdict::fail, Verdict::conditional_pass},
        Row{10.2, 0.15, -none, 10, 0.09121121972586854, Verdict::fail, Verdict::fail, Verdict::conditional_fail},
        Row{5.0, 0.1, 4.8, 5.2, 0.9544997361036418, Verdict::pass, Verdict::pass, Verdict::pass},
        Row{5.1, 0.1, 4.8, 5.2, 0.8399948480369142, Verdict::pass, Verdict::fail, Verdict::conditional_pass},
        Row{5.19, 0.1, 4.8, 5.2, 0.5397797409330105, Verdict::pass, Verdict::fail, Verdict::conditional_pass},
        Row{0, 0.5, -1, 1, 0.9544997361036416, Verdict::pass, Verdict::pass, Verdict::pass},
        Row{0.9, 0.5, -1, 1, 0.5791873613951779, Verdict::pass, Verdict::fail, Verdict::conditional_pass}}) {
    const PermissibleLimits limits{row.lower, row.upper};
    const double U = 2 * row.u;
    CHECK(decide(simple, row.y, limits, U) == row.simple);
    CHECK(decide(guarded, row.y, limits, U) == row.guarded);
    CHECK(decide(non_binary, row.y, limits, U) == row.non_binary);
    CHECK(conformance_probability(row.y, limits, row.u) == Approx(row.probability).epsilon(1e-12));
  }
}

TEST_CASE("JCGM 106:2012 7.4 example 1: Zener diode") {
  CHECK(conformance_probability(-5.47, {-none, -5.40}, 0.05) == Approx(0.9192433407662273).epsilon(1e-12));
}

TEST_CASE("JCGM 106: worst false acceptance at the acceptance limit") {
  // A = T - r U, U = 2 u.
  for (const auto& [r, risk] : {std::pair{0.0, 0.5}, {0.5, 0.159}, {0.83, 0.0485}, {1.0, 0.0228}, {1.5, 0.00135}}) {
    const double at_limit = 1 - r * 0.2;
    CHECK(decide({RuleKind::guard_band, r}, at_limit, {-none, 1}, 0.2) == Verdict::pass);
    CHECK(1 - conformance_probability(at_limit, {-none, 1}, 0.1) == Approx(risk).epsilon(0.005));
  }
}

TEST_CASE("JJF 1094") {
  const PermissibleLimits limits = symmetric_limits(0.9);
  // U not larger than a third: simple acceptance, limit included.
  CHECK(decide(jjf, 0.9, limits, 0.3) == Verdict::pass);
  CHECK(decide(jjf, -0.9, limits, 0.3) == Verdict::pass);
  CHECK(decide(jjf, 0.901, limits, 0.3) == Verdict::fail);
  // U larger: 0.9 - 0.4 = 0.5, 0.9 + 0.4 = 1.3.
  CHECK(decide(jjf, 0.5, limits, 0.4) == Verdict::pass);
  CHECK(decide(jjf, -0.5, limits, 0.4) == Verdict::pass);
  CHECK(decide(jjf, 0.501, limits, 0.4) == Verdict::inconclusive);
  CHECK(decide(jjf, -1.299, limits, 0.4) == Verdict::inconclusive);
  CHECK(decide(jjf, 1.3, limits, 0.4) == Verdict::fail);
  CHECK(decide(jjf, -1.3, limits, 0.4) == Verdict::fail);
  // U larger than MPEV: nothing passes.
  CHECK(decide(jjf, 0, limits, 1.0) == Verdict::inconclusive);
  CHECK_THROWS_AS(decide(jjf, 0, {-none, 1}, 0.1), InputError);
  // 10 V in the 20 V range: E = 0.7 mV, U = 0.25 mV, 0.0035 % of reading + 0.0025 % of range. Passes by JJF 1094 and
  // fails with a guard band: the rule must stand on the certificate.
  const double mpe = maximum_permissible_error({0.0035e-2, 0.0025e-2, 0}, 10, 20);
  CHECK(mpe == Approx(0.85e-3).epsilon(1e-12));
  CHECK(decide(jjf, 0.7e-3, symmetric_limits(mpe), 0.25e-3) == Verdict::pass);
  CHECK(decide(guarded, 0.7e-3, symmetric_limits(mpe), 0.25e-3) == Verdict::fail);
}

TEST_CASE("boundaries belong to the better verdict, except the outer one of JJF 1094") {
  const PermissibleLimits limits{-1, 1};
  CHECK(decide(simple, 1, limits, 0.1) == Verdict::pass);
  CHECK(decide(simple, -1, limits, 0.1) == Verdict::pass);
  CHECK(decide(guarded, 0.9, limits, 0.1) == Verdict::pass);
  CHECK(decide(guarded, -0.9, limits, 0.1) == Verdict::pass);
  CHECK(decide(non_binary, 0.9, limits, 0.1) == Verdict::pass);
  CHECK(decide(non_binary, 1, limits, 0.1) == Verdict::conditional_pass);
  CHECK(decide(non_binary, 1.1, limits, 0.1) == Verdict::conditional_fail);
  CHECK(decide(non_binary, 1.11, limits, 0.1) == Verdict::fail);
  // Decimals that are equal on paper: 10.3 - 10 is 0.3 and a little in binary, 0.3/3 is less than 0.1.
  REQUIRE(10.3 - 10 > 0.3);
  CHECK(decide(simple, 10.3 - 10, symmetric_limits(0.3), 0.01) == Verdict::pass);
  REQUIRE(0.3 / 3 < 0.1);
  CHECK(decide(jjf, 0.3, symmetric_limits(0.3), 0.1) == Verdict::pass);
  REQUIRE(0.3 - 0.1 < 0.2);
  CHECK(decide(guarded, 0.2, symmetric_limits(0.3), 0.1) == Verdict::pass);
  // But a millionth beyond is beyond.
  CHECK(decide(simple, 0.3000003, symmetric_limits(0.3), 0.01) == Verdict::fail);
}

TEST_CASE("verdicts are taken before rounding") {
  // E = 0.10048 with U = 0.012 is printed as 0.100: the printed error would pass a limit of 0.1, the error does not.
  const double error = 0.10048;
  const double U = 0.012;
  const double printed = std::stod(etalon::base::round_result(error, U).value);
  REQUIRE(printed == 0.1);
  CHECK(decide(simple, printed, symmetric_limits(0.1), U) == Verdict::pass);
  CHECK(decide(simple, error, symmetric_limits(0.1), U) == Verdict::fail);
}

TEST_CASE("a larger guard band never makes a verdict better") {
  for (double error = -2; error <= 2; error += 0.01) {
    bool passed = true;
    for (double r : {0.0, 0.5, 0.83, 1.0, 1.5}) {
      const bool passes = decide({RuleKind::guard_band, r}, error, {-1, 1}, 0.3) == Verdict::pass;
      CHECK((passed || !passes));
      passed = passes;
    }
    CHECK((decide({RuleKind::guard_band, 0}, error, {-1, 1}, 0.3) == decide(simple, error, {-1, 1}, 0.3)));
    CHECK(decide(non_binary, error, {-1, 1}, 0.3) == decide(non_binary, -error, {-1, 1}, 0.3));
  }
}

TEST_CASE("the rule of ISO 14253-1 is a guard band of 0.83 U") {
  const DecisionRule rule = parse_decision_rule("ISO 14253-1");
  CHECK(rule.kind == RuleKind::guard_band);
  CHECK(rule.guard_band_ratio == 0.83);
}

TEST_CASE("rules by name") {
  for (const char* name : {"simple acceptance", "guard band", "guard band 0.83", "non-binary", "JJF 1094"}) {
    CHECK(to_string(parse_decision_rule(name)) == name);
  }
  CHECK(parse_decision_rule("Simple_Acceptance").kind == RuleKind::simple_acceptance);
  CHECK(parse_decision_rule("jjf  1094-2002").kind == RuleKind::jjf_1094);
  CHECK(parse_decision_rule("guard-band 0.5").guard_band_ratio == 0.5);
  for (const char* name : {"", "shared risk", "guard band x", "guard band -1", "guard band nan", "guard band 1 2"}) {
    CHECK_THROWS_WITH(parse_decision_rule(name), Catch::Contains("expected 'simple acceptance', 'guard band'"));
  }
}

TEST_CASE("rules and verdicts have texts in both languages") {
  for (const DecisionRule& rule : {simple, guarded, non_binary, jjf, DecisionRule{RuleKind::guard_band, 0.83}}) {
    const etalon::base::LocalText text = decision_rule_text(rule);
    CHECK_FALSE(text.en.empty());
    CHECK_FALSE(text.zh.empty());
  }
  CHECK_THAT(decision_rule_text({RuleKind::guard_band, 0.83}).en, Catch::Contains("w = 0.83 U"));
  CHECK(verdict_text(Verdict::inconclusive).zh == "待定");
  CHECK(to_string(Verdict::conditional_pass) == "conditional_pass");
}

TEST_CASE("decisions refuse numbers that are none") {
  const double nan = std::nan("");
  CHECK_THROWS_AS(decide(simple, nan, {-1, 1}, 0.1), InputError);
  CHECK_THROWS_AS(decide(simple, 0, {-1, 1}, nan), InputError);
  CHECK_THROWS_AS(decide(simple, 0, {-1, 1}, -0.1), InputError);
  CHECK_THROWS_AS(decide(simple, 0, {1, -1}, 0.1), InputError);
  CHECK_THROWS_AS(decide(simple, 0, {nan, 1}, 0.1), InputError);
  CHECK_THROWS_AS(decide(simple, 0, {}, 0.1), InputError);
  CHECK_THROWS_AS(decide({RuleKind::guard_band, -1}, 0, {-1, 1}, 0.1), InputError);
  CHECK_THROWS_AS(symmetric_limits(-1), InputError);
  CHECK_THROWS_AS(conformance_probability(0, {-1, 1}, 0), InputError);
}

TEST_CASE("maximum permissible error") {
  // 10 V range of a 34461A, 1 year: 35 ppm of reading + 5 ppm of range.
  CHECK(maximum_permissible_error({35e-6, 5e-6, 0}, 10, 10) == Approx(400e-6).epsilon(1e-14));
  CHECK(maximum_permissible_error({35e-6, 5e-6, 0}, -10, 10) == Approx(400e-6).epsilon(1e-14));
  CHECK(maximum_permissible_error({35e-6, 5e-6, 0}, 0, 10) == Approx(50e-6).epsilon(1e-14));
  CHECK(maximum_permissible_error({0.005, 0, 0.0003}, 0.1, 0) == Approx(0.0008).epsilon(1e-14));
  CHECK_THROWS_AS(maximum_permissible_error({-1e-6, 5e-6, 0}, 1, 1), InputError);
  CHECK_THROWS_AS(maximum_permissible_error({35e-6, 0, 0}, 0, 10), InputError);
  CHECK_THROWS_AS(maximum_permissible_error({35e-6, 5e-6, 0}, std::nan(""), 10), InputError);
}
