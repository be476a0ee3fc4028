// Whose result is to be trusted, and what double precision cannot tell.
#include "calibration/uncertainty/uncertainty_evaluation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <optional>
#include <string>

#include "base/error.h"
#include "calibration/uncertainty/rounding_floor.h"

using namespace etalon::calibration;
using Catch::Matchers::Contains;

namespace {

UncertaintyProblem problem(const std::string& text) {
  return read_uncertainty_problem(text, "model.toml",
                                  [](const std::string& file) -> std::string { throw etalon::base::InputError(file); });
}

UncertaintyEvaluation evaluated(const std::string& text, bool adaptive = false) {
  UncertaintyOptions options;
  options.trials.trials = 100000;
  options.trials.adaptive = adaptive;
  return evaluate_uncertainty(problem(text), options);
}

std::string notes_of(const UncertaintyEvaluation& evaluation) {
  std::string text = evaluation.second_order_refusals[0];
  for (const std::string& note : evaluation.notes)
    text += note + "\n";
  if (evaluation.monte_carlo) {
    for (const std::string& note : evaluation.monte_carlo->notes)
      text += note + "\n";
  }
  return text;
}

std::string normal(const std::string& name, const std::string& value, const std::string& u) {
  return "[inputs." + name + "]\nvalue = " + value + "\nstandard_uncertainty = " + u + "\n";
}

}  // namespace

TEST_CASE("the result to trust") {
  const auto agreeing = evaluated("[outputs]\ny = \"a + b\"\n" + normal("a", "1", "0.1") + normal("b", "1", "0.1"));
  CHECK(agreeing.trusted[0] == TrustedMethod::gum);
  const auto bent = evaluated("[outputs]\ny = \"a^2\"\nz = \"a\"\n" + normal("a", "0.1", "1"));
  CHECK(bent.trusted[0] == TrustedMethod::monte_carlo);
  CHECK(bent.trusted[1] == TrustedMethod::gum);
  // First order sees nothing at all, and there is no standard deviation to compare either.
  const auto unseen = evaluated("[outputs]\ny = \"a^2\"\n" + normal("a", "0", "1") + "degrees_of_freedom = 1\n");
  CHECK(unseen.gum[0].zero_uncertainty);
  CHECK(unseen.trusted[0] == TrustedMethod::monte_carlo);
  const auto still = evaluated("[outputs]\ny = \"a*2\"\n[inputs.a]\nvalue = 3\n");
  CHECK(still.trusted[0] == TrustedMethod::gum);
  CHECK(notes_of(still).empty());

  UncertaintyOptions one;
  one.trials.trials = 10000;
  one.gum = one.second_order = false;
  const auto model = problem("[outputs]\ny = \"a\"\n" + normal("a", "1", "0.1"));
  CHECK(evaluate_uncertainty(model, one).trusted[0] == TrustedMethod::monte_carlo);
  CHECK(evaluate_uncertainty(problem("[outputs]\ny = \"a\"\n" + normal("a", "1e15", "0.1")), one).trusted[0] ==
        TrustedMethod::none);
  one.monte_carlo = false;
  one.second_order = true;
  CHECK(evaluate_uncertainty(model, one).trusted[0] == TrustedMethod::none);
}

TEST_CASE("rounding is not a disagreement") {
  const std::string one_identity =
      "[outputs]\ny = \"a - b\"\n[inputs.a]\nvalue = 1.234567\nstandard_uncertainty = 0.1\nunit = \"mV\"\n"
      "identity = \"the source\"\n[inputs.b]\nvalue = 1234.567\nstandard_uncertainty = 100\nunit = \"uV\"\n"
      "identity = \"the source\"\n";
  const std::string two_values =
      "[outputs]\ny = \"a - b\"\n[inputs.a]\nvalue = 1\nstandard_uncertainty = 0.1\nidentity = \"s\"\n"
      "[inputs.b]\nvalue = 1\nstandard_uncertainty = 0.1\nidentity = \"s\"\n";
  for (const std::string& text :
       {one_identity, two_values, "[outputs]\ny = \"a + 1e9 - 1e9 - a\"\n" + normal("a", "0.3", "0.1"),
        "[outputs]\ny = \"a - b\"\n" + normal("a", "1e15", "0.1") + normal("b", "1e15", "0.1"),
        "[outputs]\ny = \"f\"\n" + normal("f", "429228004229873.2", "0.0005"),
        "[outputs]\ny = \"solve(x^3 - a, for = x, start = 1) - a^(1/3)\"\n" + normal("a", "8", "0.01")}) {
    INFO(text);
    const UncertaintyEvaluation found = evaluated(text);
    CHECK(found.trusted[0] == TrustedMethod::gum);
    CHECK_FALSE(found.validation[0]);
    CHECK_FALSE(found.second_order_validation[0]);
  }
  const UncertaintyEvaluation large =
      evaluated("[outputs]\ny = \"a - b\"\n" + normal("a", "1e15", "0.1") + normal("b", "1e15", "0.1"));
  CHECK(large.gum[0].standard_uncertainty == Approx(0.1 * std::sqrt(2.0)));
  CHECK_FALSE(large.monte_carlo_meaningful[0]);
  CHECK_THAT(notes_of(large), Contains("resolution of double precision") && Contains("nominal value"));
  CHECK_THAT(notes_of(evaluated("[outputs]\ny = \"f\"\n" + normal("f", "429228004229873.2", "0.0005"))),
             Contains("resolution of double precision"));
  CHECK(evaluated(one_identity).second_order[0].standard_uncertainty == 0);

  // Nothing of this where the numbers are fine enough.
  const UncertaintyEvaluation fine =
      evaluated("[outputs]\ny = \"a - b\"\n" + normal("a", "1e6", "1e-5") + normal("b", "1e6", "1e-5"));
  CHECK(fine.monte_carlo_meaningful[0]);
  REQUIRE(fine.validation[0]);
  CHECK(fine.validation[0]->gum_valid);
  CHECK(notes_of(fine).empty());
}

TEST_CASE("the rounding floor counts what cancels") {
  constexpr double eps = 0x1p-52;
  const auto floor_of = [](const std::string& text) {
    const UncertaintyProblem one = problem(text);
    return rounding_floors(one.model.compile(0).list, one.joint.inputs).at(0);
  };
  // Two inputs and their difference: 8*eps*(|a| + 3u + |b| + 3u + |y|).
  CHECK(floor_of("[outputs]\ny = \"a - b\"\n" + normal("a", "100", "1") + normal("b", "50", "1")) ==
        Approx(8 * eps * (100 + 50 + 50 + 6)).epsilon(0.01));
  CHECK(floor_of("[outputs]\ny = \"a + 1e9 - 1e9\"\n" + normal("a", "1", "0.1")) ==
        Approx(8 * eps * 1e9).epsilon(0.01));
  CHECK(floor_of("[outputs]\ny = \"1e-9*a\"\n" + normal("a", "1", "0.1")) < 1e-23);
}

TEST_CASE("squares that vanish or overflow are never a zero") {
  for (const char* u : {"1e-170", "3e-155", "1e155", "1e170"}) {
    for (const bool adaptive : {false, true}) {
      INFO(u << " " << adaptive);
      const UncertaintyEvaluation found = evaluated(
          std::string("[outputs]\ny = \"a + b\"\nd = \"a\"\n") + normal("a", "0", u) + normal("b", u, u), adaptive);
      const double size = std::stod(u);
      CHECK(found.gum[0].standard_uncertainty == Approx(size * std::sqrt(2.0)).epsilon(1e-12).margin(0));
      CHECK(found.correlation(0, 1) == Approx(1 / std::sqrt(2.0)));
      CHECK(found.second_order.empty());
      CHECK_THAT(found.second_order_refusals[0], Contains("another unit"));
      const MonteCarloOutput& output = found.monte_carlo->outputs[0];
      CHECK((std::isnan(output.standard_uncertainty) ||
             output.standard_uncertainty == Approx(size * std::sqrt(2.0)).epsilon(0.02).margin(0)));
      CHECK(output.symmetric.length() == Approx(3.92 * size * std::sqrt(2.0)).epsilon(0.05).margin(0));
      if (std::isnan(output.standard_uncertainty)) CHECK_THAT(notes_of(found), Contains("choose another unit"));
    }
  }
}

TEST_CASE("an angle at ±π is drawn on the branch of its estimate") {
  const std::string b = "[inputs.b]\nvalue = -1\n";
  const UncertaintyEvaluation wraps = evaluated("[outputs]\ny = \"atan2(a, b)\"\n" + normal("a", "0", "0.01") + b);
  CHECK(wraps.trusted[0] == TrustedMethod::gum);
  CHECK(wraps.validation[0]->agreement == Agreement::agree);
  CHECK(wraps.monte_carlo->outputs[0].mean == Approx(std::acos(-1.0)).margin(1e-4));
  CHECK(notes_of(wraps).empty());
  const UncertaintyEvaluation away = evaluated("[outputs]\ny = \"atan2(a, b)\"\n" + normal("a", "1", "0.01") + b);
  CHECK(notes_of(away).empty());
}

TEST_CASE("the same bits of an angle on its branch with every instruction set") {
  const auto one =
      problem("[outputs]\ny = \"atan2(a, b)*atan(a/b)\"\n" + normal("a", "0.1", "0.05") + normal("b", "-1", "0.1"));
  UncertaintyOptions options;
  options.trials.trials = 20000;
  std::optional<MonteCarloOutput> first;
  for (const InstructionSet set : {InstructionSet::sse2, InstructionSet::avx2, InstructionSet::avx512}) {
    if (!is_available(set)) continue;
    options.trials.instruction_set = set;
    options.until_decided = false;
    const MonteCarloOutput found = evaluate_uncertainty(one, options).monte_carlo->outputs[0];
    if (!first) first = found;
    CHECK(found.mean == first->mean);
    CHECK(found.symmetric.lower == first->symmetric.lower);
    CHECK(found.shortest.upper == first->shortest.upper);
  }
}

TEST_CASE("a correlation that the distributions do not allow is named once and not contradicted") {
  const std::string text =
      "[outputs]\ny = \"a + b\"\n[inputs.a]\nvalue = 1\nhalf_width = 1\n"
      "[inputs.b]\nvalue = 1\ndistribution = \"exponential\"\n[[correlations]]\ninputs = [\"a\", \"b\"]\ncoefficient "
      "= ";
  CHECK_THAT(notes_of(evaluated(text + "0.9\n")),
             Contains("uses 0.866") && Contains("correlations named above") && !Contains("has the stated"));
  CHECK_THAT(notes_of(evaluated(text + "0.5\n")), Contains("has the stated correlations"));
}

TEST_CASE("a mean and a standard deviation that do not exist are not given without a word") {
  const std::string zero = normal("a", "0", "1") + normal("b", "0", "1");
  CHECK_THAT(notes_of(evaluated("[outputs]\ny = \"a/(b + 1e-9)\"\n" + zero)),
             Contains("y: a few far Monte Carlo trials"));
  // Heavy tails that have a standard deviation, and bent models, are no such case.
  CHECK(notes_of(evaluated("[outputs]\ny = \"a^2\"\n" + zero)).find("far Monte") == std::string::npos);
  CHECK(notes_of(evaluated("[outputs]\ny = \"a\"\n" + normal("a", "0", "1") + "degrees_of_freedom = 3\n"))
            .find("far Monte") == std::string::npos);
}
