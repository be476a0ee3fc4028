// Results that keep their components: propagated further, stored, read again.
#include "calibration/uncertainty/uncertain_number.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"

using namespace etalon;
using namespace etalon::calibration;
using Catch::Matchers::Contains;
using Json = nlohmann::ordered_json;

namespace {

InputQuantity input(InputQuantity quantity, const std::string& name, const std::string& identity) {
  quantity.name = name;
  quantity.identity = identity;
  return quantity;
}

// An item of nominal 100 V against the standard: reading noise of its own, the standard's error shared.
UncertainNumber calibrated(const std::string& name, double indication) {
  const MeasurementModel model({{name, "indication - standard"}}, {"indication", "standard"});
  const std::vector<InputQuantity> inputs{
      input(from_standard_uncertainty(indication, 0.003, 9), "indication", "noise of " + name),
      input(from_certificate(100, 0.02, CoverageFactor{2}), "standard", "the standard")};
  return to_uncertain_number(evaluate_budget(model, inputs).at(0), "V");
}

void check_equal(const UncertainNumber& a, const UncertainNumber& b) {
  CHECK(a.name == b.name);
  CHECK(a.unit == b.unit);
  CHECK(a.value == b.value);
  REQUIRE(a.components.size() == b.components.size());
  for (const auto& [identity, part] : a.components) {
    REQUIRE(b.components.count(identity) == 1);
    CHECK(part.contribution == b.components.at(identity).contribution);
    CHECK(part.degrees_of_freedom == b.components.at(identity).degrees_of_freedom);
  }
}

std::string refusal(const Json& json) {
  try {
    uncertain_numbers_from_json(json.dump(), "numbers.json");
  } catch (const base::InputError& error) {
    return error.what();
  }
  return "read";
}

}  // namespace

TEST_CASE("the difference of two results of one standard has none of its uncertainty") {
  const std::vector<UncertainNumber> results{calibrated("E_1", 100.013), calibrated("E_2", 100.009)};
  CHECK(standard_uncertainty(results[0]) == Approx(std::hypot(0.003, 0.01)));
  CHECK(covariance(results[0], results[1]) == Approx(0.01 * 0.01));
  const MeasurementModel further({{"difference", "E_1 - E_2"}, {"mean", "(E_1 + E_2)/2"}}, {"E_1", "E_2"});
  const std::vector<UncertainNumber> combined = propagate(further, results);
  CHECK(combined[0].value == Approx(0.004));
  CHECK(combined[0].components.count("the standard") == 0);
  CHECK(standard_uncertainty(combined[0]) == Approx(0.003 * std::sqrt(2.0)).epsilon(1e-12));
  CHECK(effective_degrees_of_freedom(combined[0]) == Approx(18));
  CHECK(standard_uncertainty(combined[1]) == Approx(std::hypot(0.01, 0.003 / std::sqrt(2.0))).epsilon(1e-12));

  SECTION("and so in the next model") {
    const MeasurementModel next({{"again", "mean - E_1 + difference/2"}}, {"mean", "E_1", "difference"});
    const UncertainNumber nothing = propagate(next, {combined[1], results[0], combined[0]}).at(0);
    CHECK(std::fabs(nothing.value) < 1e-12);
    CHECK(standard_uncertainty(nothing) < 1e-15);
  }
  SECTION("also when they come back from a file, read twice") {
    const std::string text = to_json(results);
    const UncertainNumber first = uncertain_numbers_from_json(text, "a").at(0);
    const UncertainNumber second = uncertain_numbers_from_json(text, "a").at(1);
    check_equal(propagate(further, {first, second}).at(0), combined[0]);
    UncertainNumber same = uncertain_numbers_from_json(text, "a").at(0);
    same.name = "E_2";
    CHECK(standard_uncertainty(propagate(further, {first, same}).at(0)) == 0);
  }
}

TEST_CASE("an input that is missing, and one quantity with two numbers of degrees of freedom") {
  const MeasurementModel model({{"y", "a + b"}}, {"a", "b"});
  CHECK_THROWS_AS(propagate(model, {calibrated("a", 1)}), base::InputError);
  UncertainNumber a{"a", "", 1, {{"q", {0.1, 5}}}};
  UncertainNumber b{"b", "", 1, {{"q", {0.1, 6}}}};
  CHECK_THROWS_WITH(propagate(model, {a, b}), Contains("'q'") && Contains("5") && Contains("6"));
}

TEST_CASE("JSON gives the same numbers back, bit for bit, and the same text") {
  const std::vector<UncertainNumber> numbers{
      calibrated("E_1", 100.1 + 1.0 / 3),
      {"tiny", "", 1e-300 / 3, {{"x", {-4.9e-300, 2.5}}, {"名称 \"quoted\" \\ \n", {1.0 / 7e300, infinite}}}},
      {"large", "1/K", -1.7e308, {{"x", {1.2345678901234567e307, 2.5}}}},
      {"exact", "mV", -0.0, {}}};
  const std::string text = to_json(numbers);
  const std::vector<UncertainNumber> back = uncertain_numbers_from_json(text, "numbers.json");
  REQUIRE(back.size() == numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    check_equal(back[i], numbers[i]);
  CHECK(to_json(back) == text);
}

TEST_CASE("a file that was changed or is another is refused") {
  const Json good = Json::parse(to_json({calibrated("E_1", 100.013)}));
  REQUIRE(refusal(good) == "read");
  const auto changed = [&](auto change) {
    Json json = good;
    change(json);
    return refusal(json);
  };
  CHECK_THAT(changed([](Json& j) { j["numbers"][0]["components"][0]["contribution"] = 0.004; }),
             Contains("numbers.json") && Contains("'E_1'") && Contains("components give"));
  CHECK_THAT(changed([](Json& j) { j["numbers"][0]["components"].erase(0); }), Contains("components give"));
  CHECK_THAT(changed([](Json& j) { j["numbers"][0]["standard_uncertainty"] = 0; }), Contains("states"));
  CHECK_THAT(changed([](Json& j) { j["version"] = 2; }), Contains("version 2"));
  CHECK_THAT(changed([](Json& j) { j["format"] = "results"; }), Contains("etalon uncertain numbers"));
  CHECK_THAT(changed([](Json& j) { j["numbers"][0]["unit"] = "volts"; }), Contains("'volts'"));
  CHECK_THAT(changed([](Json& j) { j["numbers"][0].erase("value"); }), Contains("value"));
  CHECK_THAT(changed([](Json& j) { j["numbers"][0]["value"] = "1"; }), Contains("numbers.json"));
  CHECK_THAT(changed([](Json& j) { j["numbers"][0]["components"][0]["degrees_of_freedom"] = -1; }), Contains("-1"));
  CHECK_THAT(changed([](Json& j) { j["numbers"][0]["components"].push_back(j["numbers"][0]["components"][0]); }),
             Contains("twice"));
  CHECK_THAT(changed([](Json& j) { j["numbers"].push_back(j["numbers"][0]); }), Contains("'E_1' stands twice"));
  CHECK_THAT(changed([](Json& j) { j["numbers"][0]["components"][0]["identity"] = ""; }),
             Contains("without an identity"));
  CHECK_THROWS_AS(uncertain_numbers_from_json("", "numbers.json"), base::InputError);
  CHECK_THROWS_AS(uncertain_numbers_from_json("[]", "numbers.json"), base::InputError);
}

TEST_CASE("a linear combination carries components, ensembles and degrees of freedom as a model does") {
  const UncertainNumber a{"a", "V", 1, {{"p", {0.3, 4, "together"}}, {"q", {0.4, 4, "together"}}, {"s", {0.1, 9}}}};
  const UncertainNumber b{"b", "V", 2, {{"p", {-0.2, 4, "together"}}, {"r", {0.5, infinite}}}};
  const UncertainNumber by_hand = linear_combination("y", "V", 2 * a.value - 3 * b.value, {2, -3}, {a, b});
  const UncertainNumber by_model = propagate(MeasurementModel({{"y", "2*a - 3*b"}}, {"a", "b"}), {a, b}).front();
  REQUIRE(by_hand.components.size() == by_model.components.size());
  for (const auto& [identity, part] : by_model.components) {
    INFO(identity);
    CHECK(by_hand.components.at(identity).contribution == Approx(part.contribution).epsilon(1e-15));
    CHECK(by_hand.components.at(identity).ensemble == part.ensemble);
  }
  const BudgetResult result = to_budget_result(by_hand, 0.95);
  const double p = 2 * 0.3 + 3 * 0.2;
  const double q = 2 * 0.4;
  const double s = 2 * 0.1;
  const double r = -3 * 0.5;
  const double variance = p * p + q * q + s * s + r * r;
  CHECK(result.standard_uncertainty == Approx(std::sqrt(variance)).epsilon(1e-14));
  // p and q were observed together: one part of 4 degrees of freedom, not two.
  const double together = p * p + q * q;
  const double welch = together * together / 4 + std::pow(s, 4) / 9;
  CHECK(result.effective_degrees_of_freedom == Approx(variance * variance / welch).epsilon(1e-12));
  CHECK(result.coverage_factor == coverage_factor(0.95, result.effective_degrees_of_freedom));
  CHECK(result.coverage_factor_origin == CoverageFactorOrigin::student_t);
  // What cancels is no component; nothing left is no uncertainty.
  const BudgetResult nothing = to_budget_result(linear_combination("z", "V", 0, {1, -1}, {a, a}), 0.95);
  CHECK(nothing.zero_uncertainty);
  CHECK(nothing.expanded_uncertainty == 0);
  // One quantity with two numbers of degrees of freedom is a contradiction.
  CHECK_THROWS_AS(linear_combination("w", "V", 0, {1, 1}, {a, {"c", "V", 0, {{"p", {0.1, 7}}}}}), base::InputError);
}
