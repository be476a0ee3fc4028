// A result with its components as an input of a further model: the two models one after the other are the whole model.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>

#include "base/error.h"
#include "calibration/uncertainty/model_file.h"
#include "calibration/uncertainty/uncertain_number.h"
#include "calibration/uncertainty/uncertainty_evaluation.h"

using namespace etalon;
using namespace etalon::calibration;
using Catch::Matchers::Contains;

namespace {

InputQuantity input(InputQuantity quantity, const std::string& name, const std::string& identity = "") {
  quantity.name = name;
  quantity.identity = identity.empty() ? name : identity;
  return quantity;
}

// Through the text of a file, under another name.
InputQuantity loaded(const std::vector<UncertainNumber>& numbers, const std::string& quantity,
                     const std::string& name = "") {
  for (const UncertainNumber& number : uncertain_numbers_from_json(to_json(numbers), "numbers.json")) {
    if (number.name != quantity) continue;
    InputQuantity result = to_input(number);
    result.name = name.empty() ? quantity : name;
    return result;
  }
  throw std::logic_error("no " + quantity);
}

std::vector<UncertainNumber> numbers_of(const MeasurementModel& model, const std::vector<BudgetResult>& results) {
  std::vector<UncertainNumber> numbers;
  for (std::size_t k = 0; k < results.size(); ++k)
    numbers.push_back(to_uncertain_number(results[k], model.output_units()[k]));
  return numbers;
}

std::vector<UncertainNumber> numbers_of(const MeasurementModel& model, const std::vector<InputQuantity>& inputs) {
  return numbers_of(model, evaluate_budget(model, inputs));
}

void check_same(const BudgetResult& chained, const BudgetResult& whole) {
  const double u = whole.standard_uncertainty;
  CHECK(chained.value == Approx(whole.value).epsilon(1e-13));
  CHECK(chained.standard_uncertainty == Approx(u).epsilon(1e-11));
  if (std::isinf(whole.effective_degrees_of_freedom)) {
    CHECK(std::isinf(chained.effective_degrees_of_freedom));
  } else {
    CHECK(chained.effective_degrees_of_freedom == Approx(whole.effective_degrees_of_freedom).epsilon(1e-9));
  }
  CHECK(chained.expanded_uncertainty == Approx(whole.expanded_uncertainty).epsilon(1e-9));
  std::map<std::string, double> both;
  for (const auto& [identity, part] : whole.components)
    both[identity] += part.contribution;
  for (const auto& [identity, part] : chained.components) {
    both[identity] -= part.contribution;
    const auto other = whole.components.find(identity);
    if (other == whole.components.end()) continue;
    CHECK(part.degrees_of_freedom == other->second.degrees_of_freedom);
    CHECK(part.ensemble == other->second.ensemble);
  }
  for (const auto& [identity, difference] : both) {
    INFO(identity);
    CHECK(std::fabs(difference) < 1e-11 * u);
  }
  double shares = 0;
  for (const BudgetLine& line : chained.lines)
    shares += line.variance_share;
  CHECK(shares == Approx(1).epsilon(1e-10));
}

}  // namespace

TEST_CASE("two models one after the other, through a file, give what the whole model gives") {
  std::mt19937_64 random(20240611);
  std::uniform_real_distribution<double> uniform(0.5, 2);
  struct Split {
    std::string p, q, y, z;
  };
  const std::vector<Split> splits{
      {"a + b - c", "b*c/d", "p - q + c", "p*q*a"},
      {"a*exp(b - c)", "sqrt(b^2 + d)", "p/q + e", "(p + q)^2 - 3*a*e"},
      {"a", "a + b", "q - p", "p*q*c*e*a"},
      {"a*b", "c*d", "p*sin(q) + e*c", "log(p + q)/a"},
  };
  for (const Split& split : splits) {
    for (int round = 0; round < 25; ++round) {
      const std::vector<std::string> names{"a", "b", "c", "d", "e"};
      std::vector<InputQuantity> inputs;
      for (std::size_t i = 0; i < names.size(); ++i) {
        const double nu = (round + static_cast<int>(i)) % 3 == 0 ? 4 + static_cast<double>(i) : infinite;
        inputs.push_back(
            input(from_standard_uncertainty(uniform(random), 0.01 * uniform(random), nu), names[i], "the " + names[i]));
      }
      // b and d are correlated in every other round; then they count once.
      BudgetOptions options;
      options.dominance = DominanceRule::none;
      options.correlation = Eigen::MatrixXd::Identity(5, 5);
      if (round % 2 == 1) options.correlation(1, 3) = options.correlation(3, 1) = uniform(random) - 1.25;
      INFO("y = " << split.y << ", z = " << split.z << ", round " << round);

      const MeasurementModel whole({{"y", split.y}, {"z", split.z}}, names, {{"p", split.p}, {"q", split.q}});
      const std::vector<BudgetResult> expected = evaluate_budget(whole, inputs, options);

      const MeasurementModel first({{"p", split.p}, {"q", split.q}}, names);
      const std::vector<UncertainNumber> numbers = numbers_of(first, evaluate_budget(first, inputs, options));
      const MeasurementModel second({{"y", split.y}, {"z", split.z}}, {"a", "c", "e", "p", "q"});
      BudgetOptions plain;
      plain.dominance = DominanceRule::none;
      const std::vector<BudgetResult> chained =
          evaluate_budget(second, {inputs[0], loaded(numbers, "p"), inputs[2], loaded(numbers, "q"), inputs[4]}, plain);
      check_same(chained[0], expected[0]);
      check_same(chained[1], expected[1]);
      CHECK(covariance(chained[0], chained[1]) == Approx(covariance(expected[0], expected[1])).epsilon(1e-9));
      // And `propagate`, which knows nothing of budgets.
      std::vector<UncertainNumber> given = numbers;
      for (const std::size_t i : {0, 2, 4}) {
        const InputQuantity& one = inputs[i];
        given.push_back(
            {one.name, "", one.estimate, {{one.identity, {one.standard_uncertainty, one.degrees_of_freedom}}}});
      }
      const std::vector<UncertainNumber> further = propagate(second, given);
      CHECK(standard_uncertainty(further[0]) == Approx(expected[0].standard_uncertainty).epsilon(1e-11));
      CHECK(effective_degrees_of_freedom(further[1]) == (std::isinf(expected[1].effective_degrees_of_freedom)
                                                             ? Approx(infinite)
                                                             : Approx(expected[1].effective_degrees_of_freedom)));
    }
  }
}

TEST_CASE("second order with loaded inputs is second order with their covariance") {
  // y = p q; for normal inputs u^2 = (q u_p)^2 + (p u_q)^2 + 2 p q cov + u_p^2 u_q^2 + cov^2.
  const MeasurementModel first({{"p", "a + b"}, {"q", "a - 2*b"}}, {"a", "b"});
  const std::vector<UncertainNumber> numbers = numbers_of(
      first, {input(from_standard_uncertainty(1, 0.2), "a"), input(from_standard_uncertainty(0.3, 0.1), "b")});
  UncertaintyProblem problem{"", 0.95, MeasurementModel({{"y", "p*q"}}, {"p", "q"}), {}};
  problem.joint.inputs = {loaded(numbers, "p"), loaded(numbers, "q")};
  UncertaintyOptions options;
  options.trials.trials = 400'000;
  const UncertaintyEvaluation result = evaluate_uncertainty(problem, options);
  const double p = 1.3, q = 0.4;
  const double up2 = 0.04 + 0.01, uq2 = 0.04 + 4 * 0.01, cov = 0.04 - 2 * 0.01;
  const double first_order = q * q * up2 + p * p * uq2 + 2 * p * q * cov;
  CHECK(result.gum.at(0).standard_uncertainty == Approx(std::sqrt(first_order)).epsilon(1e-13));
  const double exact = std::sqrt(first_order + up2 * uq2 + cov * cov);
  CHECK(result.second_order.at(0).standard_uncertainty == Approx(exact).epsilon(1e-12));
  CHECK(result.second_order.at(0).bias == Approx(cov).epsilon(1e-12));
  REQUIRE(result.monte_carlo);
  CHECK(result.monte_carlo->outputs.at(0).standard_uncertainty == Approx(exact).epsilon(0.005));
  CHECK(result.monte_carlo->outputs.at(0).mean == Approx(p * q + cov).margin(0.002));
  REQUIRE(result.notes.size() == 1);
  CHECK_THAT(result.notes[0], Contains("p, q have in common") && Contains("'a', 'b'"));
}

TEST_CASE("siblings: what they share cancels in their difference, in Monte Carlo too") {
  const std::vector<InputQuantity> inputs{input(from_certificate(100, 2, CoverageFactor{2}), "standard"),
                                          input(from_standard_uncertainty(0.1, 0.003, 9), "first", "noise 1"),
                                          input(from_standard_uncertainty(0.2, 0.004, 9), "second", "noise 2")};
  const MeasurementModel first({{"E_1", "standard + first"}, {"E_2", "standard + second"}},
                               {"standard", "first", "second"});
  const std::vector<UncertainNumber> numbers = numbers_of(first, inputs);
  UncertaintyProblem problem{
      "",
      0.95,
      MeasurementModel({{"difference", "E_2 - E_1"}, {"nothing", "E_1 - again"}}, {"E_1", "E_2", "again"}),
      {}};
  problem.joint.inputs = {loaded(numbers, "E_1"), loaded(numbers, "E_2"), loaded(numbers, "E_1", "again")};
  UncertaintyOptions options;
  options.trials.trials = 200'000;
  const UncertaintyEvaluation result = evaluate_uncertainty(problem, options);

  const BudgetResult& difference = result.gum.at(0);
  CHECK(difference.value == Approx(0.1));
  CHECK(difference.standard_uncertainty == Approx(0.005).epsilon(1e-12));
  CHECK(difference.components.count("standard") == 0);
  const double share = 9.0 / 25;
  CHECK(difference.effective_degrees_of_freedom ==
        Approx(9 / (share * share + (1 - share) * (1 - share))).epsilon(1e-9));
  // By input: each alone is uncertain by 1, and the correlation takes it away again.
  CHECK(difference.lines.at(1).standard_uncertainty == Approx(std::hypot(1, 0.004)));
  CHECK(difference.lines.at(0).variance_share + difference.lines.at(1).variance_share == Approx(1).epsilon(1e-6));
  REQUIRE(result.monte_carlo);
  // t with 9 degrees of freedom: its standard deviation is u*sqrt(9/7).
  CHECK(result.monte_carlo->outputs.at(0).standard_uncertainty == Approx(0.005 * std::sqrt(9.0 / 7)).epsilon(0.01));

  // The same quantity read twice is not two.
  CHECK(result.gum.at(1).standard_uncertainty == 0);
  CHECK(result.gum.at(1).zero_uncertainty);
  CHECK(result.monte_carlo->outputs.at(1).standard_uncertainty == 0);
  CHECK(result.second_order.at(1).standard_uncertainty == Approx(0).margin(1e-7));
}

TEST_CASE("an input of the model that has a component's identity is that quantity, with its distribution") {
  const InputQuantity reference = input(from_limits(10, 0.3, Distribution::rectangular), "x", "the reference");
  const MeasurementModel first({{"p", "x + e"}}, {"x", "e"});
  const std::vector<UncertainNumber> numbers =
      numbers_of(first, {reference, input(from_standard_uncertainty(0, 0.001), "e")});
  UncertaintyProblem problem{"", 0.95, MeasurementModel({{"y", "p - r"}, {"sum", "p + 2*r"}}, {"r", "p"}), {}};
  problem.joint.inputs = {reference, loaded(numbers, "p")};
  problem.joint.inputs[0].name = "r";
  UncertaintyOptions options;
  options.trials.trials = 200'000;
  const UncertaintyEvaluation result = evaluate_uncertainty(problem, options);
  CHECK(result.gum.at(0).standard_uncertainty == Approx(0.001).epsilon(1e-12));
  CHECK(result.gum.at(1).standard_uncertainty == Approx(std::hypot(0.9 / std::sqrt(3.0), 0.001)).epsilon(1e-12));
  // A rectangle dominates: k = p*sqrt(3).
  CHECK(result.gum.at(1).coverage_factor == Approx(0.95 * std::sqrt(3.0)).epsilon(1e-3));
  REQUIRE(result.monte_carlo);
  CHECK(result.monte_carlo->outputs.at(0).standard_uncertainty == Approx(0.001).epsilon(0.01));
  CHECK(result.monte_carlo->outputs.at(1).symmetric.upper == Approx(30 + 0.9 * 0.95).epsilon(1e-3));
  REQUIRE(result.notes.size() == 1);
  CHECK_THAT(result.notes[0], Contains("r, p have in common") && Contains("'the reference'"));
}

TEST_CASE("Monte Carlo of the chain draws what the whole model draws") {
  const std::vector<InputQuantity> inputs{input(from_standard_uncertainty(2, 0.1), "a"),
                                          input(from_standard_uncertainty(1, 0.2, 6), "b"),
                                          input(from_standard_uncertainty(3, 0.1, 12), "c")};
  const auto evaluated = [](const MeasurementModel& model, const std::vector<InputQuantity>& given) {
    UncertaintyProblem problem{"", 0.95, model, {}};
    problem.joint.inputs = given;
    UncertaintyOptions options;
    options.trials.trials = 500'000;
    return evaluate_uncertainty(problem, options);
  };
  // Linear first models: their results have no other distribution than their components say.
  const MeasurementModel first({{"p", "a + b"}, {"q", "b - 2*c"}}, {"a", "b", "c"});
  const std::vector<UncertainNumber> numbers = numbers_of(first, inputs);
  const UncertaintyEvaluation chained = evaluated(MeasurementModel({{"y", "p*q"}, {"z", "p + q"}}, {"p", "q"}),
                                                  {loaded(numbers, "p"), loaded(numbers, "q")});
  const UncertaintyEvaluation whole =
      evaluated(MeasurementModel({{"y", "(a + b)*(b - 2*c)"}, {"z", "a + 2*b - 2*c"}}, {"a", "b", "c"}), inputs);
  REQUIRE(chained.monte_carlo);
  REQUIRE(whole.monte_carlo);
  for (std::size_t k = 0; k < 2; ++k) {
    const MonteCarloOutput& a = chained.monte_carlo->outputs.at(k);
    const MonteCarloOutput& b = whole.monte_carlo->outputs.at(k);
    const double u = b.standard_uncertainty;
    CHECK(a.standard_uncertainty == Approx(u).epsilon(0.01));
    CHECK(std::fabs(a.mean - b.mean) < 0.01 * u);
    CHECK(std::fabs(a.symmetric.lower - b.symmetric.lower) < 0.03 * u);
    CHECK(std::fabs(a.symmetric.upper - b.symmetric.upper) < 0.03 * u);
  }
  CHECK(chained.monte_carlo->correlation(0, 1) == Approx(whole.monte_carlo->correlation(0, 1)).margin(0.01));
  REQUIRE_FALSE(chained.monte_carlo->notes.empty());
  CHECK_THAT(chained.monte_carlo->notes.back(), Contains("'p', 'q'") && Contains("once a trial"));
  CHECK(whole.monte_carlo->notes.empty());
}

TEST_CASE("a component with too few degrees of freedom has no standard deviation, in any input that has it") {
  const std::vector<UncertainNumber> numbers{{"p", "", 1, {{"few", {0.1, 2}}, {"many", {0.1, infinite}}}},
                                             {"q", "", 1, {{"many", {0.1, infinite}}}}};
  UncertaintyProblem problem{"", 0.95, MeasurementModel({{"y", "p"}, {"z", "q"}}, {"p", "q"}), {}};
  problem.joint.inputs = {loaded(numbers, "p"), loaded(numbers, "q")};
  UncertaintyOptions options;
  options.trials.trials = 20'000;
  const UncertaintyEvaluation result = evaluate_uncertainty(problem, options);
  CHECK(std::isnan(result.monte_carlo->outputs.at(0).standard_uncertainty));
  CHECK(result.monte_carlo->outputs.at(1).standard_uncertainty == Approx(0.1).epsilon(0.05));
}

TEST_CASE("quantities read together still count once when they come from a file") {
  const MeasurementModel first({{"R", "v/i"}, {"P", "v*i"}}, {"v", "i"});
  const std::vector<InputQuantity> inputs{input(from_readings({5.01, 4.99, 5.02, 4.98, 5.0}), "v"),
                                          input(from_readings({1.001, 1.002, 0.998, 0.999, 1.0}), "i")};
  BudgetOptions options;
  options.correlation = Eigen::Matrix2d{{1, 0.3}, {0.3, 1}};
  const std::vector<BudgetResult> results = evaluate_budget(first, inputs, options);
  CHECK(results[0].effective_degrees_of_freedom == Approx(4));
  const std::vector<UncertainNumber> numbers = numbers_of(first, results);
  CHECK(effective_degrees_of_freedom(numbers[0]) == Approx(4));
  const std::vector<BudgetResult> further =
      evaluate_budget(MeasurementModel({{"y", "R + 2*P"}}, {"R", "P"}), {loaded(numbers, "R"), loaded(numbers, "P")});
  CHECK(further[0].effective_degrees_of_freedom == Approx(4));
  CHECK(further[0].correlated_degrees_of_freedom);
  CHECK(further[0].components.at("v").ensemble == "v");
  CHECK(further[0].components.at("i, part independent of v (r = 0.3)").ensemble == "v");

  // One chi^2 for both: the t of the sum has 4 degrees of freedom.
  UncertaintyProblem problem{"", 0.95, MeasurementModel({{"y", "R + 2*P"}}, {"R", "P"}), {}};
  problem.joint.inputs = {loaded(numbers, "R"), loaded(numbers, "P")};
  UncertaintyOptions trials;
  trials.trials.trials = 400'000;
  const UncertaintyEvaluation drawn = evaluate_uncertainty(problem, trials);
  CHECK(drawn.monte_carlo->outputs.at(0).standard_uncertainty ==
        Approx(further[0].standard_uncertainty * std::sqrt(2.0)).epsilon(0.03));
  CHECK(drawn.monte_carlo->outputs.at(0).symmetric.length() ==
        Approx(2 * 2.7764451 * further[0].standard_uncertainty).epsilon(0.01));
}

TEST_CASE("what does not go together is refused") {
  const MeasurementModel model({{"y", "p + b"}}, {"p", "b"});
  const std::vector<UncertainNumber> numbers{
      {"p", "", 1, {{"q", {0.1, 5}}, {"b, part independent of a", {0.1, infinite}}}},
      {"other", "", 1, {{"b, part independent of c", {0.1, infinite}}}}};
  const InputQuantity p = loaded(numbers, "p");
  const auto refusal = [&](const InputQuantity& b, const BudgetOptions& options = {}) -> std::string {
    try {
      evaluate_budget(model, {p, b}, options);
    } catch (const base::InputError& error) {
      return error.what();
    }
    return "evaluated";
  };
  CHECK(refusal(input(from_standard_uncertainty(1, 0.1), "b", "mine")) == "evaluated");
  CHECK(refusal(input(from_standard_uncertainty(1, 0.1, 5), "b", "q")) == "evaluated");
  CHECK_THAT(refusal(input(from_standard_uncertainty(1, 0.1, 6), "b", "q")),
             Contains("'q'") && Contains("5") && Contains("6"));
  CHECK_THAT(refusal(input(from_standard_uncertainty(1, 0.1), "b")),
             Contains("'b'") && Contains("part independent of a") && Contains("one quantity"));
  CHECK_THAT(refusal(loaded(numbers, "other", "b")), Contains("part independent of c"));
  BudgetOptions options;
  options.correlation = Eigen::Matrix2d{{1, 0.3}, {0.3, 1}};
  CHECK_THAT(refusal(input(from_standard_uncertainty(1, 0.1), "b", "mine"), options),
             Contains("'p'") && Contains("coefficient"));
  // A constant of a component's name says nothing of it.
  const BudgetResult result = evaluate_budget(model, {p, input(constant(3), "b", "q")}).at(0);
  CHECK(result.components.size() == 2);
  CHECK(result.standard_uncertainty == Approx(0.1 * std::sqrt(2.0)));
}

TEST_CASE("units of numbers from a file are converted") {
  const UncertainNumber number{"t", "degC", 20, {{"a", {0.1, 4}}, {"b", {-0.2, infinite}}}};
  const UncertainNumber kelvin = in_unit(number, "mK");
  CHECK(kelvin.value == Approx(293150));
  CHECK(kelvin.components.at("b").contribution == Approx(-200));
  CHECK(kelvin.components.at("a").degrees_of_freedom == 4);
  CHECK_THROWS_WITH(in_unit(number, "V"), Contains("degC") && Contains("V"));
  CHECK_THROWS_WITH(in_unit({"x", "", 1, {}}, "V"), Contains("'x'"));
}
