// One method, one output, one value that is refused withholds nothing of the others; the exit code says that something
// is missing.
#include <cmath>
#include <string>

#include "tests/app/calculator.h"

using namespace etalon::tests;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

TEST_CASE("Monte Carlo reaches where the model does not: the GUM and second order are still there") {
  const Calculator model;
  model.write("m.toml", "[outputs]\ny = \"log(x)\"\nz = \"2*x\"\n" + normal_input("x", "3", "1.2"));
  const Json json =
      model.json("uncertainty", "m.toml", {"--plot", model.path("p.svg"), "--components", model.path("c.json")}, 5);
  const Json& y = json["outputs"]["y"];
  CHECK(y["gum"]["value"].get<double>() == Approx(std::log(3)));
  CHECK(y["gum"]["standard_uncertainty"].get<double>() == Approx(0.4));
  CHECK(y.contains("second_order"));
  CHECK_FALSE(y.contains("monte_carlo"));
  CHECK_THAT(y["refused"]["monte_carlo"].get<std::string>(), Contains("no finite value of 'y'"));
  CHECK(y["trusted"] == "gum");
  CHECK(json["outputs"]["z"]["validation"]["verdict"] == "agree");
  CHECK(json["outputs"]["z"]["monte_carlo"]["standard_uncertainty"].get<double>() == Approx(2.4).epsilon(0.01));
  const Outcome outcome = model.run("uncertainty", "m.toml");
  CHECK(outcome.exit_code == 5);
  CHECK_THAT(outcome.output, Contains("(1.10 ± 0.78)") && Contains("no Monte Carlo result: ") && Contains("6.0 ± 4.7"));
  CHECK(model.run("uncertainty", "m.toml", {"--method", "gum"}).exit_code == 0);
  CHECK(model.run("uncertainty", "m.toml", {"--method", "monte-carlo"}).exit_code == 5);
}

TEST_CASE("the GUM has no derivative: Monte Carlo is still there, and the other outputs are whole") {
  const Calculator model;
  model.write("m.toml", "[outputs]\nr = \"hypot(a, b)\"\ns = \"a + b\"\nt = \"r + s\"\n" +
                            normal_input("a", "0", "0.1") + normal_input("b", "0", "0.1"));
  const Json json = model.json("uncertainty", "m.toml", {}, 5);
  CHECK_FALSE(json["outputs"]["r"].contains("gum"));
  CHECK(json["outputs"]["r"]["monte_carlo"]["mean"].get<double>() == Approx(0.12533).epsilon(0.005));  // Rayleigh
  CHECK(json["outputs"]["s"]["gum"]["standard_uncertainty"].get<double>() == Approx(0.1 * std::sqrt(2.0)));
  CHECK(json["outputs"]["s"]["validation"]["verdict"] == "agree");
  CHECK_FALSE(json["outputs"]["t"].contains("gum"));
}

TEST_CASE("no method and no output has anything: bad input, nothing written") {
  const Calculator model;
  model.write("m.toml", "[outputs]\ny = \"log(x)\"\n" + normal_input("x", "-30", "1"));
  const Outcome outcome = model.run("uncertainty", "m.toml", {"--json", model.path("r.json")});
  CHECK(outcome.exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(model.path("r.json")));
  model.write("m.toml", "[outputs]\ny = \"x\"\n" + normal_input("x", "3", "1"));
  CHECK(model.run("uncertainty", "m.toml", {"--trials", "50"}).exit_code == 2);
}

TEST_CASE("a refused inverse leaves the fit, the predictions and the other inverses") {
  const Calculator table;
  table.write("d.csv", "x,y\n1,1\n2,5\n3,2\n4,8\n5,3\n");
  const Outcome outcome = table.run("fit", "d.csv", {"--x", "x", "--y", "y", "--predict", "3", "--invert", "100"});
  CHECK(outcome.exit_code == 5);
  CHECK_THAT(outcome.output, Contains("b0") && Contains("3.8") && Contains("100: ") && Contains("refused"));
  const Json json = table.json("fit", "d.csv", {"--x", "x", "--y", "y", "--predict", "3", "--invert", "100"}, 5);
  CHECK(json["parameters"][1]["value"].get<double>() == Approx(0.7));
  CHECK(json["predictions"][0]["y"].get<double>() == Approx(3.8));
  CHECK(json["inversions"][0]["y"] == 100.0);
  CHECK(json["inversions"][0]["x"].is_null());
  CHECK(json["inversions"][0]["refused"].is_string());

  // One of several: the others keep theirs, in their places.
  table.write("d.csv", "x,y\n1,1\n2,2\n3,3\n4,4.1\n5,5\n");
  const Json several =
      table.json("fit", "d.csv", {"--x", "x", "--y", "y", "--invert", "2,1000,3", "--plot", table.path("p.svg")}, 5);
  CHECK(several["inversions"][0]["x"].get<double>() == Approx(2).epsilon(0.02));
  CHECK(several["inversions"][1]["x"].is_null());
  CHECK(several["inversions"][2]["x"].get<double>() == Approx(3).epsilon(0.02));
  CHECK(std::filesystem::exists(table.path("p.svg")));
}

TEST_CASE("what was not validated is not claimed of all outputs together, nor passed on in silence") {
  const Calculator model;
  model.write("m.toml", "[outputs]\na = \"x + z\"\nb = \"x - z\"\n" + normal_input("x", "1", "0.1") +
                            normal_input("z", "1", "0.1"));
  for (const char* method : {"gum", "gum,second-order"}) {
    CHECK_FALSE(model.json("uncertainty", "m.toml", {"--method", method}).contains("coverage_region"));
    const Outcome outcome =
        model.run("uncertainty", "m.toml", {"--method", method, "--components", model.path("c.json")});
    CHECK_THAT(outcome.output, !Contains("all outputs together") && Contains("not validated"));
    CHECK(Json::parse(model.text("c.json"))["numbers"][0]["validation"] == "none");
  }
  model.write("n.toml", "[outputs]\ny = \"2*a\"\n[inputs.a]\nfrom = \"c.json\"\n");
  CHECK_THAT(model.json("uncertainty", "n.toml")["notes"].dump(), Contains("was not validated there"));
  CHECK_THAT(model.run("uncertainty", "m.toml").output, Contains("all outputs together"));
}

TEST_CASE("second order that was asked for is named where it differs from the line") {
  const Calculator model;
  model.write("m.toml", "[outputs]\nP = \"V^2/R*(1 + e^2)\"\n" + normal_input("V", "1", "0.001") +
                            normal_input("R", "50", "0.01") + "[inputs.e]\nvalue = 0\nhalf_width = 0.2\n");
  // 0.02 (1 + 0.2^2/3)
  CHECK_THAT(model.run("uncertainty", "m.toml", {"--method", "gum,second-order"}).output,
             Contains("with second-order terms") && Contains("0.0202667"));
  model.write("m.toml", "[outputs]\ny = \"2*x\"\n" + normal_input("x", "1", "0.1"));
  CHECK_THAT(model.run("uncertainty", "m.toml", {"--method", "gum,second-order"}).output,
             !Contains("with second-order terms"));
}
