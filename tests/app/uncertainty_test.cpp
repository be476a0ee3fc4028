// `etalon uncertainty` from a model file to text, JSON, components and picture, and what it says about bad input.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/app/program.h"

using namespace etalon::tests;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

const char* const lengths = R"(title = "Two lengths"
[outputs]
l = "a + b"
d = "a - b"
[units]
l = "mm"
[inputs.a]
value = 20
standard_uncertainty = 0.3
degrees_of_freedom = 5
unit = "mm"
[inputs.b]
value = 2.5
half_width = 0.02
unit = "cm"
)";

std::string example(const std::string& name) {
  return ETALON_SOURCE_DIR "/configs/examples/" + name + ".toml";
}

std::set<std::string> keys_of(const Json& json) {
  std::set<std::string> keys;
  for (const auto& [key, value] : json.items())
    keys.insert(key);
  return keys;
}

bool has_all(const Json& json, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (!json.contains(key)) {
      WARN("missing key: " << key);
      return false;
    }
  }
  return true;
}

// There are results; with so few trials as here it is often open whether the methods agree.
bool evaluated(const Outcome& outcome) {
  return outcome.exit_code == 0 || outcome.exit_code == 5;
}

// The model in a folder of its own; the program is asked for JSON, components and a picture beside it.
class Model {
 public:
  explicit Model(const std::string& text) { write_text(file(), text); }
  std::string file() const { return folder_ / "model.toml"; }
  std::string path(const std::string& name) const { return folder_ / name; }
  Outcome run(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"uncertainty", file()});
    if (std::none_of(options.begin(), options.end(), [](const auto& option) { return option.starts_with("--trials"); }))
      options.insert(options.end(), {"--trials", "20000"});
    return etalon::tests::etalon(options);
  }
  Json json(std::vector<std::string> options = {}) const {
    options.insert(options.end(), {"--json", "-"});
    const Outcome outcome = run(options);
    INFO(outcome.output);
    REQUIRE(evaluated(outcome));
    return Json::parse(outcome.output);
  }

 private:
  TemporaryFolder folder_;
};

// What is said about a model that must be refused; nothing may have been written.
std::string refusal(const std::string& text, std::vector<std::string> options = {}) {
  const Model model(text);
  for (const char* option : {"--json", "--components", "--plot"}) {
    if (std::find(options.begin(), options.end(), option) == options.end())
      options.insert(options.end(), {option, model.path(option + 2 == std::string("plot") ? "out.svg" : option + 2)});
  }
  const Outcome outcome = model.run(options);
  CHECK(outcome.exit_code == 2);
  for (const char* file : {"json", "components", "out.svg"})
    CHECK_FALSE(std::filesystem::exists(model.path(file)));
  return outcome.output;
}

// The model y = x + c with this text as the input x.
std::string with_input(const std::string& keys) {
  return "[outputs]\ny = \"x + c\"\n[inputs.c]\nvalue = 1\nstandard_uncertainty = 0.1\n[inputs.x]\n" + keys;
}

}  // namespace

TEST_CASE("JSON: the keys that scripts rely on") {
  const Model model(lengths);
  const Json json = model.json();
  CHECK(json["title"] == "Two lengths");
  CHECK(keys_of(json["outputs"]) == std::set<std::string>{"l", "d"});
  const Json& l = json["outputs"]["l"];
  CHECK(l["unit"] == "mm");
  REQUIRE(has_all(l, {"gum", "second_order", "monte_carlo", "validation"}));
  REQUIRE(has_all(l["gum"], {"value", "standard_uncertainty", "effective_degrees_of_freedom", "coverage_probability",
                             "coverage_factor", "expanded_uncertainty", "interval", "budget"}));
  CHECK(l["gum"]["value"].get<double>() == Approx(45));
  const double u_b = 0.2 / std::sqrt(3.0);
  const double u = std::hypot(0.3, u_b);
  CHECK(l["gum"]["standard_uncertainty"].get<double>() == Approx(u));
  CHECK(l["gum"]["effective_degrees_of_freedom"].get<double>() == Approx(5 * std::pow(u / 0.3, 4)));
  CHECK(l["gum"]["coverage_probability"] == 0.95);
  CHECK(l["gum"]["interval"][1].get<double>() == Approx(45 + l["gum"]["expanded_uncertainty"].get<double>()));
  REQUIRE(l["gum"]["budget"].size() == 2);
  const Json& line = l["gum"]["budget"][1];
  REQUIRE(has_all(line, {"input", "value", "standard_uncertainty", "degrees_of_freedom", "distribution", "sensitivity",
                         "contribution"}));
  CHECK(line["input"] == "b");
  CHECK(line["distribution"] == "rectangular");
  CHECK(line["degrees_of_freedom"].is_null());
  CHECK(line["standard_uncertainty"].get<double>() == Approx(u_b / 10));
  CHECK(line["sensitivity"].get<double>() == Approx(10));
  CHECK(line["contribution"].get<double>() == Approx(u_b));
  CHECK(json["outputs"]["d"]["gum"]["budget"][1]["sensitivity"].get<double>() == Approx(-10));
  CHECK(json["outputs"]["d"]["gum"]["budget"][1]["contribution"].get<double>() == Approx(u_b));
  REQUIRE(has_all(l["second_order"], {"value", "standard_uncertainty"}));
  REQUIRE(has_all(l["monte_carlo"], {"trials", "seed", "mean", "standard_uncertainty", "symmetric_interval",
                                     "shortest_interval", "numerical_tolerance"}));
  CHECK(l["monte_carlo"]["trials"] == 20000);
  CHECK(l["monte_carlo"]["seed"] == 1);
  REQUIRE(has_all(l["validation"], {"significant_digits", "tolerance", "d_low", "d_high", "gum_valid"}));
  REQUIRE(json["correlation"].size() == 2);
  CHECK(json["correlation"][0][0] == 1.0);
  CHECK(json["correlation"][0][1].get<double>() == Approx((0.09 - u_b * u_b) / (u * u)));
}

TEST_CASE("- is standard input and standard output") {
  const Model model(lengths);
  const std::string command = etalon_program() + " uncertainty - --trials 20000 --json - < '" + model.file() + "'";
  const Outcome outcome = run_program({"sh", "-c", command});
  CHECK(evaluated(outcome));
  CHECK(Json::parse(outcome.output) == model.json());
  const Outcome to_file = model.run({"--json", model.path("out.json")});
  CHECK(evaluated(to_file));
  CHECK_THAT(to_file.output, Contains("Two lengths") && Contains("Monte Carlo"));
  CHECK(read_text(model.path("out.json")) == outcome.output);
}

TEST_CASE("methods, one by one and together") {
  const Model model(lengths);
  const auto methods = [&](const std::string& names) {
    std::set<std::string> keys = keys_of(model.json({"--method", names})["outputs"]["l"]);
    keys.erase("unit");
    keys.erase("trusted");
    return keys;
  };
  CHECK(methods("gum") == std::set<std::string>{"gum"});
  CHECK(methods("second-order") == std::set<std::string>{"second_order"});
  CHECK(methods("monte-carlo") == std::set<std::string>{"monte_carlo"});
  CHECK(methods("gum,second-order") == std::set<std::string>{"gum", "second_order"});
  CHECK(methods("monte-carlo,gum") == std::set<std::string>{"gum", "monte_carlo", "validation"});
  CHECK_THAT(refusal(lengths, {"--method", "gum,monte"}), Contains("'monte'") && Contains("second-order"));
  CHECK_THAT(refusal(lengths, {"--method", ""}), Contains("there is no method"));
}

TEST_CASE("trials, seed, threads, coverage") {
  const Model model(lengths);
  const Json first = model.json({"--seed", "7"});
  CHECK(first == model.json({"--seed", "7"}));
  CHECK(first == model.json({"--seed", "7", "--threads", "1"}));
  CHECK(first == model.json({"--seed", "7", "--threads", "2"}));
  CHECK(first["outputs"]["l"]["monte_carlo"]["seed"] == 7);
  CHECK(first["outputs"]["l"]["monte_carlo"]["mean"] != model.json()["outputs"]["l"]["monte_carlo"]["mean"]);

  const Json adaptive = model.json({"--trials", "adaptive", "--digits", "1"})["outputs"]["l"]["monte_carlo"];
  CHECK(adaptive["settled"] == true);
  CHECK(adaptive["trials"].get<long>() >= 20000);
  CHECK(adaptive["trials"].get<long>() % 10000 == 0);
  CHECK(model.json({"--trials", "adaptive", "--digits", "1", "--threads", "1"})["outputs"]["l"]["monte_carlo"] ==
        model.json({"--trials", "adaptive", "--digits", "1", "--threads", "2"})["outputs"]["l"]["monte_carlo"]);

  const Json wide = model.json({"--coverage", "0.99"})["outputs"]["l"];
  CHECK(wide["gum"]["coverage_probability"] == 0.99);
  CHECK(wide["gum"]["expanded_uncertainty"].get<double>() >
        1.2 * first["outputs"]["l"]["gum"]["expanded_uncertainty"].get<double>());
  CHECK(wide["monte_carlo"]["symmetric_interval"][1] > first["outputs"]["l"]["monte_carlo"]["symmetric_interval"][1]);

  CHECK_THAT(refusal(lengths, {"--trials", "0"}), Contains("trials"));
  CHECK_THAT(refusal(lengths, {"--trials", "many"}), Contains("--trials many"));
  CHECK_THAT(refusal(lengths, {"--trials=-5"}), Contains("--trials -5"));
  CHECK_THAT(refusal(lengths, {"--digits", "0"}), Contains("digits"));
  CHECK_THAT(refusal(lengths, {"--seed=-1"}), Contains("--seed -1"));
  CHECK_THAT(refusal(lengths, {"--threads", "99999999999"}), Contains("--threads"));
  CHECK_THAT(refusal(lengths, {"--coverage", "95"}), Contains("between 0 and 1"));
  CHECK_THAT(refusal(lengths, {"--coverage", "0"}), Contains("--coverage 0"));
  CHECK_THAT(refusal(lengths, {"--colour", "red"}), Contains("there is no option"));
}

TEST_CASE("pictures of every example's kind") {
  const Model model(lengths);
  for (const char* name : {"out.svg", "out.pdf", "out.png"})
    CHECK(evaluated(model.run({"--plot", model.path(name)})));
  CHECK_THAT(read_text(model.path("out.svg")), Contains("<svg"));
  CHECK(read_text(model.path("out.pdf")).substr(0, 5) == "%PDF-");
  CHECK(read_text(model.path("out.png")).substr(1, 3) == "PNG");
  // One method alone, an output that does not vary, one that first order does not see.
  CHECK(model.run({"--method", "gum", "--plot", model.path("gum.svg")}).exit_code == 0);
  CHECK(model.run({"--method", "monte-carlo", "--plot", model.path("mc.svg")}).exit_code == 0);
  const Model still("[outputs]\na = \"2\"\nb = \"x^2\"\n[inputs.x]\nvalue = 0\nstandard_uncertainty = 1\n");
  CHECK(evaluated(still.run({"--plot", still.path("out.svg")})));

  CHECK_THAT(refusal(lengths, {"--plot", "picture.gif"}), Contains("picture.gif") && Contains(".svg, .png or .pdf"));
  CHECK_THAT(refusal(lengths, {"--plot", "/proc/none/picture.svg"}), Contains("/proc/none"));
  CHECK_THAT(refusal(lengths, {"--method", "second-order", "--plot", model.path("no.svg"), "--components",
                               model.path("no.json")}),
             Contains("needs the result"));
}

TEST_CASE("a distribution without mean and standard deviation is printed, drawn and null in JSON") {
  const Model model("[outputs]\ny = \"x\"\n[inputs.x]\nvalue = 3\nstandard_uncertainty = 1\ndegrees_of_freedom = 1\n");
  const Outcome outcome = model.run({"--plot", model.path("out.svg")});
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, Contains("y = -, u = -") && Contains("neither mean nor standard deviation"));
  const Json monte_carlo = model.json()["outputs"]["y"]["monte_carlo"];
  CHECK(monte_carlo["mean"].is_null());
  CHECK(monte_carlo["standard_uncertainty"].is_null());
  CHECK(monte_carlo["symmetric_interval"][1].get<double>() == Approx(3 + 12.706).epsilon(0.1));
}

TEST_CASE("pictures of numbers of any size") {
  for (const char* numbers :
       {"value = 1e300\nstandard_uncertainty = 1e290", "value = 1e-300\nstandard_uncertainty = 1e-299",
        "value = 1\nstandard_uncertainty = 1e-15", "value = 0\nstandard_uncertainty = 1e12"}) {
    INFO(numbers);
    const Model model("[outputs]\ny = \"x\"\n[inputs.x]\n" + std::string(numbers) + "\n");
    const Outcome outcome = model.run({"--plot", model.path("out.svg")});
    INFO(outcome.output);
    CHECK(evaluated(outcome));
  }
}

TEST_CASE("components keep where the uncertainty comes from") {
  const Model model(lengths);
  const Outcome outcome = model.run({"--components", "-"});
  REQUIRE(evaluated(outcome));
  const Json json = Json::parse(outcome.output);
  CHECK(json["format"] == "etalon uncertain numbers");
  CHECK(json["version"] == 1);
  REQUIRE(json["numbers"].size() == 2);
  CHECK(json["numbers"][0]["name"] == "l");
  CHECK(json["numbers"][0]["unit"] == "mm");
  CHECK_THAT(json["numbers"][1]["components"][1]["identity"].get<std::string>(),
             Catch::Matchers::StartsWith("b (model.toml, "));
  CHECK(json["numbers"][1]["components"][1]["contribution"].get<double>() == Approx(-0.2 / std::sqrt(3.0)));
}

namespace {

// A reference that two items share.
const char* const two_items = R"([outputs]
E_1 = "reference + noise_1"
E_2 = "reference + noise_2"
[inputs.reference]
value = 10
expanded_uncertainty = 0.02
coverage_factor = 2
unit = "V"
identity = "the reference"
[inputs.noise_1]
value = 0.001
standard_uncertainty = 0.0003
degrees_of_freedom = 9
unit = "V"
identity = "noise of item 1"
[inputs.noise_2]
value = 0.003
standard_uncertainty = 0.0004
degrees_of_freedom = 9
unit = "V"
identity = "noise of item 2"
)";

// A model beside reference.json, the components of two_items.
class Further : public Model {
 public:
  explicit Further(const std::string& text) : Model(text) {
    const Outcome outcome = Model(two_items).run({"--method", "gum", "--components", path("reference.json")});
    INFO(outcome.output);
    REQUIRE(outcome.exit_code == 0);
  }
};

std::string refusal_beside_reference(const std::string& text, const std::string& changed = "",
                                     const std::string& to = "") {
  const Further model(text);
  if (!changed.empty()) {
    std::string file = read_text(model.path("reference.json"));
    const std::size_t place = file.find(changed);
    REQUIRE(place != std::string::npos);
    write_text(model.path("reference.json"), file.replace(place, changed.size(), to));
  }
  const Outcome outcome = model.run({"--components", model.path("out.json")});
  CHECK(outcome.exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(model.path("out.json")));
  return outcome.output;
}

}  // namespace

TEST_CASE("a result from a file is still correlated with its siblings") {
  const Further model(
      "[outputs]\nd = \"E_2 - first\"\nagain = \"E_2 - copy\"\nr = \"E_2 - ref\"\n"
      "[inputs.E_2]\nfrom = \"reference.json\"\n"
      "[inputs.first]\nfrom = \"reference.json\"\nquantity = \"E_1\"\nunit = \"mV\"\n"
      "[inputs.copy]\nfrom = \"reference.json\"\nquantity = \"E_2\"\nunit = \"mV\"\n"
      "[inputs.ref]\nvalue = 10\nexpanded_uncertainty = 0.02\ncoverage_factor = 2\nunit = \"V\"\n"
      "identity = \"the reference\"\n");
  const Json json = model.json({"--components", model.path("further.json")});
  const Json& d = json["outputs"]["d"];
  CHECK(d["unit"] == "V");
  CHECK(d["gum"]["value"].get<double>() == Approx(0.002));
  CHECK(d["gum"]["standard_uncertainty"].get<double>() == Approx(0.0005).epsilon(1e-9));
  CHECK(d["gum"]["budget"][1]["value"].get<double>() == Approx(10001));
  CHECK(d["gum"]["budget"][1]["unit"] == "mV");
  CHECK(d["gum"]["budget"][1]["standard_uncertainty"].get<double>() == Approx(std::hypot(10, 0.3)));
  CHECK(d["monte_carlo"]["standard_uncertainty"].get<double>() == Approx(0.0005 * std::sqrt(9.0 / 7)).epsilon(0.05));
  CHECK(d["validation"]["verdict"].is_string());
  CHECK(json["outputs"]["again"]["gum"]["standard_uncertainty"] == 0.0);
  CHECK(json["outputs"]["again"]["monte_carlo"]["standard_uncertainty"].get<double>() < 1e-13);
  CHECK(json["outputs"]["r"]["gum"]["standard_uncertainty"].get<double>() == Approx(0.0004).epsilon(1e-9));
  const std::string notes = json["notes"].dump();
  CHECK_THAT(notes, Contains("E_2, first, copy, ref have in common") && Contains("the reference"));
  CHECK_THAT(notes, Contains("once a trial"));
  const Outcome text = model.run();
  CHECK_THAT(text.output, Contains("have in common"));

  // The quantities behind, not a new one for what was read.
  const Json further = Json::parse(read_text(model.path("further.json")));
  std::set<std::string> identities;
  for (const Json& component : further["numbers"][0]["components"])
    identities.insert(component["identity"].get<std::string>());
  CHECK(identities == std::set<std::string>{"noise of item 1", "noise of item 2"});
}

TEST_CASE("a model in two files says what the whole model says") {
  const std::string inputs =
      "[inputs.a]\nvalue = 2\nstandard_uncertainty = 0.1\nidentity = \"A\"\n"
      "[inputs.b]\nreadings = [3.1, 3.0, 2.9, 3.2]\nidentity = \"B\"\n"
      "[inputs.c]\nreadings = [1.1, 1.3, 1.2, 1.1]\nidentity = \"C\"\n"
      "[[correlations]]\ninputs = [\"b\", \"c\"]\nfrom = \"readings\"\n";
  const Model whole("[outputs]\ny = \"p*q + a\"\nz = \"p/q\"\n[intermediates]\np = \"a*b\"\nq = \"b - c\"\n" + inputs);
  const Model first("[outputs]\np = \"a*b\"\nq = \"b - c\"\n" + inputs);
  const Model second("[outputs]\ny = \"p*q + a\"\nz = \"p/q\"\n[inputs.p]\nfrom = \"" + first.path("c.json") +
                     "\"\n[inputs.q]\nfrom = \"" + first.path("c.json") +
                     "\"\n[inputs.a]\nvalue = 2\nstandard_uncertainty = 0.1\nidentity = \"A\"\n");
  CHECK(first.run({"--method", "gum", "--components", first.path("c.json")}).exit_code == 0);
  const Json expected = whole.json({"--method", "gum,second-order", "--components", whole.path("c.json")});
  const Json found = second.json({"--method", "gum,second-order", "--components", second.path("c.json")});
  for (const char* output : {"y", "z"}) {
    for (const char* key : {"value", "standard_uncertainty", "effective_degrees_of_freedom", "expanded_uncertainty"}) {
      INFO(output << " " << key);
      CHECK(found["outputs"][output]["gum"][key].get<double>() ==
            Approx(expected["outputs"][output]["gum"][key].get<double>()).epsilon(1e-9));
    }
  }
  CHECK(found["correlation"][0][1].get<double>() == Approx(expected["correlation"][0][1].get<double>()));
  const Json one = Json::parse(read_text(whole.path("c.json")));
  const Json other = Json::parse(read_text(second.path("c.json")));
  REQUIRE(one["numbers"].size() == other["numbers"].size());
  for (std::size_t k = 0; k < 2; ++k) {
    const Json& parts = one["numbers"][k]["components"];
    const Json& chained = other["numbers"][k]["components"];
    REQUIRE(parts.size() == chained.size());
    REQUIRE(parts.size() == 3);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      CHECK(parts[i]["identity"] == chained[i]["identity"]);
      CHECK(parts[i]["degrees_of_freedom"] == chained[i]["degrees_of_freedom"]);
      CHECK(parts[i].value("ensemble", "") == chained[i].value("ensemble", ""));
      CHECK(parts[i]["contribution"].get<double>() == Approx(chained[i]["contribution"].get<double>()).epsilon(1e-9));
    }
  }
}

TEST_CASE("inputs from files that cannot be used are refused with their place") {
  const std::string y = "[outputs]\ny = \"E_1\"\n[inputs.E_1]\n";
  const std::string from = "from = \"reference.json\"\n";
  const auto said = [&](const std::string& keys) { return refusal_beside_reference(y + keys); };
  CHECK_THAT(said("from = \"referense.json\"\n"), Contains("model.toml:4:8:") && Contains("referense.json"));
  CHECK_THAT(said(from + "quantity = \"E_3\"\n"),
             Contains("model.toml:5:12:") && Contains("did you mean 'E_1'") && Contains("E_1, E_2"));
  CHECK_THAT(refusal_beside_reference("[outputs]\ny = \"mass\"\n[inputs.mass]\n" + from),
             Contains("model.toml:4:8:") && Contains("no quantity 'mass'") && Contains("E_1, E_2"));
  CHECK_THAT(said(from + "unit = \"A\"\n"), Contains("model.toml:5:8:") && Contains("V") && Contains("A"));
  CHECK_THAT(said(from + "unit = \"volts\"\n"), Contains("model.toml:5:8:") && Contains("volts"));
  CHECK_THAT(said(from + "value = 3\n"), Contains("model.toml:5:9:") && Contains("does not go with from"));
  CHECK_THAT(said(from + "standard_uncertainty = 3\n"), Contains("model.toml:5:24:"));
  CHECK_THAT(said("quantity = \"E_1\"\n"), Contains("model.toml:3:") && Contains("from"));
  CHECK_THAT(said(from + "identity = \"mine\"\n"), Contains("model.toml:5:12:") && Contains("components"));
  CHECK_THAT(said(from + "quantty = \"E_1\"\n"), Contains("model.toml:5:") && Contains("did you mean quantity"));
  CHECK_THAT(refusal_beside_reference(y + from, "\"version\": 1", "\"version\": 2"),
             Contains("model.toml:4:8:") && Contains("reference.json") && Contains("version 2"));
  CHECK_THAT(refusal_beside_reference(y + from, "etalon uncertain numbers", "another"),
             Contains("model.toml:4:8:") && Contains("etalon uncertain numbers"));
  CHECK_THAT(refusal_beside_reference(y + from + "unit = \"V\"\n", "\"unit\": \"V\"", "\"unit\": null"),
             Contains("model.toml:5:8:") && Contains("unit of 'E_1' is not known"));
  CHECK_THAT(refusal_beside_reference(y + from, "10.001", "\"ten\""), Contains("model.toml:4:8:"));

  const std::string own = "[outputs]\ny = \"E_1 + x\"\n[inputs.E_1]\n" + from + "[inputs.x]\nunit = \"V\"\nvalue = 1\n";
  CHECK_THAT(refusal_beside_reference(own + "standard_uncertainty = 0.1\nidentity = \"noise of item 1\"\n"),
             Contains("model.toml:9:12:") && Contains("inf degrees of freedom here and 9"));
  CHECK_THAT(refusal_beside_reference(own + "standard_uncertainty = 0.1\n[[correlations]]\ninputs = [\"x\", \"E_1\"]\n"
                                            "coefficient = 0.5\n"),
             Contains("model.toml:10:10:") && Contains("'E_1'") && Contains("coefficient"));
  // The same file with other degrees of freedom under another name.
  const Further twice("[outputs]\ny = \"E_1 + E_2\"\n[inputs.E_1]\n" + from + "[inputs.E_2]\nfrom = \"other.json\"\n");
  std::string text = read_text(twice.path("reference.json"));
  const std::string infinite_nu = "\"degrees_of_freedom\": null";
  for (std::size_t place = text.find(infinite_nu); place != std::string::npos; place = text.find(infinite_nu))
    text.replace(place, infinite_nu.size(), "\"degrees_of_freedom\": 7");
  write_text(twice.path("other.json"), text);
  const Outcome outcome = twice.run();
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("model.toml:6:8:") && Contains("'the reference' has 7") && Contains("inf"));
}

TEST_CASE("only a name is no proof that two quantities are one") {
  const std::string model =
      "[outputs]\ny = \"p + noise\"\n[inputs.p]\nfrom = \"first.json\"\n[inputs.noise]\nvalue = 0\n"
      "standard_uncertainty = 0.1\n";
  const std::string first_text =
      "[outputs]\np = \"x + noise\"\n[inputs.x]\nvalue = 1\nstandard_uncertainty = 0.1\n"
      "[inputs.noise]\nvalue = 0\nstandard_uncertainty = 0.1\n";
  const auto run = [&](const std::string& stated, const std::string& text) {
    const Model first(first_text + (stated.empty() ? "" : "identity = \"" + stated + "\"\n"));
    const Model second(text);
    REQUIRE(first.run({"--method", "gum", "--components", second.path("first.json")}).exit_code == 0);
    return second.run({"--method", "gum", "--json", "-"});
  };
  const Outcome refused = run("noise", model);
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.output, Contains("model.toml:5:1:") && Contains("'noise'") && Contains("identity = \"noise\""));
  const auto u = [&](const std::string& stated, const std::string& identity) {
    const Outcome outcome = run(stated, identity.empty() ? model : model + "identity = \"" + identity + "\"\n");
    INFO(outcome.output);
    REQUIRE(outcome.exit_code == 0);
    return Json::parse(outcome.output)["outputs"]["y"]["gum"]["standard_uncertainty"].get<double>();
  };
  CHECK(u("noise", "noise") == Approx(0.1 * std::sqrt(5.0)));
  CHECK(u("noise", "noise of the second") == Approx(0.1 * std::sqrt(3.0)));
  // What one of the two does not state is its own.
  CHECK(u("", "noise") == Approx(0.1 * std::sqrt(3.0)));
  CHECK(u("", "") == Approx(0.1 * std::sqrt(3.0)));
}

TEST_CASE("every form of input has the standard uncertainty of its source") {
  const auto u_of = [](const std::string& keys) {
    return Model(with_input(keys)).json({"--method", "gum"})["outputs"]["y"]["gum"]["budget"][1];
  };
  CHECK(u_of("readings = [1, 2, 3]")["standard_uncertainty"].get<double>() == Approx(1 / std::sqrt(3.0)));
  CHECK(u_of("readings = [1, 2, 3]")["degrees_of_freedom"] == 2.0);
  // JJF 1059.1 4.3.2.3: R = 0.4, C_4 = 2.06.
  CHECK(u_of("readings = [10.1, 10.4, 10.0, 10.3]\nevaluation = \"range\"")["standard_uncertainty"].get<double>() ==
        Approx(0.09714629145262729).epsilon(1e-12));
  // A line without scatter: at time 4 it is at 5, with no uncertainty.
  const Json drift = u_of("readings = [1, 2, 3, 4]\nevaluation = \"drift\"\nat = 4");
  CHECK(drift["value"].get<double>() == Approx(5));
  CHECK(drift["standard_uncertainty"].get<double>() == Approx(0).margin(1e-12));
  CHECK(u_of("readings = [1, 2, 2, 1, 1, 2, 2, 1]\nevaluation = \"autocorrelated\"")["value"] == 1.5);
  const Json pooled = u_of("readings = [1, 2]\npooled_standard_deviation = 0.4\ndegrees_of_freedom = 20");
  CHECK(pooled["standard_uncertainty"].get<double>() == Approx(0.4 / std::sqrt(2.0)));
  CHECK(pooled["degrees_of_freedom"] == 20.0);
  CHECK(u_of("value = 1\nexpanded_uncertainty = 4\ncoverage_factor = 2")["standard_uncertainty"] == 2.0);
  CHECK(
      u_of("value = 1\nexpanded_uncertainty = 4\ncoverage_probability = 0.95")["standard_uncertainty"].get<double>() ==
      Approx(4 / 1.959963984540054));
  CHECK(u_of("value = 1\nexpanded_uncertainty = 4\ncoverage_probability = 0.95\ndegrees_of_freedom = 4")
            ["standard_uncertainty"]
                .get<double>() == Approx(4 / 2.7764451051977987));
  CHECK(u_of("lower = -1\nupper = 2\ndistribution = \"triangular\"")["standard_uncertainty"].get<double>() ==
        Approx(1.5 / std::sqrt(6.0)));
  CHECK(u_of("value = 0\nhalf_width = 1\ndistribution = \"arcsine\"")["standard_uncertainty"].get<double>() ==
        Approx(1 / std::sqrt(2.0)));
  CHECK(u_of("value = 0\nhalf_width = 1\ndistribution = \"trapezoidal\"\nshape = 0.5")["standard_uncertainty"]
            .get<double>() == Approx(std::sqrt(1.25 / 6)));
  CHECK(u_of("value = 0\nhalf_width = 1\ndistribution = \"curvilinear-trapezoidal\"\nlimit_uncertainty = 0.3")
            ["standard_uncertainty"]
                .get<double>() == Approx(std::sqrt(1 / 3.0 + 0.01)));
  CHECK(u_of("value = 3\ndistribution = \"exponential\"")["standard_uncertainty"] == 3.0);
  CHECK(u_of("value = 8\ndistribution = \"gamma\"")["standard_uncertainty"] == 3.0);
  CHECK(u_of("count = 8\nobservations = 2")["standard_uncertainty"] == 1.5);
  CHECK(u_of("value = 3")["distribution"] == "constant");
  CHECK(u_of("value = 3\nstandard_uncertainty = 1\ndistribution = \"normal\"")["distribution"] == "normal");
  CHECK(u_of("value = 3\nstandard_uncertainty = 0")["standard_uncertainty"] == 0.0);
}

TEST_CASE("bad inputs are refused with their place") {
  const auto said = [](const std::string& keys) { return refusal(with_input(keys)); };
  CHECK_THAT(said("value = 1\nstandard_uncertainty = -0.1"), Contains("model.toml:8:24:") && Contains("-0.1"));
  CHECK_THAT(said("value = 1\nhalf_width = -2"), Contains("model.toml:8:14:") && Contains("-2"));
  CHECK_THAT(said("value = nan\nstandard_uncertainty = 1"), Contains("model.toml:7:9:") && Contains("finite number"));
  CHECK_THAT(said("readings = [1, nan, 3]"), Contains("model.toml:7:") && Contains("finite number"));
  CHECK_THAT(said("readings = [1]"), Contains("model.toml:7:12:") && Contains("2"));
  CHECK_THAT(said("value = \"1\"\nstandard_uncertainty = 1"), Contains("model.toml:7:9:") && Contains("text \"1\""));
  CHECK_THAT(said("value = 1\nstandard_uncertainty = 1\ndegrees_of_freedom = 0"), Contains("model.toml:8:"));
  CHECK_THAT(said("value = 1\nexpanded_uncertainty = 1"), Contains("model.toml:8:24:") && Contains("coverage_factor"));
  CHECK_THAT(said("value = 1\nexpanded_uncertainty = 1\ncoverage_factor = 0"), Contains("model.toml:8:"));
  CHECK_THAT(said("standard_uncertainty = 1"), Contains("model.toml:6:") && Contains("value"));
  CHECK_THAT(said("lower = 1"), Contains("model.toml:6:") && Contains("upper"));
  CHECK_THAT(said("lower = 2\nupper = 1"), Contains("model.toml:7:"));
  CHECK_THAT(said("unit = \"V\""), Contains("model.toml:6:1:") && Contains("says nothing"));
  CHECK_THAT(said("value = 1\nunit = \"Volt\""), Contains("model.toml:8:8:") && Contains("Volt"));
  CHECK_THAT(said("value = 1\nstandart_uncertainty = 1"),
             Contains("model.toml:8:") && Contains("did you mean standard_uncertainty"));
  CHECK_THAT(said("value = 1\nhalf_width = 1\ndistribution = \"rectangle\""),
             Contains("model.toml:9:16:") && Contains("rectangular"));
  CHECK_THAT(said("value = 1\nhalf_width = 1\ndistribution = \"trapezoidal\""), Contains("needs shape"));
  CHECK_THAT(said("value = 1\nhalf_width = 1\ndistribution = \"curvilinear-trapezoidal\""),
             Contains("needs limit_uncertainty"));
  CHECK_THAT(said("count = 2.5"), Contains("model.toml:7:"));
  CHECK_THAT(said("count = 2\nobservations = 0"), Contains("model.toml:8:"));
}

TEST_CASE("an input has one form") {
  const auto said = [](const std::string& keys) { return refusal(with_input(keys)); };
  CHECK_THAT(said("readings = [1, 2]\nhalf_width = 1"), Contains("model.toml:8:14:") && Contains("readings"));
  CHECK_THAT(said("readings = [1, 2]\nvalue = 1"), Contains("model.toml:8:9:"));
  CHECK_THAT(said("readings = [1, 2]\ndegrees_of_freedom = 9"), Contains("model.toml:8:22:") && Contains("n - 1"));
  CHECK_THAT(said("value = 1\nstandard_uncertainty = 1\nhalf_width = 1"), Contains("model.toml:9:14:"));
  CHECK_THAT(said("value = 1\nstandard_uncertainty = 1\ncoverage_factor = 2"), Contains("model.toml:9:19:"));
  CHECK_THAT(said("value = 1\nstandard_uncertainty = 1\nexpanded_uncertainty = 2"), Contains("model.toml:9:24:"));
  CHECK_THAT(said("value = 1\nstandard_uncertainty = 1\ndistribution = \"rectangular\""),
             Contains("model.toml:9:16:") && Contains("half_width"));
  CHECK_THAT(said("value = 1\nexpanded_uncertainty = 2\ncoverage_factor = 2\ncoverage_probability = 0.95"),
             Contains("model.toml:8:"));
  CHECK_THAT(said("value = 1\nhalf_width = 1\nlower = 0"), Contains("lower"));
  CHECK_THAT(said("value = 1\nlower = 0\nupper = 2"), Contains("model.toml:7:9:"));
  CHECK_THAT(said("value = 1\ndegrees_of_freedom = 5"), Contains("model.toml:8:22:"));
  CHECK_THAT(said("value = 1\nhalf_width = 1\nshape = 0.5"), Contains("model.toml:9:9:"));
  CHECK_THAT(said("count = 3\nvalue = 1"), Contains("model.toml:8:9:"));
}

TEST_CASE("bad models are refused with their place") {
  const std::string inputs =
      "[inputs.alpha]\nvalue = 1\nstandard_uncertainty = 0.1\nunit = \"V\"\n"
      "[inputs.beta]\nvalue = 1\nstandard_uncertainty = 0.1\nunit = \"A\"\n";
  CHECK_THAT(refusal("[outputs]\ny = \"2*alpa\"\n" + inputs),
             Contains("model.toml:2:5:") && Contains("2*alpa\n") && Contains("  ^") && Contains("'alpha'"));
  CHECK_THAT(refusal("[outputs]\ny = \"p*alpha\"\n[intermediates]\np = \"q + 1\"\nq = \"p*2\"\n" + inputs),
             Contains("model.toml:4:5:") && Contains("p") && Contains("q"));
  CHECK_THAT(refusal("[outputs]\ny = \"alpha + beta\"\n" + inputs),
             Contains("model.toml:2:5:") && Contains("^") && Contains("V") && Contains("A"));
  CHECK_THAT(refusal("[outputs]\ny = \"alpha\"\n[units]\ny = \"m\"\n" + inputs), Contains("model.toml:2:5:"));
  CHECK_THAT(refusal("[outputs]\ny = \"alpha\"\n[units]\nz = \"m\"\n" + inputs), Contains("model.toml:4:5:"));
  CHECK_THAT(refusal("[outputs]\ny = \"alpha*(1 + \"\n" + inputs), Contains("model.toml:2:5:") && Contains("^"));
  CHECK_THAT(refusal("[outputs]\ny = 3\n" + inputs), Contains("model.toml:2:5:") && Contains("text"));
  CHECK_THAT(refusal("[outputs]\n" + inputs), Contains("model.toml:1:1:") && Contains("at least one"));
  CHECK_THAT(refusal(inputs), Contains("model.toml:") && Contains("outputs"));
  CHECK_THAT(refusal(""), Contains("model.toml:") && Contains("outputs"));
  CHECK_THAT(refusal("[outputs\n"), Contains("model.toml:1:") && Contains("TOML"));
  CHECK_THAT(refusal("titel = \"x\"\n[outputs]\ny = \"alpha\"\n" + inputs),
             Contains("model.toml:1:") && Contains("did you mean title"));
  CHECK_THAT(refusal("coverage_probability = 95\n[outputs]\ny = \"alpha\"\n" + inputs), Contains("model.toml:1:24:"));
  // Not finite at the estimates.
  CHECK_THAT(refusal("[outputs]\ny = \"1/(alpha - alpha)\"\n" + inputs), Contains("'y'") || Contains("y"));
}

TEST_CASE("bad correlations are refused with their place") {
  const std::string inputs =
      "[outputs]\ny = \"a + b + c\"\n[inputs.a]\nvalue = 1\nstandard_uncertainty = 1\n"
      "[inputs.b]\nvalue = 1\nstandard_uncertainty = 1\n"
      "[inputs.c]\nreadings = [1, 2, 3]\n";
  const auto said = [&](const std::string& text) { return refusal(inputs + text); };
  const auto pair = [](const std::string& a, const std::string& b, const std::string& r) {
    return "[[correlations]]\ninputs = [\"" + a + "\", \"" + b + "\"]\ncoefficient = " + r + "\n";
  };
  CHECK_THAT(said(pair("a", "b", "0.9") + pair("b", "c", "0.9") + pair("a", "c", "-0.9")),
             Contains("model.toml:") && Contains("semi"));
  CHECK_THAT(said(pair("a", "b", "1.2")), Contains("model.toml:13:15:") && Contains("-1 to 1"));
  CHECK_THAT(said(pair("a", "b", "nan")), Contains("model.toml:13:15:"));
  CHECK_THAT(said(pair("a", "B", "0.2")), Contains("model.toml:12:10:") && Contains("'B' is not an input"));
  CHECK_THAT(said(pair("a", "a", "0.2")), Contains("model.toml:12:10:") && Contains("twice"));
  CHECK_THAT(said(pair("a", "b", "0.2") + pair("b", "a", "0.2")), Contains("model.toml:15:10:") && Contains("twice"));
  CHECK_THAT(said("[[correlations]]\ninputs = [\"a\", \"c\"]\nfrom = \"readings\"\n"),
             Contains("model.toml:12:10:") && Contains("'a' has no readings"));
  CHECK_THAT(said("[[correlations]]\ninputs = [\"a\", \"b\", \"c\"]\ncoefficient = 0.1\n"),
             Contains("model.toml:12:10:"));
  CHECK_THAT(said("[[correlations]]\ninputs = [\"a\", \"b\"]\n"), Contains("model.toml:12:10:"));
  CHECK(Model(inputs + pair("a", "b", "1")).json({"--method", "gum"})["outputs"]["y"]["gum"]["value"] == 4.0);
}

TEST_CASE("the first result line is the one to trust") {
  const auto lines_of = [](const std::string& text) {
    const std::string output = Model(text).run().output;
    INFO(output);
    const std::size_t at = output.find("  result ");
    REQUIRE(at != std::string::npos);
    return output.substr(at);
  };
  const std::string bent = "[outputs]\ny = \"a^2\"\n[inputs.a]\nvalue = 1\nstandard_uncertainty = 1\n";
  const std::string differing = lines_of(bent);
  const std::string first = differing.substr(0, differing.find('\n'));
  CHECK_THAT(first, Contains(" % (Monte Carlo)") && !Contains("±"));
  CHECK_THAT(differing,
             Contains("\n  GUM                   (1.0 ± 3.9),  p = 95 %, k = 1.96 (normal distribution)\n") &&
                 Contains("differ: trust Monte Carlo"));
  const Json json = Model(bent).json()["outputs"]["y"];
  CHECK(json["trusted"] == "monte_carlo");
  // y = 1.9 or so, between about 0.01 and 8.7.
  const double mean = json["monte_carlo"]["mean"];
  char rounded[32];
  std::snprintf(rounded, sizeof rounded, "%.1f", mean);
  CHECK_THAT(first, Contains(std::string("result                ") + rounded + " ["));
  CHECK(Model(lengths).json()["outputs"]["l"]["trusted"].is_string());
  CHECK(Model(bent).json({"--method", "gum"})["outputs"]["y"]["trusted"] == "gum");
  CHECK(Model(bent).json({"--method", "second-order"})["outputs"]["y"]["trusted"].is_null());
  CHECK_THAT(Model(bent).run({"--method", "gum"}).output, Contains("result                (1.0 ± 3.9)"));
  CHECK_THAT(Model(bent).run({"--method", "monte-carlo"}).output, Contains(" % (Monte Carlo)"));
}

TEST_CASE("degrees of freedom are printed as they are") {
  const Outcome outcome = etalon::tests::etalon({"uncertainty", example("ea402-s3-resistor"), "--method", "gum"});
  CHECK_THAT(outcome.output, Contains("ν = 76961,") && Contains("(t distribution)"));
  CHECK_THAT(Model(lengths).run().output, !Contains("-0.000"));
}

TEST_CASE("nothing is wider than the terminal") {
  // `script` gives the program a terminal of its own.
  for (const int columns : {80, 120}) {
    for (const char* name : {"ea402-s3-resistor", "gum-h1-end-gauge", "gum-h2-impedance", "resistors-ratio"}) {
      const Outcome outcome =
          run_program({"script", "-qec",
                       "stty cols " + std::to_string(columns) + "; NO_COLOR=1 TERM=dumb '" + etalon_program() +
                           "' uncertainty '" + example(name) + "' --trials 20000",
                       "/dev/null"});
      INFO(name << "\n" << outcome.output);
      REQUIRE(evaluated(outcome));
      std::size_t begin = 0;
      while (begin < outcome.output.size()) {
        const std::size_t end = std::min(outcome.output.find('\n', begin), outcome.output.size());
        const std::string line = outcome.output.substr(begin, end - begin);
        const auto width = std::count_if(line.begin(), line.end(), [](char c) {
          return (static_cast<unsigned char>(c) & 0xc0) != 0x80 && c != '\r';
        });
        CAPTURE(line);
        CHECK(width <= columns);
        begin = end + 1;
      }
    }
  }
}

TEST_CASE("files are written last, and an error names those written before") {
  const Model model(lengths);
  const Outcome refused = model.run({"--json", "-", "--components", "-"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.output, Contains("two documents"));
  const Outcome outcome = model.run({"--plot", model.path("a.svg"), "--json", "/proc/none/x.json"});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("/proc/none") && Contains("written before: " + model.path("a.svg")));
  CHECK(std::filesystem::exists(model.path("a.svg")));
  const Outcome first = model.run({"--plot", "/proc/none/a.svg", "--json", model.path("x.json")});
  CHECK(first.exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(model.path("x.json")));
}

TEST_CASE("slips in the model file's head are named") {
  CHECK_THAT(refusal("[outputs]\ny = \"a\"\n[input.a]\nvalue = 1\n"),
             Contains("model.toml:3:") && Contains("unknown key input; did you mean inputs?"));
  CHECK_THAT(refusal("[outputs]\ny = \"a\"\n"), Contains("no [inputs] table") && Contains("unknown name 'a'"));
  for (const char* nu : {"-1", "0"})
    CHECK_THAT(
        refusal(with_input("value = 1\nstandard_uncertainty = 1\ndegrees_of_freedom = " + std::string(nu) + "\n")),
        Contains("positive number") && !Contains("infinity"));
}

TEST_CASE("pictures of long names and of a value with a share of its own") {
  const std::string name = "a_very_long_name_of_an_output_that_leaves_no_room_for_anything_else_beside_it_on_the_page";
  const Model model("[outputs]\n" + name +
                    " = \"max(the_input_with_quite_a_long_name_too_that_cannot_be_shown_in_full, 0)\"\n"
                    "[inputs.the_input_with_quite_a_long_name_too_that_cannot_be_shown_in_full]\nvalue = "
                    "0.1\nstandard_uncertainty = 1\n");
  const Outcome outcome = model.run({"--plot", model.path("out.svg")});
  INFO(outcome.output);
  CHECK(evaluated(outcome));
}

TEST_CASE("a file that is not there") {
  const Outcome outcome = etalon::tests::etalon({"uncertainty", "/nowhere/model.toml"});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("/nowhere/model.toml"));
  CHECK(etalon::tests::etalon({"uncertainty"}).exit_code == 2);
  CHECK(etalon::tests::etalon({"uncertainty", "--help"}).exit_code == 0);
}

TEST_CASE("the example in two files: the second's file is what the first writes") {
  const TemporaryFolder folder;
  REQUIRE(etalon::tests::etalon(
              {"uncertainty", example("resistors-calibration"), "--method", "gum", "--components", folder / "c.json"})
              .exit_code == 0);
  CHECK(read_text(folder / "c.json") == read_text(ETALON_SOURCE_DIR "/configs/examples/resistors-calibration.json"));
  const Outcome outcome =
      etalon::tests::etalon({"uncertainty", example("resistors-ratio"), "--trials", "20000", "--json", "-"});
  REQUIRE(evaluated(outcome));
  const Json json = Json::parse(outcome.output);
  // Of the ratio, the standard's 5e-6 is gone; in the sum it counts twice.
  const double noise = 0.3e-6 / std::sqrt(5.0) * std::sqrt(2.0);
  CHECK(json["outputs"]["ratio"]["gum"]["standard_uncertainty"].get<double>() < 5 * noise);
  CHECK(json["outputs"]["in_series"]["gum"]["standard_uncertainty"].get<double>() == Approx(2 * 0.0005).epsilon(0.001));
}

TEST_CASE("every published example is evaluated by every method") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ETALON_SOURCE_DIR "/configs/examples")) {
    if (entry.path().extension() != ".toml") continue;
    INFO(entry.path().string());
    const Outcome outcome =
        etalon::tests::etalon({"uncertainty", entry.path().string(), "--trials", "20000", "--json", "-"});
    INFO(outcome.output);
    REQUIRE(evaluated(outcome));
    const Json results = Json::parse(outcome.output);
    for (const auto& [name, output] : results["outputs"].items())
      CHECK(has_all(output, {"gum", "second_order", "monte_carlo", "validation"}));
    ++count;
  }
  CHECK(count >= 20);
  CHECK_THAT(etalon::tests::etalon({"uncertainty", example("gum-h1-end-gauge"), "--method", "gum"}).output,
             Contains("50000838"));
}
