// Verdict and acceptance limit of an evaluated point are two words for one decision.
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "calibration/conformity/conformity_statement.h"
#include "tests/calibration/evaluation/written_run.h"

using namespace etalon;
using namespace etalon::calibration;
using acquisition::RunRecord;
using tests::point_of;
using tests::written_run;
using tests::WrittenPoint;

namespace {

std::string procedure_with_rule(const std::string& rule) {
  return tests::with(tests::procedure_text(), "rule = \"JJF 1094\"", "rule = \"" + rule + "\"");
}

void set_limits(RunRecord& run, const std::function<double(std::size_t)>& limit) {
  for (std::size_t p = 0; p < run.plan.points.size(); ++p)
    run.plan.points[p].limit = {0, 0, limit(p), "test"};
}

}  // namespace

TEST_CASE("where U is a third of the limit, limit and verdict agree however the doubles fall") {
  int beyond_a_third = 0;
  int points = 0;
  for (int n = 1; points < 1999; ++n) {
    const auto spread = [&](const auto& p) { return (1e-6 + 7.3e-8 * n) * p.range; };
    const auto first = evaluate(written_run([&](const auto& p) { return WrittenPoint{0, spread(p)}; }));
    // Errors between MPE - U and MPE, where the two ways to read the rule differ.
    RunRecord run = written_run([&](const auto& p) {
      const auto& known = point_of(first, p.id);
      return WrittenPoint{2.5 * known.decision_expanded_uncertainty - known.error.value, spread(p)};
    });
    const auto second = evaluate(run);
    set_limits(run, [&](std::size_t p) { return 3 * second.points[p].decision_expanded_uncertainty; });
    for (const EvaluatedPoint& point : evaluate(run).points) {
      INFO(n << " " << point.point.id);
      ++points;
      const double U = point.decision_expanded_uncertainty;
      if (!(U <= point.mpe / 3)) ++beyond_a_third;
      REQUIRE(point.error.value > point.mpe - U);
      CHECK(point.verdict == Verdict::pass);
      REQUIRE(point.acceptance_limit);
      CHECK(*point.acceptance_limit == point.mpe);
    }
  }
  CHECK(beyond_a_third > 10);
}

TEST_CASE("an error on the acceptance limit passes, one beyond it does not, by every rule") {
  for (const std::string rule : {"simple acceptance", "guard band", "guard band 0.83", "non-binary", "JJF 1094"}) {
    INFO(rule);
    RunRecord run = written_run(
        [](const auto& p) {
          return WrittenPoint{1e-5 * p.range, 1e-6 * p.range};
        },
        "2026-06-01", procedure_with_rule(rule));
    const auto first = evaluate(run);
    const double ratio = rule == "simple acceptance" ? 0 : rule == "guard band 0.83" ? 0.83 : 1;
    // JJF 1094 with U above a third of the limit: as a guard band.
    for (const double off : {-1e-3, -1e-15, 0.0, 1e-15, 1e-3}) {
      INFO(off);
      set_limits(run, [&](std::size_t p) {
        const auto& point = first.points[p];
        const double band = ratio * point.decision_expanded_uncertainty;
        return (std::fabs(point.error.value) + band) * (1 + off);
      });
      for (const EvaluatedPoint& point : evaluate(run).points) {
        if (rule == "JJF 1094" && 3 * point.decision_expanded_uncertainty < point.mpe * (1 + 1e-9)) continue;
        INFO(point.point.id << " E " << point.error.value << " MPE " << point.mpe);
        const bool passes = point.verdict == Verdict::pass;
        CHECK(passes == (off > -1e-4));
        const double size = std::fabs(point.error.value);
        REQUIRE(point.acceptance_limit);
        if (off > 1e-4) CHECK(size < *point.acceptance_limit);
        if (off < -1e-4) CHECK(size > *point.acceptance_limit);
      }
    }
  }
}

TEST_CASE("with a k that a dominant rectangle made small the rules get 2 U/k, as in etalon conformity") {
  RunRecord run = written_run([](const auto&) { return WrittenPoint{0, 0}; });
  const auto first = evaluate(run);
  const auto& before = point_of(first, "10 V / 0 V (short)");
  REQUIRE(before.error.coverage_factor < 1.7);
  const double two_u = 2 * before.error.standard_uncertainty;
  CHECK(before.decision_expanded_uncertainty == Approx(two_u).epsilon(1e-14));
  // Above three U and below three times two u: by JJF 1094 not the same case.
  const double limit = 1.5 * (before.error.expanded_uncertainty + two_u);
  run = written_run([&](const auto&) { return WrittenPoint{0.99 * limit, 0}; });
  set_limits(run, [&](std::size_t) { return limit; });
  const auto& point = point_of(evaluate(run), "10 V / 0 V (short)");
  CHECK(point.verdict == Verdict::inconclusive);
  REQUIRE(point.acceptance_limit);
  CHECK(*point.acceptance_limit == Approx(limit - two_u).epsilon(1e-12));
  ConformityQuestion question;
  question.value = point.error.value;
  question.expanded_uncertainty = point.error.expanded_uncertainty;
  question.coverage_factor = point.error.coverage_factor;
  question.limits = symmetric_limits(limit);
  question.rules = {{RuleKind::jjf_1094, 1}};
  CHECK(state_conformity(question).rules.front().verdict == point.verdict);
}

TEST_CASE("where U leaves nothing of the limits no acceptance limit is stated") {
  for (const std::string rule : {"guard band", "non-binary", "JJF 1094"}) {
    INFO(rule);
    RunRecord run = written_run(
        [](const auto&) {
          return WrittenPoint{0, 0};
        },
        "2026-06-01", procedure_with_rule(rule));
    const auto first = evaluate(run);
    set_limits(run, [&](std::size_t p) { return 0.9 * first.points[p].decision_expanded_uncertainty; });
    const Results results = evaluate(run);
    const auto json = nlohmann::json::parse(results_to_json(results));
    for (std::size_t p = 0; p < results.points.size(); ++p) {
      INFO(results.points[p].point.id);
      CHECK(results.points[p].verdict != Verdict::pass);
      CHECK_FALSE(results.points[p].acceptance_limit);
      CHECK(results.points[p].reported.acceptance_limit.empty());
      CHECK(json["points"][p]["acceptance_limit"].is_null());
    }
  }
}

TEST_CASE("a limit of which nothing can be decided is refused") {
  RunRecord run = written_run([](const auto&) { return WrittenPoint{0, 0}; });
  for (const double limit : {0.0, -1e-6, std::numeric_limits<double>::infinity(), std::nan("")}) {
    INFO(limit);
    set_limits(run, [&](std::size_t) { return limit; });
    CHECK_THROWS_AS(evaluate(run), base::InputError);
  }
}

TEST_CASE("a point of which nothing is uncertain is decided by its error alone") {
  const std::string text = tests::with(
      tests::with(tests::procedure_text(), "error = \"indication + resolution - emf\"", "error = \"indication\""),
      "\"larger\"", "\"both\"");
  RunRecord run = written_run(
      [](const auto&) {
        return WrittenPoint{0, 0};
      },
      "2026-06-01", tests::with(text, "curve                       = \"line\"", "curve = \"none\""));
  const auto& point = point_of(evaluate(run), "10 V / 0 V (short)");
  CHECK(point.error.expanded_uncertainty == 0);
  CHECK(point.verdict == Verdict::pass);
}
