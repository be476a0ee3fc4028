// The evaluation part of a procedure: units of inputs and models, forms, what is refused and where.
#include "calibration/evaluation/evaluation_rules.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "base/error.h"
#include "tests/calibration/evaluation/written_run.h"

using namespace etalon;
using namespace etalon::calibration;
using Catch::Contains;

namespace {

// The tables that the evaluation reads; `model` and `inputs` as given.
std::string rules_text(const std::string& inputs, const std::string& model = "error = \"indication - setting + x\"",
                       const std::string& decision = "rule = \"JJF 1094\"") {
  return "[model]\n" + model + "\n" + inputs + "\n[decision]\n" + decision + "\n";
}

InputQuantity input_x(const std::string& keys, const std::string& unit = "V") {
  return parse_evaluation_rules(rules_text("[inputs.x]\n" + keys, "error = \"indication\""), "p.toml", unit)
      .inputs.at("x")
      .quantity;
}

// The contribution of the input x to the error of "10 V / 10 V", in V, when the model of a fed point has `term`.
double contribution(const std::string& keys, const std::string& term) {
  std::string text = tests::procedure_text();
  text = tests::with(text, " + emf)\"\n", " + emf) + " + term + "\"\n");
  text = tests::with(text, "[inputs.emf]", "[inputs.x]\n" + keys + "\n[inputs.emf]");
  const auto results =
      evaluate(tests::written_run([](const auto&) { return tests::WrittenPoint{}; }, "2026-06-01", text));
  for (const BudgetLine& line : tests::point_of(results, "10 V / 10 V").error.lines) {
    if (line.input == "x") return std::fabs(line.contribution);
  }
  throw std::logic_error("x is not in the budget");
}

const double root3 = std::sqrt(3.0);

}  // namespace

TEST_CASE("a further input counts with its size, whatever unit it is written in") {
  // 20 mV is 0.02 V however it is said.
  for (const char* keys : {"half_width = \"20 mV\"", "half_width = \"20 mV\"\nunit = \"kV\"",
                           "half_width = \"20 mV\"\nunit = \"uV\"", "half_width = 0.02\nunit = \"V\"",
                           "half_width = 20\nunit = \"mV\"", "lower = \"-20 mV\"\nupper = \"0.02 V\"\nunit = \"nV\""}) {
    INFO(keys);
    CHECK(contribution(keys, "x") == Approx(0.02 / root3).epsilon(1e-12));
  }
  CHECK(contribution("half_width = \"0.25 uV\"\nunit = \"uV\"", "x") == Approx(0.25e-6 / root3).epsilon(1e-12));
  CHECK(contribution("standard_uncertainty = \"3 uV\"\nunit = \"kV\"", "x") == Approx(3e-6).epsilon(1e-12));
  CHECK(contribution("expanded_uncertainty = \"8 uV\"\ncoverage_factor = 2\nunit = \"mV\"", "x") ==
        Approx(4e-6).epsilon(1e-12));
}

TEST_CASE("gains and coefficients count with their size, too") {
  for (const char* keys : {"half_width = \"5 ppm\"\nunit = \"1\"", "half_width = 5e-6\nunit = \"1\"",
                           "half_width = \"5 ppm\"\nunit = \"ppm\"", "half_width = \"5e-4 %\"\nunit = \"%\"",
                           "half_width = 5\nunit = \"ppm\""}) {
    INFO(keys);
    CHECK(contribution(keys, "x * setting") == Approx(50e-6 / root3).epsilon(1e-12));
  }
  // A temperature coefficient of 2 ppm/K, 3 K off; 2 uV/K times a difference of temperature.
  CHECK(contribution("half_width = \"2 ppm/K\"\nunit = \"1/K\"\n[inputs.dt]\nvalue = \"3 K\"\nunit = \"K\"",
                     "x * dt * setting") == Approx(2e-6 * 3 * 10 / root3).epsilon(1e-12));
  CHECK(contribution("half_width = \"0.5 K\"\nunit = \"degC\"\nvalue = \"23 degC\"\n"
                     "[inputs.t0]\nvalue = \"20 degC\"\nunit = \"degC\"\n"
                     "[inputs.a]\nvalue = \"2 uV/K\"\nunit = \"uV/K\"",
                     "a * (x - t0)") == Approx(2e-6 * 0.5 / root3).epsilon(1e-12));
}

TEST_CASE("an input of a procedure has the forms of a model file") {
  CHECK(input_x("readings = [1, 2, 3]\nunit = \"mV\"").estimate == Approx(2));
  CHECK(input_x("readings = [1, 2, 3]\nunit = \"mV\"").standard_uncertainty == Approx(1 / std::sqrt(3.0)));
  CHECK(input_x("readings = [1, 2, 3]\nunit = \"mV\"").degrees_of_freedom == 2);
  CHECK(input_x("expanded_uncertainty = \"2 mV\"\ncoverage_factor = 2").standard_uncertainty == Approx(0.001));
  CHECK(input_x("expanded_uncertainty = \"1.96 mV\"\ncoverage_probability = 0.95").standard_uncertainty ==
        Approx(0.001).epsilon(1e-4));
  CHECK(input_x("lower = \"1 mV\"\nupper = \"3 mV\"").estimate == Approx(0.002));
  CHECK(input_x("half_width = \"6 mV\"\ndistribution = \"triangular\"").standard_uncertainty ==
        Approx(0.006 / std::sqrt(6.0)));
  CHECK(input_x("half_width = \"1 mV\"\ndistribution = \"trapezoidal\"\nshape = 0.5").standard_uncertainty ==
        Approx(0.001 * std::sqrt(1.25 / 6)));
  CHECK(input_x("value = \"3 mV\"").estimate == Approx(0.003));
  CHECK(input_x("value = \"3 mV\"").distribution == Distribution::constant);
  // A difference of temperature has no zero, a temperature has.
  CHECK(input_x("half_width = \"0.5 K\"\nunit = \"degC\"").standard_uncertainty == Approx(0.5 / root3));
  CHECK(input_x("value = \"300 K\"\nunit = \"degC\"").estimate == Approx(26.85));
}

TEST_CASE("what the units of an input do not allow is refused where it stands") {
  CHECK_THROWS_WITH(input_x("half_width = 0.3"), Contains("p.toml:4") && Contains("unit"));
  CHECK_THROWS_WITH(input_x("half_width = \"3 K\""), Contains("p.toml:4"));
  CHECK_THROWS_WITH(input_x("half_width = \"3 mV\"\nunit = \"volts\""), Contains("volts"));
  CHECK_THROWS_WITH(input_x("readings = [1, 2, 3]"), Contains("unit"));
  CHECK_THROWS_WITH(input_x("half_width = \"3 mV\"\nstandard_uncertainty = \"1 mV\""), Contains("one form"));
  CHECK_THROWS_WITH(input_x("half_widht = \"3 mV\""), Contains("says nothing about the input"));
  CHECK_THROWS_WITH(input_x("half_width = \"3 mV\"\nper = \"day\""), Contains("per"));
  CHECK_THROWS_WITH(parse_evaluation_rules(rules_text("[inputs.gain]\nhalf_width = \"3 mV\""), "p.toml", "V"),
                    Contains("the run itself fills in"));
}

TEST_CASE("a model whose units do not fit is refused with a caret") {
  const auto load = [](const std::string& error, const std::string& of_short = "", const std::string& unit = "V") {
    const std::string model =
        "error = \"" + error + "\"" + (of_short.empty() ? "" : "\n[model.short]\nerror = \"" + of_short + "\"");
    return parse_evaluation_rules(rules_text("[inputs.emf]\nhalf_width = \"0.3 uV\"\nunit = \"uV\"", model), "p.toml",
                                  unit);
  };
  CHECK_NOTHROW(load("indication - (setting * (1 + gain) + offset + emf)"));
  CHECK_NOTHROW(load("indication - setting", "indication - emf + resolution"));
  for (const char* wrong : {"indication - offset * setting", "indication - emf*emf",
                            "indication - setting - gain*gain_drift*offset*setting", "indication / setting",
                            "indication * setting", "indication - exp(emf)", "gain"}) {
    INFO(wrong);
    CHECK_THROWS_AS(load(wrong), base::FileError);
    CHECK_THROWS_WITH(load(wrong), Contains("p.toml:2") && Contains("error"));
    CHECK_THROWS_WITH(load("indication", wrong), Contains("p.toml:4"));
  }
  CHECK_THROWS_WITH(load("indication - setting + emf*emf"), Contains("^"));
  // Names that a short has not.
  for (const char* name : {"setting", "offset", "setting*gain", "offset_drift", "setting*gain_drift"})
    CHECK_THROWS_WITH(load("indication", "indication - " + std::string(name)), Contains("p.toml:4") && Contains("^"));
  CHECK_THROWS_WITH(load("indication - seting"), Contains("did you mean 'setting'"));
  // Another quantity: what is right for V is not for a temperature, whose errors are in K.
  CHECK_THROWS_AS(load("indication - setting - emf", "", "degC"), base::FileError);
  CHECK_NOTHROW(load("indication + resolution - (setting + offset + offset_drift)", "", "degC"));
  CHECK_THROWS_AS(load("indication - (setting * (1 + gain))", "", "degC"), base::FileError);
  CHECK_THROWS_AS(load("indication - setting", "", "degF"), base::InputError);
}

TEST_CASE("the other rules of a procedure") {
  const auto load = [](const std::string& evaluation, const std::string& decision = "rule = \"JJF 1094\"") {
    return parse_evaluation_rules(
        rules_text("[evaluation]\n" + evaluation, "error = \"indication - setting\"", decision), "p.toml", "V");
  };
  const EvaluationRules plain = load("");
  CHECK(plain.coverage_probability == 0.95);
  CHECK(plain.repeatability_or_resolution == RepeatabilityAndResolution::larger);
  CHECK(plain.line);
  CHECK(plain.decision.kind == RuleKind::jjf_1094);
  CHECK(plain.shorted.expression == plain.fed.expression);
  const EvaluationRules other =
      load("coverage_probability = 0.99\nrepeatability_or_resolution = \"both\"\ncurve = \"none\"",
           "rule = \"guard band 0.83\"");
  CHECK(other.coverage_probability == 0.99);
  CHECK(other.repeatability_or_resolution == RepeatabilityAndResolution::both);
  CHECK_FALSE(other.line);
  CHECK(other.decision.guard_band_ratio == 0.83);
  CHECK_THROWS_WITH(load("coverage_probability = 95"), Contains("p.toml:4") && Contains("between 0 and 1"));
  CHECK_THROWS_WITH(load("repeatability_or_resolution = \"smaller\""), Contains("\"larger\" or \"both\""));
  CHECK_THROWS_WITH(load("curve = \"cubic\""), Contains("\"line\" or \"none\""));
  CHECK_THROWS_WITH(load("coverage_probabilty = 0.95"), Contains("coverage_probabilty"));
  CHECK_THROWS_WITH(load("", "rule = \"by eye\""), Contains("rule"));
  CHECK_THROWS_WITH(load("", ""), Contains("rule"));
}
