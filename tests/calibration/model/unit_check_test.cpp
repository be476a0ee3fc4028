#include "calibration/model/unit_check.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "base/error.h"
#include "base/units.h"
#include "calibration/model/measurement_model.h"

using namespace etalon::calibration;
using Catch::Contains;
using etalon::base::InputError;

namespace {

struct Given {
  std::string name;
  double value;
  std::string unit;  // empty: a constant without a unit
};
struct Result {
  double value;
  std::string unit;
};

MeasurementModel model_of(const std::string& formula, const std::vector<Given>& inputs, const std::string& unit,
                          const std::vector<Definition>& intermediates = {}) {
  ModelUnits units;
  std::vector<std::string> names;
  for (const Given& input : inputs) {
    names.push_back(input.name);
    units.inputs[input.name] = input.unit;
    if (input.unit.empty()) units.constants[input.name] = input.value;
  }
  if (!unit.empty()) units.outputs["y"] = unit;
  return MeasurementModel({{"y", formula}}, names, intermediates, units);
}

// Without derivatives: max(a, a) has none.
double value_of(const MeasurementModel& model, const std::vector<double>& values) {
  return model.evaluate(values, std::vector<bool>(values.size(), true)).values(0);
}

Result result(const std::string& formula, const std::vector<Given>& inputs, const std::string& unit = "",
              const std::vector<Definition>& intermediates = {}) {
  const MeasurementModel model = model_of(formula, inputs, unit, intermediates);
  std::vector<double> values;
  for (const Given& input : inputs)
    values.push_back(input.value);
  return {value_of(model, values), model.output_units()[0]};
}

std::string refusal(const std::string& formula, const std::vector<Given>& inputs, const std::string& unit = "",
                    const std::vector<Definition>& intermediates = {}) {
  try {
    const Result came = result(formula, inputs, unit, intermediates);
    return "accepted: " + std::to_string(came.value) + " " + came.unit;
  } catch (const InputError& error) {
    return error.what();
  }
}

void check(const std::string& formula, const std::vector<Given>& inputs, double value, const std::string& unit,
           const std::string& wanted = "") {
  INFO(formula << " -> " << wanted);
  const Result came = result(formula, inputs, wanted);
  CHECK(came.value == Approx(value).epsilon(1e-12).margin(1e-12));
  CHECK(came.unit == unit);
}

const double pi = std::acos(-1.0);
const std::vector<Given> celsius = {{"t1", 20, "degC"}, {"t2", 23, "degC"}, {"t3", 25, "degC"}, {"d", 0.5, "K"}};

}  // namespace

TEST_CASE("a ratio under a root is a plain number") {
  check("sqrt(p)", {{"p", 25, "%"}}, 0.5, "1");
  check("p^0.5", {{"p", 25, "%"}}, 0.5, "1");
  check("p^1.5", {{"p", 25, "%"}}, 0.125, "1");
  check("p^(1/2)", {{"p", 25, "%"}}, 0.5, "1");
  check("sqrt(p)", {{"p", 25, "%"}}, 50, "%", "%");
  check("abs(sqrt(p))", {{"p", 25, "%"}}, 0.5, "1");
  check("sqrt(r)", {{"r", 1, "mV/V"}}, std::sqrt(1e-3), "1");
  check("sqrt(a/b)", {{"a", 1, "mV"}, {"b", 1, "V"}}, std::sqrt(1e-3), "1");
  check("sqrt(p*q)", {{"p", 25, "%"}, {"q", 4, "ppm"}}, 1e-3, "1");
}

TEST_CASE("a root has an exact unit, which is shown and converted") {
  check("2*pi*sqrt(l/g)", {{"l", 100, "cm"}, {"g", 9.81, "m/s2"}}, 2 * pi * std::sqrt(1 / 9.81), "s");
  check("1/(2*pi*sqrt(L*C))", {{"L", 1, "mH"}, {"C", 1, "uF"}}, 1 / (2 * pi * std::sqrt(1e-9)), "1/s");
  const std::vector<Given> heater = {{"P", 100, "mW"}, {"R", 50, "ohm"}, {"V", 1, "V"}};
  check("sqrt(P*R)", {heater[0], heater[1]}, std::sqrt(5), "V");
  check("sqrt(P*R) + V", heater, std::sqrt(5) + 1, "V");
  check("V + sqrt(P*R)", heater, std::sqrt(5) + 1, "V");
  check("max(sqrt(P*R), V)", heater, std::sqrt(5), "V");
  check("hypot(sqrt(P*R), V)", heater, std::sqrt(6), "V");
  check("(P*R)^0.5 - V", heater, std::sqrt(5) - 1, "V");
  check("(P*R)^1.5/V", heater, std::pow(5, 1.5), "V2");
  check("(P*R)^-0.5*V", heater, 1 / std::sqrt(5), "1");
  check("sqrt(P)*sqrt(R) + V", heater, std::sqrt(5) + 1, "V");
  check("sqrt(P*R)", {heater[0], heater[1]}, 1000 * std::sqrt(5), "mV", "mV");
  check("sqrt(R^2 + X^2)", {{"R", 3, "kohm"}, {"X", 4000, "ohm"}}, 5, "kohm");
  check("sqrt(a*b)", {{"a", 3, "mV"}, {"b", 3000, "uV"}}, 3, "mV");
  check("sqrt(T*c)", {{"T", 4, "K"}, {"c", 4, "kJ/(kg K)"}}, std::sqrt(16e3), "m/s");
  check("x^n", {{"x", 4, "mm2"}, {"n", 1.5, ""}}, 8, "mm3");
  check("x^(1/3)", {{"x", 8, "cm3"}}, 2, "cm");
  check("x^-2", {{"x", 2, "mV"}}, 0.25, "1/mV2");
  // Through an intermediate.
  const Result sum = result("root + V", heater, "", {{"root", "sqrt(P*R)"}, {"unused", "sqrt(V)"}});
  CHECK(sum.value == Approx(std::sqrt(5) + 1));
  CHECK(sum.unit == "V");
}

TEST_CASE("a root without whole powers may be a step, not an output") {
  const std::vector<Given> noise = {{"e", 10, "nV"}, {"B", 100, "Hz"}, {"C", 4, "kHz"}};
  CHECK_THAT(refusal("e/sqrt(B)", noise), Contains("whole powers") && Contains("^(1/2)") && Contains("\n  ^"));
  CHECK_THAT(refusal("e/sqrt(B)", noise, "V"), Contains("but V is wanted"));
  check("e/sqrt(B)*sqrt(C)", noise, 1e-8 / 10 * std::sqrt(4000), "V");
  check("(e/sqrt(B))^2", noise, 1e-18, "V2.s", "V2.s");
  check("(sqrt(B) + sqrt(C))^2", noise, std::pow(10 + std::sqrt(4000), 2), "1/s");
}

TEST_CASE("in products no scale hides") {
  check("a/b", {{"a", 5, "mV"}, {"b", 2, "V"}}, 2.5e-3, "1");
  check("a/b", {{"a", 5, "mV"}, {"b", 2, "V"}}, 2.5, "mV/V", "mV/V");
  check("a/b/t", {{"a", 5, "mV"}, {"b", 2, "V"}, {"t", 2, "K"}}, 1.25e-3, "1/K");
  check("a/(b*t)", {{"a", 5, "mV"}, {"b", 2, "V"}, {"t", 2, "K"}}, 1.25e-3, "1/K");
  check("p*V", {{"p", 5, "%"}, {"V", 2, "V"}}, 0.1, "V");
  check("V/p", {{"p", 5, "%"}, {"V", 2, "V"}}, 40, "V");
  check("V + V*p", {{"p", 5, "%"}, {"V", 2, "V"}}, 2.1, "V");
  check("p/t", {{"p", 5, "%"}, {"t", 2, "K"}}, 2.5, "%/K");
  check("a*t", {{"a", 12, "ppm/K"}, {"t", 2, "K"}}, 24e-6, "1");
  check("a*t", {{"a", 12, "ppm/K"}, {"t", 2, "K"}}, 24, "ppm", "ppm");
  check("p*q", {{"p", 5, "%"}, {"q", 20, "%"}}, 0.01, "1");
  check("1/p", {{"p", 5, "%"}}, 20, "1");
  check("k*d", {{"k", 40, "uV/degC"}, {"d", 2, "K"}}, 80, "uV");
  check("a*b", {{"a", 3, "kohm"}, {"b", 500, "ohm"}}, 1.5, "kohm2");
  check("f*t", {{"f", 2, "kHz"}, {"t", 3, "s"}}, 6000, "1");
  // Kept as they are stated where nothing is multiplied.
  check("a + b", {{"a", 5, "ppm"}, {"b", 7, "ppm"}}, 12, "ppm");
  check("2*a", {{"a", 5, "mV/V"}}, 10, "mV/V");
  check("max(p, 0)", {{"p", 5, "%"}}, 5, "%");
}

TEST_CASE("functions and exponents get the number that is meant") {
  for (const char* function : {"exp", "log", "sin", "cosh", "atan", "asin"}) {
    const std::string name = function;
    const double expected = result(name + "(x)", {{"x", 0.5, "1"}}).value;
    INFO(name);
    CHECK(result(name + "(x)", {{"x", 50, "%"}}).value == Approx(expected).epsilon(1e-14));
    CHECK(result(name + "(x)", {{"x", 500, "mV/V"}}).value == Approx(expected).epsilon(1e-14));
    CHECK(result(name + "(a/b)", {{"a", 500, "mV"}, {"b", 1, "V"}}).value == Approx(expected).epsilon(1e-14));
    CHECK(result(name + "(a/b)", {{"a", 500, "mV"}, {"b", 1, "V"}}).unit == "1");
  }
  check("2^p", {{"p", 300, "%"}}, 8, "1");
  CHECK_THAT(refusal("10^(r/20) + V", {{"r", 20, "1"}, {"V", 1, "V"}}), Contains("cannot be added"));
  check("atan2(a, b)", {{"a", 1000, "mV"}, {"b", 1, "V"}}, pi / 4, "1");
  check("hypot(a, b)", {{"a", 3000, "mV"}, {"b", 4, "V"}}, 5000, "mV");
  CHECK_THAT(refusal("x^n", {{"x", 2, "V"}, {"n", 2, "1"}}), Contains("must be a number"));
  CHECK_THAT(refusal("x^9*x", {{"x", 2, "V"}}), Contains("beyond what is known") && Contains("^"));
  // Degrees or radians?
  CHECK_THAT(refusal("phi - 90", {{"phi", 80, "deg"}}), Contains("'90' is a plain number beside a value in deg"));
}

TEST_CASE("periods and angles do not meet") {
  const std::vector<Given> given = {{"w", 1, "rad/s"}, {"f", 1, "Hz"}, {"n", 60, "rpm"}, {"k", 1, "1/s"}};
  CHECK_THAT(refusal("w + f", given), Contains("differ by 2*pi"));
  CHECK_THAT(refusal("max(n, w)", given), Contains("differ by 2*pi"));
  CHECK_THAT(refusal("f", given, "rad/s"), Contains("differ by 2*pi"));
  CHECK_THAT(refusal("w", given, "kHz"), Contains("differ by 2*pi"));
  check("w - 2*pi*k", given, 1 - 2 * pi, "rad/s");
  check("f + n", given, 2, "Hz");
  check("sin(w/k)", given, std::sin(1), "1");
  check("w/(2*pi*f)", given, 1 / (2 * pi), "1");
}

TEST_CASE("temperatures: the zero of the scale is counted, however the formula is written") {
  check("t1 + t2 - t3", celsius, 18, "degC");
  check("t1 + (t2 - t3)", celsius, 18, "degC");
  check("t1 - t3 + t2", celsius, 18, "degC");
  check("t2 + t1 - t3", celsius, 18, "degC");
  check("-t3 + t1 + t2", celsius, 18, "degC");
  check("2*t1 - t2", celsius, 17, "degC");
  check("t1*2 - t2", celsius, 17, "degC");
  check("2*t1 - 2*t2", celsius, -6, "K");
  check("(t1 + t2)/2", celsius, 21.5, "degC");
  check("(t1 + t2 + t3)/3", celsius, 68.0 / 3, "degC");
  check("0.3*t1 + 0.7*t2", celsius, 22.1, "degC");
  check("w*t1 + (1 - w)*t2", {{"t1", 20, "degC"}, {"t2", 23, "degC"}, {"w", 0.3, ""}}, 22.1, "degC");
  check("t1 + d", celsius, 20.5, "degC");
  check("t1 - d", celsius, 19.5, "degC");
  check("t1 - t2 + d", celsius, -2.5, "K");
  check("t1 + r*(t2 - t3)", {{"t1", 20, "degC"}, {"t2", 23, "degC"}, {"t3", 25, "degC"}, {"r", 0.5, "1"}}, 19, "degC");
  check("max(t1, t2, 22)", celsius, 23, "degC");
  check("t1", celsius, 293.15, "K", "K");
  check("(t1 + t2)/2", celsius, 294650, "mK", "mK");
  check("t1 - t2", celsius, -3000, "mK", "mK");
  const Result mean = result("sum/2", celsius, "", {{"sum", "t1 + t2"}});
  CHECK(mean.value == 21.5);
  CHECK(mean.unit == "degC");
}

TEST_CASE("degrees Fahrenheit: a difference is in K, with its factor") {
  const std::vector<Given> given = {{"a", 212, "degF"}, {"b", 32, "degF"}, {"c", 20, "degC"}, {"d", 5, "K"}};
  check("a - b", given, 100, "K");
  check("a + d", given, 221, "degF");
  check("(a + b)/2", given, 122, "degF");
  check("(a + b)/2", given, 50, "degC", "degC");
  check("c + (a - b)", given, 120, "degC");
  CHECK_THAT(refusal("a - c", given), Contains("give both in one unit"));
}

TEST_CASE("temperatures that count their zero some other number of times are refused") {
  CHECK_THAT(refusal("t1 + t2", celsius), Contains("2 times"));
  CHECK_THAT(refusal("2*t1", celsius), Contains("2 times"));
  CHECK_THAT(refusal("2*t1", celsius, "degC"), Contains("2 times"));
  CHECK_THAT(refusal("t1/2", celsius, "K"), Contains("0.5 times"));
  CHECK_THAT(refusal("t1 - t2 - t3", celsius), Contains("-1 times"));
  CHECK_THAT(refusal("-t1", celsius), Contains("-1 times"));
  CHECK_THAT(refusal("r*t1", {{"r", 1, "1"}, {"t1", 20, "degC"}}), Contains("counts from the zero of its scale"));
  for (const char* formula :
       {"t1/t2", "t1^2", "1/t1", "t1^-1", "t1^0.5", "sqrt(t1)", "t1*t2", "abs(t1)", "exp(t1)", "hypot(t1, t2)",
        "atan2(t1, t2)", "d/t1", "t1/d", "d*t1", "t1^2 + t2^2", "d + t1", "min(t1, d)", "max(d, t1)"}) {
    INFO(formula);
    const std::string message = refusal(formula, celsius);
    CHECK_THAT(message, !Contains("accepted"));
    CHECK_THAT(message, Contains("degC") && Contains("^"));
  }
}

TEST_CASE("temperatures in products where degC cancels") {
  const std::vector<Given> given = {{"t", 50, "degC"},    {"A", 4e-3, "1/degC"}, {"B", -5e-7, "1/degC2"},
                                    {"R", 100, "ohm"},    {"k", 2, "mV/degC"},   {"K", 1e-5, "1/K"},
                                    {"Bk", -5e-7, "1/K2"}};
  check("R*(1 + A*t + B*t^2)", given, 100 * (1 + 0.2 - 5e-7 * 2500), "ohm");
  check("R*(1 + t*(A + B*t))", given, 100 * (1 + 0.2 - 5e-7 * 2500), "ohm");
  check("k*t", given, 100, "mV");
  check("t/(1/A)", given, 0.2, "1");
  check("R*(1 + K*(t - 20))", given, 100 * (1 + 30e-5), "ohm");
  CHECK_THAT(refusal("R*(1 + K*t)", given), Contains("'t' is in degC"));
  CHECK_THAT(refusal("R*(1 + Bk*t^2)", given), Contains("is in degC2"));
}

TEST_CASE("a plain number beside a temperature") {
  const std::vector<Given> given = {
      {"t", 20, "degC"}, {"T", 293.15, "K"}, {"c", -0.1, ""}, {"L", 1, "m"}, {"alpha", 11.5, "1/K"}};
  // A difference is a step of a model, and an output where K is stated.
  check("L*(1 + alpha*(t - 19))", given, 12.5, "m");
  check("t - 0.1", given, 19.9, "K", "K");
  check("20.5 - t", given, 0.5, "K", "K");
  for (const char* formula : {"t - 0.1", "t - c", "2*(t - 0.1)", "abs(t - 0.1)", "0.1 - t", "T - 273.15"}) {
    INFO(formula);
    CHECK_THAT(refusal(formula, given), Contains("state the unit of the output"));
  }
  // The number of a correction must not decide whether there is a zero of the scale in the result.
  CHECK_THAT(refusal("t - (u - 0.1)", {{"t", 20, "degC"}, {"u", 20, "degC"}}), Contains("state the unit"));
  CHECK_THAT(refusal("t - (u - 0.1)", {{"t", 20, "degC"}, {"u", 20, "degC"}}, "K"), Contains("be converted into K"));
  CHECK_THAT(refusal("max(t, u - (t - 0.1))", {{"t", 20, "degC"}, {"u", 20, "degC"}}), Contains("state the unit"));
  CHECK_THAT(refusal("t - 68", {{"t", 68, "degF"}}, "K"), Contains("plain number beside a value in degF"));
  CHECK_THAT(refusal("t - (T - 273.15)", {{"t", 68, "degF"}, {"T", 293.15, "K"}}), Contains("give both in one unit"));
  CHECK_THAT(refusal("1e-10*t", given), Contains("1e-10 times"));
  CHECK_THAT(refusal("t - 0.1", given, "degC"), Contains("make a correction an input with the unit K"));
  CHECK_THAT(refusal("a", given, "degC"), Contains("unknown name"));
  CHECK_THAT(refusal("t + 0.1", given), Contains("'0.1' is a plain number beside a value in degC"));
  CHECK_THAT(refusal("t + c", given), Contains("'c' is a plain number beside a value in degC"));
  CHECK_THAT(refusal("0.1 + t", given, "degC"), Contains("plain number beside"));
  CHECK_THAT(refusal("2*t - 20", given), Contains("plain number beside"));
  // The one number that means one thing.
  check("t + 273.15", given, 293.15, "K");
  check("273.15 + t", given, 293150, "mK", "mK");
  check("T - 273.15", given, 20, "degC", "degC");
  check("T - 273.15", given, 20, "K", "K");
  check("T - 273.15 - t", given, 0, "K");
  check("p/(G*(t + 273.15))", {{"t", 20, "degC"}, {"p", 1000, "hPa"}, {"G", 287, "J/(kg K)"}}, 1e5 / (287 * 293.15),
        "kg/m3", "kg/m3");
}

TEST_CASE("an equation's unknown has the unit of its start") {
  const std::vector<Given> given = {
      {"R", 104, "ohm"}, {"R0", 100, "ohm"}, {"A", 4e-3, "1/degC"}, {"s", 50, "degC"}, {"K", 4e-3, "1/K"}};
  check("solve(R0*(1 + A*x) - R, for = x, start = s)", given, 10, "degC");
  check("solve(R0*(1 + A*x) - R, for = x, start = s)", given, 283.15, "K", "K");
  CHECK_THAT(refusal("solve(R0*(1 + A*x) - R, for = x, start = 50)", given),
             Contains("the unknown 'x' has the unit of its start, which has none"));
  CHECK_THAT(refusal("solve(R0*(1 + A*x) - R, for = x, start = 50)", given, "degC"), Contains("unit of its start"));
  CHECK_THAT(refusal("solve(R0*(1 + K*x) - R, for = x, start = s)", given), Contains("'x' is in degC"));
  CHECK_THAT(refusal("solve(x - x^2, for = x, start = s)", given), Contains("degC"));
  // The start's number is not the unknown's.
  CHECK_THAT(refusal("R^solve(x*x - 4, for = x, start = 2)", given), Contains("must be a number"));
}

TEST_CASE("without units of inputs, an output's unit is a label") {
  const MeasurementModel model({{"y", "abs(a)*b"}, {"z", "exp(y) + a"}}, {"a", "b"}, {},
                               {{}, {{"y", "degC"}, {"z", "V"}}});
  CHECK(model.output_units() == std::vector<std::string>{"degC", "V"});
}

TEST_CASE("names are suggested when they are near") {
  const auto message = [](const std::string& formula) { return refusal(formula, {{"b", 1, "V"}, {"R_0", 1, "V"}}); };
  CHECK_THAT(refusal("aa", {{"xyz", 1, "V"}}), !Contains("did you mean"));
  CHECK_THAT(message("R0"), Contains("did you mean 'R_0'"));
  CHECK_THAT(message("sni(b)"), Contains("did you mean 'sin'"));
  CHECK_THAT(message("sqrrt(b)"), Contains("did you mean 'sqrt'"));
  CHECK_THAT(message("fgh(b)"), !Contains("did you mean"));
  CHECK_THAT(refusal("bb", {{"c", 1, "V"}}), !Contains("did you mean"));
}

namespace {

// Random formulas for a voltage, a ratio, a resistance or a time, whose inputs are all positive.
class Formulas {
 public:
  explicit Formulas(unsigned seed) : random_(seed) {}

  std::string voltage(int depth) {
    switch (choice(depth, 2, 10)) {
      case 0:
        return "a";
      case 1:
        return "b";
      case 2:
        return voltage(depth - 1) + " + " + factor(depth);
      case 3:
        return factor(depth) + "*(" + ratio(depth - 1) + ")";
      case 4:
        return "sqrt((" + voltage(depth - 1) + ")*(" + voltage(depth - 1) + "))";
      case 5:
        return "hypot(" + voltage(depth - 1) + ", " + voltage(depth - 1) + ")";
      case 6:
        return "max(" + voltage(depth - 1) + ", abs(" + voltage(depth - 1) + "))";
      case 7:
        return "sqrt(" + factor(depth) + ")*sqrt(" + resistance(depth - 1) + ")*i^(1/2)";
      case 8:
        return "(P*(" + resistance(depth - 1) + "))^0.5";
      default:
        return "(" + factor(depth) + ")^1.5/sqrt(" + voltage(depth - 1) + ")";
    }
  }
  std::string ratio(int depth) {
    switch (choice(depth, 2, 9)) {
      case 0:
        return "p";
      case 1:
        return "q";
      case 2:
        return factor(depth) + "/(" + voltage(depth - 1) + ")";
      case 3:
        return "sqrt(" + ratio(depth - 1) + ")";
      case 4:
        return "1 + " + ratio(depth - 1);
      case 5:
        return "exp(-(" + ratio(depth - 1) + "))";
      case 6:
        return "f*t*(" + ratio(depth - 1) + ")";
      case 7:
        return "2^(1/(1 + " + ratio(depth - 1) + "))";
      default:
        return "2*pi*f*sqrt(L*C)";
    }
  }
  std::string resistance(int depth) {
    switch (choice(depth, 1, 5)) {
      case 0:
        return "R";
      case 1:
        return "sqrt(L/C)";
      case 2:
        return factor(depth) + "/i + R";
      case 3:
        return "R + sqrt(R^2 + (2*pi*f*L)^2)";
      default:
        return "(" + voltage(depth - 1) + ")^2/P";
    }
  }

 private:
  std::string factor(int depth) { return "(" + voltage(depth - 1) + ")"; }
  unsigned choice(int depth, unsigned leaves, unsigned all) { return random_() % (depth <= 0 ? leaves : all); }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("in whatever units the inputs are given, the result is the one in SI units") {
  const std::vector<Given> inputs = {{"a", 300, "mV"},    {"b", 2e5, "uV"}, {"p", 12, "%"},   {"q", 300, "mV/V"},
                                     {"R", 0.05, "kohm"}, {"i", 30, "mA"},  {"P", 700, "mW"}, {"f", 2, "kHz"},
                                     {"t", 3, "ms"},      {"L", 5, "mH"},   {"C", 4, "uF"}};
  std::vector<std::string> names;
  std::vector<double> coherent;
  for (const Given& input : inputs) {
    names.push_back(input.name);
    coherent.push_back(input.value * etalon::base::coherent_unit(input.unit).factor);
  }
  Formulas formulas(20240229);
  for (int i = 0; i < 600; ++i) {
    const bool voltage = i % 2 == 0;
    const std::string formula = voltage ? formulas.voltage(3) : formulas.ratio(3);
    INFO(formula);
    const double expected = value_of(MeasurementModel({{"y", formula}}, names), coherent);
    const Result found = result(formula, inputs);
    REQUIRE(etalon::base::convert(found.value, found.unit, voltage ? "V" : "1") == Approx(expected).epsilon(1e-12));
    const Result stated = result(formula, inputs, voltage ? "uV" : "ppm");
    REQUIRE(stated.value == Approx(expected * 1e6).epsilon(1e-12));
  }
}
