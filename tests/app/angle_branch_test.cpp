// atan2 wherever it stands is drawn on the branch of its estimate.
#include <cmath>
#include <string>

#include "tests/app/calculator.h"

using namespace etalon::tests;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

const std::string vectors = normal_input("a1", "-1", "0.02") + normal_input("b1", "0.03", "0.02") +
                            normal_input("a2", "-1", "0.02") + normal_input("b2", "0.01", "0.02");

}  // namespace

TEST_CASE("phases near 180 degrees: differences, means, products, intermediates, equations") {
  // u of one phase by hand: 0.02/r, of the difference 0.02*sqrt(1/r1^2 + 1/r2^2).
  const double r1 = std::hypot(1, 0.03), r2 = std::hypot(1, 0.01);
  const double u1 = 0.02 / r1, u2 = 0.02 / r2;
  const double t1 = std::atan2(0.03, -1), t2 = std::atan2(0.01, -1);
  const double degrees = 180 / std::acos(-1.0);
  const Calculator model;
  model.write("m.toml",
              "[outputs]\nd = \"(atan2(b1, a1) - atan2(b2, a2))*180/pi\"\nm = \"(p + atan2(b2, a2))/2\"\n"
              "n = \"pi - p\"\nt = \"atan2(b1, a1)/(2*pi*f)\"\nq = \"f*atan2(b1, a1)\"\n"
              "s = \"solve(x - atan2(b1, a1), for = x, start = 3)\"\nz = \"atan2(sin(p), cos(p))\"\n"
              "[intermediates]\np = \"atan2(b1, a1)\"\n" +
                  vectors + normal_input("f", "2", "0.001"));
  const Json outputs = model.json("uncertainty", "m.toml")["outputs"];
  const auto check = [&](const char* name, double value, double u) {
    INFO(name << outputs[name].dump(1));
    const Json& found = outputs[name];
    CHECK(found["validation"]["verdict"] == "agree");
    CHECK(found["gum"]["value"].get<double>() == Approx(value));
    CHECK(found["monte_carlo"]["mean"].get<double>() == Approx(value).margin(0.02 * u));
    CHECK(found["monte_carlo"]["standard_uncertainty"].get<double>() == Approx(u).epsilon(0.01));
  };
  check("d", (t1 - t2) * degrees, std::hypot(u1, u2) * degrees);
  check("m", (t1 + t2) / 2, std::hypot(u1, u2) / 2);
  check("n", std::acos(-1.0) - t1, u1);
  check("t", t1 / (4 * std::acos(-1.0)), std::hypot(u1, t1 * 0.0005) / (4 * std::acos(-1.0)));
  check("q", 2 * t1, std::hypot(2 * u1, t1 * 0.001));
  check("s", t1, u1);
  check("z", t1, u1);
}

TEST_CASE("the phase written as atan of a quotient goes on where the denominator is zero") {
  const Calculator model;
  model.write("m.toml",
              "[outputs]\ny = \"atan(b/a)\"\n" + normal_input("a", "0.01", "0.1") + normal_input("b", "2", "0.1"));
  const Json y = model.json("uncertainty", "m.toml")["outputs"]["y"];
  CHECK(y["validation"]["verdict"] == "agree");
  CHECK(y["monte_carlo"]["mean"].get<double>() == Approx(std::atan(200)).margin(0.002));
  CHECK(y["monte_carlo"]["symmetric_interval"][1].get<double>() == Approx(std::atan(200) + 0.098).margin(0.002));
}

TEST_CASE("around the origin there is no branch, and no circle is printed") {
  const Calculator model;
  for (const std::string& text :
       {"[outputs]\ny = \"atan2(b, a)\"\n" + normal_input("a", "0.1", "1") + normal_input("b", "0.1", "1"),
        "[outputs]\ny = \"atan2(b, a)\"\n" + normal_input("a", "0", "1") + normal_input("b", "0", "1") +
            "[inputs.c]\nvalue = 1\n",
        // The half-angle formula jumps where atan2 does.
        "[outputs]\ny = \"2*atan(b/(hypot(a, b) + a))\"\n" + normal_input("a", "-1", "0.02") +
            normal_input("b", "0.01", "0.02"),
        "[outputs]\ny = \"b/abs(b)*acos(a/hypot(a, b))\"\n" + normal_input("a", "-1", "0.02") +
            normal_input("b", "0.01", "0.02")}) {
    INFO(text);
    const bool at_origin = text.find("value = 0\n") != std::string::npos;
    model.write("m.toml", text + (at_origin ? "" : "[inputs.other]\nvalue = 2\nstandard_uncertainty = 0.1\n"));
    std::string model_text = model.text("m.toml");
    model_text.insert(model_text.find("[inputs"), "w = \"3*a\"\n");  // keeps its result
    model.write("m.toml", model_text);
    const Json json = model.json("uncertainty", "m.toml", {}, 5);
    CHECK_FALSE(json["outputs"]["y"].contains("monte_carlo"));
    CHECK(json["outputs"]["y"]["refused"]["monte_carlo"].is_string());
    CHECK(json["outputs"]["y"].contains("gum") == !at_origin);
    CHECK(json["outputs"]["w"]["validation"]["verdict"] == "agree");
  }
}
