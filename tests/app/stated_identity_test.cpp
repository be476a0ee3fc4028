// Inputs of two files are one quantity only where both state one identity, and say the same of it; what was refuted is
// not passed on.
#include <cmath>
#include <string>

#include "tests/app/calculator.h"

using namespace etalon::tests;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

std::string day(const std::string& output, const std::string& readings, const std::string& more = "") {
  return "[outputs]\n" + output + " = \"R_read + dR\"\n[inputs.R_read]\nreadings = [" + readings + "]\n" + more +
         "[inputs.dR]\nvalue = 0\nhalf_width = 0.01\n";
}

const char* const change =
    "[outputs]\nd = \"R2 - R1\"\ns = \"R1 + R2\"\n[inputs.R1]\nfrom = \"day-1.json\"\n[inputs.R2]\nfrom = "
    "\"day-2.json\"\n";

class Days : public Calculator {
 public:
  void evaluate(const std::string& name, const std::string& text) const {
    write(name + ".toml", text);
    const Outcome outcome =
        run("uncertainty", name + ".toml", {"--method", "gum", "--components", path(name + ".json")});
    INFO(outcome.output);
    REQUIRE(outcome.exit_code == 0);
  }
  double u(const std::string& output) const {
    return json("uncertainty", "change.toml", {"--method", "gum"})["outputs"][output]["gum"]["standard_uncertainty"];
  }
};

const char* const first = "100.01,100.02,100.03,100.02";
const char* const second = "100.05,100.04,100.06,100.03";

}  // namespace

TEST_CASE("namesakes of two days are not one quantity") {
  const Days days;
  days.evaluate("day-1", day("R1", first));
  days.evaluate("day-2", day("R2", second));
  days.write("change.toml", change);
  // Root sum of squares: readings s/2 = 0.00408248, 0.00645497; two rectangles 0.01/sqrt(3).
  CHECK(days.u("d") == Approx(0.01118034).epsilon(1e-6));
  CHECK(days.u("s") == Approx(0.01118034).epsilon(1e-6));
  const Json json = days.json("uncertainty", "change.toml");
  CHECK(json["outputs"]["d"]["monte_carlo"]["standard_uncertainty"].get<double>() > 0.011);
  CHECK_THAT(json["notes"].dump(), !Contains("in common"));
  // Written with all methods: y ± U of a t with 3 degrees of freedom is refuted, its components are right.
  for (const char* name : {"day-1", "day-2"})
    CHECK(days.run("uncertainty", std::string(name) + ".toml", {"--components", days.path(std::string(name) + ".json")})
              .exit_code == 0);
  CHECK(days.u("d") == Approx(0.01118034).epsilon(1e-6));
  CHECK_THAT(days.json("uncertainty", "change.toml")["notes"].dump(), Contains("the shape of its distribution"));

  // A copy of the first day's file under another name is another day, the same file again is the same one.
  days.evaluate("day-2", day("R2", first));
  CHECK(days.u("d") == Approx(std::sqrt(2.0) * std::hypot(0.00408248, 0.01 / std::sqrt(3.0))).epsilon(1e-5));
  days.evaluate("day-1", day("R1", first));
  const std::string once = days.text("day-1.json");
  days.evaluate("day-1", day("R1", first));
  CHECK(once == days.text("day-1.json"));
  days.write("day-2.json", once);
  std::string again = change;
  again.insert(again.find("from = \"day-2"), "quantity = \"R1\"\n");
  days.write("change.toml", again);
  CHECK(days.u("d") == 0);
}

TEST_CASE("one stated identity is one quantity, with one value and one uncertainty") {
  const std::string stated = "identity = \"R, readings of Monday\"\n";
  const Days days;
  days.evaluate("day-1", day("R1", first, stated));
  days.evaluate("day-2", day("R2", first, stated));
  days.write("change.toml", change);
  CHECK(days.u("d") == Approx(std::sqrt(2.0) * 0.01 / std::sqrt(3.0)).epsilon(1e-9));
  const auto refusal = [&](const std::string& readings) {
    days.evaluate("day-2", day("R2", readings, stated));
    const Outcome outcome = days.run("uncertainty", "change.toml");
    CHECK(outcome.exit_code == 2);
    return outcome.output;
  };
  CHECK_THAT(refusal(second), Contains("change.toml:7:8") && Contains("'R, readings of Monday'") &&
                                  Contains("'R1' from day-1.json") && Contains("the value"));
  CHECK_THAT(refusal("100.02,100.01,100.03,100.02"), Contains("the readings"));
  CHECK_THAT(refusal("100.00,100.02,100.04,100.02"), Contains("the standard uncertainty"));

  // The same within one model, and with an input of the model's own beside a component.
  days.write(
      "change.toml",
      "[outputs]\ny = \"a - b\"\n[inputs.a]\nvalue = 1\nstandard_uncertainty = 0.1\nidentity = \"s\"\n[inputs.b]\n"
      "value = 2\nstandard_uncertainty = 0.1\nidentity = \"s\"\n");
  Outcome outcome = days.run("uncertainty", "change.toml");
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("change.toml:10:12") && Contains("change.toml:6:12") && Contains("the value"));
  days.write("change.toml",
             "[outputs]\ny = \"R1 - b\"\n[inputs.R1]\nfrom = \"day-1.json\"\n[inputs.b]\nreadings = "
             "[1, 2, 3, 4]\n" +
                 stated);
  outcome = days.run("uncertainty", "change.toml");
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("change.toml:7:12") && Contains("day-1.json"));
  // A name that another input states as its identity is not that input.
  days.write(
      "change.toml",
      "[outputs]\nd = \"a - b\"\n[inputs.a]\nvalue = 1\nstandard_uncertainty = 0.1\nidentity = \"b\"\n[inputs.b]\n"
      "value = 1\nstandard_uncertainty = 0.1\n");
  outcome = days.run("uncertainty", "change.toml");
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("'b' is also the identity"));
}

TEST_CASE("files that took names for identities are read, but correlate nothing silently") {
  const auto old_file = [](const std::string& name, double u) {
    return "{\"format\": \"etalon uncertain numbers\", \"version\": 1, \"numbers\": [{\"name\": \"" + name +
           "\", \"unit\": null, \"value\": 100, \"standard_uncertainty\": " + std::to_string(u) +
           ", \"components\": [{\"identity\": \"R_read\", \"contribution\": " + std::to_string(u) +
           ", \"degrees_of_freedom\": null}]}]}";
  };
  const Days days;
  days.write("day-1.json", old_file("R1", 0.25));
  days.write("day-2.json", old_file("R2", 0.5));
  days.write("change.toml", change);
  Outcome outcome = days.run("uncertainty", "change.toml");
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("'R_read'") && Contains("day-1.json") && Contains("day-2.json"));
  // With a new file beside it, too, when that states the name.
  days.evaluate("day-2", day("R2", second, "identity = \"R_read\"\n"));
  CHECK(days.run("uncertainty", "change.toml").exit_code == 2);
  days.evaluate("day-2", day("R2", second));
  CHECK(days.u("d") == Approx(std::sqrt(0.25 * 0.25 + 0.00645497 * 0.00645497 + 1e-4 / 3)).epsilon(1e-6));
  // Alone it is read; what is passed on does not keep the bare name.
  days.write("change.toml", "[outputs]\ny = \"2*R1\"\n[inputs.R1]\nfrom = \"day-1.json\"\n");
  CHECK(days.u("y") == Approx(0.5));
  REQUIRE(days.run("uncertainty", "change.toml", {"--method", "gum", "--components", days.path("on.json")}).exit_code ==
          0);
  CHECK(Json::parse(days.text("on.json"))["numbers"][0]["components"][0]["identity"] != "R_read");
}

TEST_CASE("what was refuted is not archived: shift and missing variance are") {
  const Calculator model;
  // V^2/R (1 + e^2), e rectangular about 0: expectation 0.0202667, u = 0.000242 (closed form of a squared rectangle).
  const double bent = 0.02 * 0.2 * 0.2 * std::sqrt(1.0 / 5 - 1.0 / 9);
  const double linear = 0.02 * std::hypot(2 * 0.001, 0.01 / 50) * (1 + 0.04 / 3);
  const double u = std::hypot(bent, linear);
  model.write("p.toml", "[outputs]\nP = \"V^2/R*(1 + e^2)\"\n" + normal_input("V", "1", "0.001") +
                            normal_input("R", "50", "0.01") + "[inputs.e]\nvalue = 0\nhalf_width = 0.2\n");
  const Outcome written = model.run("uncertainty", "p.toml", {"--components", model.path("P.json")});
  CHECK(written.exit_code == 0);
  CHECK_THAT(written.output, Contains("components: P is written with Monte Carlo's estimate"));
  const Json number = Json::parse(model.text("P.json"))["numbers"][0];
  CHECK(number["method"] == "monte_carlo");
  CHECK(number["validation"] == "differ");
  CHECK(number["value"].get<double>() == Approx(0.02 * (1 + 0.04 / 3)).epsilon(1e-4));
  CHECK(number["standard_uncertainty"].get<double>() == Approx(u).epsilon(0.005));
  model.write("y.toml", "[outputs]\ny = \"2*P\"\n[inputs.P]\nfrom = \"P.json\"\n");
  const Json y = model.json("uncertainty", "y.toml");
  CHECK(y["outputs"]["y"]["gum"]["standard_uncertainty"].get<double>() == Approx(2 * u).epsilon(0.005));
  CHECK(y["outputs"]["y"]["gum"]["value"].get<double>() == Approx(0.04 * (1 + 0.04 / 3)).epsilon(1e-4));
  CHECK_THAT(y["notes"].dump(), Contains("P from P.json is the result by Monte Carlo"));
  // That a component is taken as normal is no knowledge of its distribution.
  CHECK(y["outputs"]["y"]["validation"]["exact"] == false);

  // Where first order sees too much, it is lowered.
  model.write("p.toml", "[outputs]\nP = \"sin(x)\"\n" + normal_input("x", "0", "2"));
  model.run("uncertainty", "p.toml", {"--components", model.path("P.json")});
  // Variance of sin of a normal angle about 0: (1 - exp(-2 u^2))/2.
  CHECK(Json::parse(model.text("P.json"))["numbers"][0]["standard_uncertainty"].get<double>() ==
        Approx(std::sqrt((1 - std::exp(-8.0)) / 2)).epsilon(0.01));
}

TEST_CASE("correlation and joint region belong to the results that stand") {
  const Calculator model;
  const std::string inputs = normal_input("x", "0.1", "1") + normal_input("z", "0.1", "1");
  model.write("m.toml", "[outputs]\na = \"x^2\"\nb = \"x*z\"\n" + inputs);
  Json json = model.json("uncertainty", "m.toml");
  CHECK(json["correlation_method"] == "monte_carlo");
  CHECK(json["correlation"][0][1].get<double>() == Approx(0.0139).margin(0.005));  // closed form
  CHECK_FALSE(json.contains("coverage_region"));
  CHECK_THAT(model.run("uncertainty", "m.toml").output, !Contains("all outputs together"));
  model.write("m.toml", "[outputs]\na = \"x + z\"\nb = \"x - 2*z\"\n" + inputs);
  json = model.json("uncertainty", "m.toml");
  CHECK(json["correlation_method"] == "gum");
  CHECK(json["correlation"][0][1].get<double>() == Approx(-1 / std::sqrt(10.0)));
  CHECK(json.contains("coverage_region"));
}

TEST_CASE("two files with two coefficients for one pair of quantities are refused, with both places") {
  const auto pair = [](const std::string& output, const std::string& b, const std::string& r) {
    return "[outputs]\n" + output +
           " = \"A+B\"\n[inputs.A]\nvalue = 1\nstandard_uncertainty = 0.1\nidentity = "
           "\"A\"\n[inputs.B]\n" +
           b + "identity = \"B\"\n[[correlations]]\ninputs = [\"A\", \"B\"]\ncoefficient = " + r + "\n";
  };
  const std::string b = "value = 2\nstandard_uncertainty = 0.1\n";
  const Days days;
  days.evaluate("f1", pair("p", b, "0.5"));
  days.evaluate("f2", pair("q", b, "0.9"));
  days.write("change.toml",
             "[outputs]\nd = \"p - q\"\n[inputs.p]\nfrom = \"f1.json\"\n[inputs.q]\nfrom = \"f2.json\"\n");
  const Outcome outcome = days.run("uncertainty", "change.toml");
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("f1.json") && Contains("f2.json") && Contains("r = 0.5") && Contains("r = 0.9"));
  days.evaluate("f2", pair("q", b, "0.5"));
  CHECK(days.u("d") == 0);
  // B by itself beside a part of it.
  days.evaluate("f2", "[outputs]\nq = \"B\"\n[inputs.B]\n" + b + "identity = \"B\"\n");
  CHECK(days.run("uncertainty", "change.toml").exit_code == 2);

  // From simultaneous readings against a coefficient.
  const auto readings = [](const std::string& output, const std::string& how) {
    return "[outputs]\n" + output +
           " = \"A+B\"\n[inputs.A]\nreadings = [1.0, 1.2, 1.1, 1.4]\nidentity = \"A\"\n"
           "[inputs.B]\nreadings = [2.0, 2.1, 2.3, 2.2]\nidentity = \"B\"\n[[correlations]]\ninputs = [\"A\", "
           "\"B\"]\n" +
           how + "\n";
  };
  days.evaluate("f1", readings("p", "from = \"readings\""));
  days.evaluate("f2", readings("q", "from = \"readings\""));
  CHECK(days.u("d") == 0);
  days.evaluate("f2", readings("q", "coefficient = 0.9"));
  CHECK(days.run("uncertainty", "change.toml").exit_code == 2);
}

TEST_CASE("no u is invented for a further model where Monte Carlo has none") {
  const Calculator model;
  model.write("m.toml",
              "[outputs]\na = \"1/q\"\nc = \"1/sqrt(abs(q))\"\ns = \"2*q\"\n" + normal_input("q", "0.5", "1"));
  const Outcome outcome = model.run("uncertainty", "m.toml", {"--components", model.path("c.json")});
  INFO(outcome.output);
  CHECK(outcome.exit_code == 5);
  CHECK_THAT(outcome.output, Contains("components: a is not written") && Contains("components: c is not written"));
  const Json file = Json::parse(model.text("c.json"));
  REQUIRE(file["numbers"].size() == 1);
  CHECK(file["numbers"][0]["name"] == "s");
  for (const char* name : {"a", "c"}) {
    model.write("next.toml",
                std::string("[outputs]\ny = \"") + name + "\"\n[inputs." + name + "]\nfrom = \"c.json\"\n");
    const Outcome next = model.run("uncertainty", "next.toml");
    CHECK(next.exit_code == 2);
    CHECK_THAT(next.output, Contains("c.json holds no result of"));
  }
  // Not one that stood there before, either.
  model.write("m.toml",
              "[outputs]\na = \"x^2\"\n[inputs.x]\nvalue = 3\nstandard_uncertainty = 1\ndegrees_of_freedom = 3\n");
  CHECK(model.run("uncertainty", "m.toml", {"--components", model.path("c.json")}).exit_code == 5);
  CHECK(Json::parse(model.text("c.json"))["numbers"].empty());
}
