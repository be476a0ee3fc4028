// "Agree" and "differ" are said only where the Monte Carlo interval is known well enough; else more trials, or "not
// decided".
#include <cmath>
#include <string>

#include "tests/app/calculator.h"

using namespace etalon::tests;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

std::string example(const std::string& name) {
  return read_text(ETALON_SOURCE_DIR "/configs/examples/" + name + ".toml");
}

// The verdict of every seed; each is `right` or open, and open ones end with their own exit code.
int decided(const Calculator& model, const std::string& right, int seeds, std::vector<std::string> options = {}) {
  int count = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    std::vector<std::string> own = options;
    own.insert(own.end(), {"--seed", std::to_string(seed), "--json", model.path("r.json")});
    const Outcome outcome = model.run("uncertainty", "m.toml", own);
    INFO("seed " << seed << "\n" << outcome.output);
    const Json validation = Json::parse(model.text("r.json"))["outputs"].begin().value()["validation"];
    const std::string verdict = validation["verdict"];
    if (verdict == "undecided") {
      CHECK(outcome.exit_code == 5);
      CHECK(validation["gum_valid"].is_null());
      CHECK_THAT(outcome.output, Contains("not decided with") && Contains("  result  "));
    } else {
      CHECK(outcome.exit_code == 0);
      CHECK(verdict == right);
      CHECK(validation["gum_valid"] == (right == "agree"));
      ++count;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("readings alone, a normal input and sums of normal ones are exact: no trial decides") {
  const Calculator model;
  for (const char* text :
       {"[outputs]\ny = \"x\"\n[inputs.x]\nreadings = [5.01, 5.02, 5.00, 5.03]\n",
        "[outputs]\ny = \"x\"\n[inputs.x]\nreadings = [5.01, 5.02]\n",
        "[outputs]\ny = \"3 - x/2 + c\"\n[inputs.c]\nvalue = 4\n[inputs.x]\nreadings = [5.01, 5.02, 5.04]\n",
        "[outputs]\ny = \"(a + 2*b)/3 + a\"\n[inputs.a]\nvalue = 1\nstandard_uncertainty = 0.1\n[inputs.b]\nvalue = "
        "2\nstandard_uncertainty = 0.3\n[[correlations]]\ninputs = [\"a\", \"b\"]\ncoefficient = 0.5\n"}) {
    model.write("m.toml", text);
    for (const std::vector<std::string>& options :
         {std::vector<std::string>{}, {"--trials", "adaptive"}, {"--trials", "1000"}}) {
      INFO(text);
      if (options.size() == 2 && options[1] == "adaptive" && std::string(text).find("5.02]") != std::string::npos)
        continue;  // has no moments to settle
      CHECK(decided(model, "agree", 3, options) == 3);
      const Json validation = Json::parse(model.text("r.json"))["outputs"]["y"]["validation"];
      CHECK(validation["exact"] == true);
      CHECK(validation["d_low"].get<double>() <= 1e-15);
      CHECK(validation["u_d_low"] == 0.0);
    }
  }
  // A rectangle is not, nor two t, nor anything bent.
  for (const char* text :
       {"[outputs]\ny = \"x\"\n[inputs.x]\nvalue = 1\nhalf_width = 0.1\n",
        "[outputs]\ny = \"x + z\"\n[inputs.x]\nreadings = [1, 2, 3]\n[inputs.z]\nreadings = [1, 2]\n",
        "[outputs]\ny = \"x^2\"\n[inputs.x]\nvalue = 1\nstandard_uncertainty = 0.1\n"}) {
    model.write("m.toml", text);
    CHECK(model.json("uncertainty", "m.toml")["outputs"]["y"]["validation"]["exact"] == false);
  }
}

TEST_CASE("a t with degrees of freedom that are cut off for k is judged with its own") {
  // nu = 4.4: k is that of 4, 2.7764; the exact interval has t = 2.6797 (numerical inversion of the t distribution).
  const Calculator model;
  model.write("m.toml",
              "[outputs]\ny = \"x\"\n[inputs.x]\nvalue = 0\nstandard_uncertainty = 1\ndegrees_of_freedom = 4.4\n");
  const Json validation = model.json("uncertainty", "m.toml")["outputs"]["y"]["validation"];
  CHECK(validation["exact"] == true);
  CHECK(validation["verdict"] == "differ");
  CHECK(validation["d_low"].get<double>() == Approx(2.7764451 - 2.6797).margin(2e-3));
}

TEST_CASE("published validations come out as published, or open, with every seed") {
  const Calculator model;
  // JCGM 101 9.2.3: d = 0.040, delta = 0.05 (closed form: 3.9199 - 3.8795).
  model.write("m.toml", example("jcgm101-9.2.3-rectangular"));
  CHECK(decided(model, "agree", 6) == 6);
  CHECK(decided(model, "agree", 3, {"--trials", "adaptive"}) == 3);
  // GUM H.1: d = 0.27 to 0.34, delta = 0.5.
  model.write("m.toml", example("gum-h1-end-gauge"));
  CHECK(decided(model, "agree", 2) == 2);
  // EA-4/02 S7: d = 0.00046 to 0.00049, delta = 0.0005: hardly to be told.
  model.write("m.toml", example("ea402-s7-attenuator"));
  decided(model, "agree", 1);
  // Few trials decide nothing of this kind, and a number of trials that was asked for is kept.
  for (const char* name : {"jcgm101-9.2.3-rectangular", "gum-h1-end-gauge", "ea402-s7-attenuator"}) {
    model.write("m.toml", example(name));
    CHECK(decided(model, "agree", 6, {"--trials", "20000"}) == 0);
    const Json json = Json::parse(model.text("r.json"))["outputs"].begin().value();
    CHECK(json["monte_carlo"]["trials"] == 20000);
    CHECK(json["validation"]["trials_needed"].get<double>() > 20000);
    CHECK(json["trusted"] == "gum");
  }
}

TEST_CASE("what differs by far is said with few trials") {
  const Calculator model;
  model.write("m.toml", "[outputs]\ny = \"x^2\"\n" + normal_input("x", "0.1", "1"));
  CHECK(decided(model, "differ", 5, {"--trials", "2000"}) == 5);
  model.write("m.toml", example("jcgm101-9.2.4-dominant-rectangular"));
  CHECK(decided(model, "differ", 5) == 5);
}
