// The one line that a certificate is copied from: digits by the interval's own lengths, an estimate that exists.
#include <cmath>
#include <cstdlib>
#include <string>

#include "app/interval_text.h"
#include "tests/app/calculator.h"

using namespace etalon::tests;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

struct Line {
  double estimate = 0, lower = 0, upper = 0;
};

// "2.00 [1.25, 4.9],  p = …"
Line read_line(const std::string& text) {
  Line line;
  const std::size_t open = text.find('['), comma = text.find(", ", open);
  REQUIRE(open != std::string::npos);
  line.estimate = std::strtod(text.c_str(), nullptr);
  line.lower = std::strtod(text.c_str() + open + 1, nullptr);
  line.upper = std::strtod(text.c_str() + comma + 2, nullptr);
  return line;
}

}  // namespace

TEST_CASE("both ends to two digits of their own distance, outward") {
  using etalon::app::interval_about_text;
  CHECK(interval_about_text(2, 1.2570, 4.8293) == "2.00 [1.25, 4.9]");
  CHECK(interval_about_text(0, -0.42, 0.42) == "0.00 [-0.42, 0.42]");
  CHECK(interval_about_text(-2, -4.8293, -1.2570) == "-2.00 [-4.9, -1.25]");
  CHECK(interval_about_text(1, 0.95, 1.05) == "1.000 [0.950, 1.050]");
  CHECK(interval_about_text(10, 10, 12.34) == "10.0 [10.0, 12.4]");  // nothing below: the place of the other
  CHECK(interval_about_text(5, 1.01, 1.987) == "5.0 [1.0, 2.0]");    // a mean that lies beside the interval
  CHECK(interval_about_text(0, -31.9, 31.9) == "0 [-32, 32]");
  CHECK(interval_about_text(0, -17.01, 17.02) == "0 [-18, 18]");  // what was found lies within
  CHECK(interval_about_text(0, -32.3, 31.7) == "0 [-33, 32]");
  CHECK(interval_about_text(1.5e-9, 1.23e-9, 2.2e-9) == "(1.50 [1.23, 2.20])·10^-9");
  CHECK(interval_about_text(3e9, 2.5e9, 4e9) == "(3.00 [2.50, 4.0])·10^9");
  CHECK(interval_about_text(7, 7, 7) == "7 [7, 7]");
}

TEST_CASE("quotients whose denominator may be zero: the line holds the interval with every seed") {
  struct Case {
    const char* formula;
    std::string inputs;
    double estimate, lower, upper;  // by quadrature and closed form
  };
  const std::vector<Case> cases{
      {"a/b", normal_input("a", "2", "0.02") + normal_input("b", "1", "0.3"), 2, 1.2570, 4.8293},
      {"a/b", normal_input("a", "2", "0.02") + normal_input("b", "1", "0.4"), 2, 1.09, 7.85},
      // 1/(0.5 z), z of probability 0.525
      {"1/x", normal_input("x", "0", "0.5"), 0, -31.9, 31.9},
      // a Cauchy distribution: 12.7062
      {"z/x", normal_input("z", "0", "1") + normal_input("x", "0.0001", "1"), 0, -12.706, 12.706},
      {"tan(x)", normal_input("x", "1.2", "0.2"), std::tan(1.2), NAN, NAN},
  };
  const Calculator model;
  for (const Case& one : cases) {
    model.write("m.toml", std::string("[outputs]\ny = \"") + one.formula + "\"\n" + one.inputs);
    for (int seed = 1; seed <= 6; ++seed) {
      const Outcome outcome =
          model.run("uncertainty", "m.toml", {"--seed", std::to_string(seed), "--json", model.path("r.json")});
      INFO(one.formula << ", seed " << seed << "\n" << outcome.output);
      const Json json = Json::parse(model.text("r.json"))["outputs"]["y"];
      CHECK(json["trusted"] == "monte_carlo");
      CHECK(json["monte_carlo"]["value"].is_number());
      CHECK(json["monte_carlo"]["mean"].is_null());
      CHECK(json["monte_carlo"]["standard_uncertainty"].is_null());
      CHECK_THAT(outcome.output,
                 (Contains("no mean:") || Contains("; the mean")) && Contains("a few far Monte Carlo trials"));
      const Line line = read_line(result_line(outcome.output));
      const Json interval = json["monte_carlo"]["symmetric_interval"];
      CHECK(line.lower <= interval[0].get<double>());
      CHECK(line.upper >= interval[1].get<double>());
      const double length = interval[1].get<double>() - interval[0].get<double>();
      CHECK(line.upper - line.lower < 1.15 * length);
      if (std::isnan(one.lower)) continue;
      CHECK(line.estimate == Approx(one.estimate).margin(0.02 * (one.upper - one.lower)));
      CHECK(interval[0].get<double>() == Approx(one.lower).margin(0.015 * (one.upper - one.lower)));
      CHECK(interval[1].get<double>() == Approx(one.upper).margin(0.015 * (one.upper - one.lower)));
    }
  }
}

TEST_CASE("two readings have an estimate, and so has what is made of them") {
  const Calculator model;
  model.write("m.toml", "[outputs]\ny = \"x\"\n[inputs.x]\nreadings = [5.01, 5.02]\n");
  const Outcome outcome = model.run("uncertainty", "m.toml", {"--json", model.path("r.json")});
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(result_line(outcome.output), Contains("(5.015 ± 0.064)"));
  Json json = Json::parse(model.text("r.json"))["outputs"]["y"];
  CHECK(json["trusted"] == "gum");
  CHECK(json["gum"]["value"].get<double>() == Approx(5.015));
  CHECK(json["monte_carlo"]["value"].get<double>() == Approx(5.015));
  CHECK(json["monte_carlo"]["value_origin"] == "model_at_estimates");

  model.write("m.toml", "[outputs]\ny = \"x^2\"\n[inputs.x]\nreadings = [1, 2]\n");
  json = model.json("uncertainty", "m.toml")["outputs"]["y"];
  CHECK(json["trusted"] == "monte_carlo");
  CHECK(json["monte_carlo"]["mean"].is_null());
  CHECK(json["monte_carlo"]["value"].get<double>() == Approx(2.25));
}

TEST_CASE("a mean that exists stays the estimate") {
  const Calculator model;
  for (const std::string& text :
       {"[outputs]\ny = \"x^2\"\n" + normal_input("x", "1", "1"),
        std::string("[outputs]\ny = \"exp(x)\"\n[inputs.x]\nreadings = [0.1, 0.2, 0.15, 0.12, 0.19, 0.14]\n"),
        "[outputs]\ny = \"a/b\"\n" + normal_input("a", "2", "0.02") + normal_input("b", "1", "0.1")}) {
    model.write("m.toml", text);
    const Json json = model.json("uncertainty", "m.toml")["outputs"]["y"]["monte_carlo"];
    CHECK(json["value_origin"] == "mean");
    CHECK(json["value"] == json["mean"]);
  }
}

TEST_CASE("a mean that exists is given where only the variance does not") {
  struct Case {
    std::string text;
    double mean, margin;
  };
  const Calculator model;
  for (const Case& one :
       {// E x^2 = 9 + nu/(nu - 2).
        Case{"y = \"x^2\"\n[inputs.x]\nvalue = 3\nstandard_uncertainty = 1\ndegrees_of_freedom = 3\n", 12, 0.2},
        // 2/sqrt(2)
        Case{"y = \"1/sqrt(x)\"\n[inputs.x]\nvalue = 1\nhalf_width = 1\n", std::sqrt(2.0), 0.02},
        // Gamma(1/4)/(2^(1/4) sqrt(pi))
        Case{"y = \"1/sqrt(abs(x))\"\n" + normal_input("x", "0", "1"), 1.720, 0.02}}) {
    model.write("m.toml", "[outputs]\n" + one.text);
    const Outcome outcome = model.run("uncertainty", "m.toml", {"--json", model.path("r.json")});
    INFO(outcome.output);
    const Json json = Json::parse(model.text("r.json"))["outputs"]["y"];
    CHECK(json["monte_carlo"]["value_origin"] == "mean");
    CHECK(json["monte_carlo"]["value"].get<double>() == Approx(one.mean).margin(one.margin));
    CHECK(json["monte_carlo"]["standard_uncertainty"].is_null());
    CHECK_THAT(result_line(outcome.output), !Contains("no mean"));
    CHECK_THAT(outcome.output, Contains("no standard uncertainty") && !Contains("in two parts"));
  }
  // exp(4.5), but 10^6 trials do not show it.
  model.write("m.toml", "[outputs]\ny = \"exp(x)\"\n" + normal_input("x", "0", "3"));
  CHECK_THAT(result_line(model.run("uncertainty", "m.toml").output), !Contains("no mean"));
}

TEST_CASE("what falls off slowly lies in one part") {
  const Calculator model;
  for (const std::string& text : {std::string("y = \"1/x\"\n[inputs.x]\nvalue = 1\nhalf_width = 1\n"),
                                  "y = \"1/x^2\"\n" + normal_input("x", "1", "0.3")}) {
    model.write("m.toml", "[outputs]\n" + text);
    CHECK_THAT(model.run("uncertainty", "m.toml").output, !Contains("in two parts"));
  }
  model.write("m.toml",
              "[outputs]\ny = \"a/abs(a) + b\"\n" + normal_input("a", "0.1", "1") + normal_input("b", "0", "0.02"));
  CHECK_THAT(model.run("uncertainty", "m.toml").output, Contains("in two parts"));
}
