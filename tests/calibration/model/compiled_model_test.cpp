#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "base/error.h"
#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/second_order.h"

using namespace etalon;
using namespace etalon::calibration;

namespace {

std::vector<double> run_model(const CompiledModel& compiled, const std::vector<double>& inputs) {
  std::vector<double> registers(compiled.list.registers);
  prepare(compiled.list, registers.data());
  std::copy(inputs.begin(), inputs.end(), registers.begin());
  run(compiled.list, registers.data());
  std::vector<double> results;
  for (const std::uint32_t output : compiled.list.outputs)
    results.push_back(registers[output]);
  return results;
}

// A formula of the grammar that stays within the domain of its functions for inputs from 0.5 to 2.
std::string random_formula(std::mt19937& random, int depth) {
  const std::vector<std::string> names{"a", "b", "c"};
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  if (depth == 0) return pick(4) == 0 ? "1.25" : names[static_cast<std::size_t>(pick(3))];
  const std::string x = random_formula(random, depth - 1);
  const std::string y = random_formula(random, depth - 1);
  switch (pick(16)) {
    case 0:
      return "(" + x + " + " + y + ")";
    case 1:
      return "(" + x + " - " + y + ")";
    case 2:
      return x + "*" + y;
    case 3:
      return x + "/(1.5 + (" + y + ")^2)";
    case 4:
      return "(2 + (" + x + ")^2)^(0.3*sin(" + y + "))";
    case 5:
      return "sqrt(1 + (" + x + ")^2)";
    case 6:
      return "exp(sin(" + x + "))";
    case 7:
      return "log(2 + cos(" + x + "))";
    case 8:
      return "log10(3 + sin(" + x + ") + tanh(" + y + "))";
    case 9:
      return "atan2(" + x + ", 2 + (" + y + ")^2)";
    case 10:
      return "hypot(1.1, " + x + ")";
    case 11:
      return "asin(sin(" + x + ")/2)*acos(cos(" + y + ")/2)";
    case 12:
      return "atan(" + x + ")*cosh(sin(" + y + "))";
    case 13:
      return "sinh(cos(" + x + "))";
    case 14:
      return "tan(0.3*sin(" + x + "))";
    default:
      return "pow(1.5 + sin(" + x + "), 3)";
  }
}

}  // namespace

TEST_CASE("a compiled model gives the values and derivatives of the expressions") {
  std::mt19937 random(20261123);
  std::uniform_real_distribution<double> uniform(0.5, 2);
  for (int trial = 0; trial < 300; ++trial) {
    const std::string first = random_formula(random, 3);
    const std::string second = random_formula(random, 2) + " + y";
    const MeasurementModel model({{"y", first + " + m*0"}, {"z", second + " + m"}}, {"a", "b", "c"},
                                 {{"m", "(" + random_formula(random, 2) + ")"}});
    const std::vector<double> x{uniform(random), uniform(random), uniform(random)};
    INFO(first << "\n" << second << "\n" << x[0] << " " << x[1] << " " << x[2]);
    const ModelEvaluation slow = model.evaluate(x);
    const std::vector<double> fast = run_model(model.compile(2), x);
    REQUIRE(fast.size() == 2 + 2 * 3 + 2 * 6);
    for (int k = 0; k < 2; ++k) {
      CHECK(fast[static_cast<std::size_t>(k)] == Approx(slow.values(k)).epsilon(1e-12).margin(1e-12));
      for (int i = 0; i < 3; ++i) {
        CHECK(fast[static_cast<std::size_t>(2 + 3 * k + i)] ==
              Approx(slow.jacobian(k, i)).epsilon(1e-10).margin(1e-10));
      }
    }
    // Second derivatives against differences of the exact first ones.
    std::size_t next = 8;
    for (int k = 0; k < 2; ++k) {
      for (int i = 0; i < 3; ++i) {
        for (int j = i; j < 3; ++j) {
          std::vector<double> up = x;
          std::vector<double> down = x;
          up[static_cast<std::size_t>(j)] += 1e-5;
          down[static_cast<std::size_t>(j)] -= 1e-5;
          const double difference = (model.evaluate(up).jacobian(k, i) - model.evaluate(down).jacobian(k, i)) / 2e-5;
          CHECK(fast[next++] == Approx(difference).epsilon(1e-5).margin(1e-5));
        }
      }
    }
  }
}

TEST_CASE("sub-expressions are computed once, and derivatives are not asked for where they are not wanted") {
  const MeasurementModel model({{"y", "exp(a+b)*sin(b+a) + (a+b)^2 + 2*3"}}, {"a", "b"});
  // a+b, exp, sin, their product, the square, two additions
  CHECK(model.compile(0).list.instructions.size() == 7);

  const MeasurementModel power({{"y", "x^n"}}, {"x", "n"});
  const std::vector<double> result = run_model(power.compile(1, {false, true}), {-2, 3});
  CHECK(result[0] == -8);
  CHECK(result[1] == 12);
}

TEST_CASE("an equation is solved, with derivatives by the implicit function theorem") {
  // Pt100, IEC 60751: R = R0*(1 + A*t + B*t^2), solved for t (JCGM 102:2011 6.3); derived values.
  const MeasurementModel model({{"t", "solve(R0*(1 + A*x + B*x^2) - R, for = x, start = R - R0)"}},
                               {"R", "R0", "A", "B"});
  const std::vector<double> inputs{138.5055, 100, 3.9083e-3, -5.775e-7};
  const ModelEvaluation evaluation = model.evaluate(inputs, {false, false, true, true});
  CHECK(evaluation.values(0) == Approx(100.0).epsilon(1e-9));
  CHECK(evaluation.jacobian(0, 0) == Approx(2.6365745623286228).epsilon(1e-12));
  CHECK(evaluation.jacobian(0, 1) == Approx(-3.65180078042607).epsilon(1e-12));
  CHECK(evaluation.jacobian(0, 2) == 0);

  const std::vector<double> compiled = run_model(model.compile(2, {false, false, true, true}), inputs);
  CHECK(compiled[0] == Approx(evaluation.values(0)).epsilon(1e-14));
  CHECK(compiled[1] == Approx(evaluation.jacobian(0, 0)).epsilon(1e-13));
  // d2t/dR2 of the explicit solution
  const double A = inputs[2], B = inputs[3], R0 = inputs[1], R = inputs[0];
  const double root = std::sqrt(A * A - 4 * B * (1 - R / R0));
  CHECK(compiled[3] == Approx(-2 * B / (R0 * R0) / (root * root * root)).epsilon(1e-9));

  // An equation inside an equation, used twice.
  const MeasurementModel nested({{"y", "r*r + r"}}, {"p"},
                                {{"r", "solve(u - solve(v^3 - p*u, for = v, start = 1), for = u, start = 2)"}});
  // v^3 = p*u, u = v: u^2 = p
  const ModelEvaluation value = nested.evaluate({4});
  CHECK(value.values(0) == Approx(6).epsilon(1e-12));
  CHECK(value.jacobian(0, 0) == Approx(1 + 0.25).epsilon(1e-9));

  CHECK_THROWS_WITH(MeasurementModel({{"y", "solve(x^2 + a, for = x, start = 1)"}}, {"a"}).evaluate({1}),
                    Catch::Contains("no root"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "solve(a + 1, for = x, start = 1)"}}, {"a"}),
                    Catch::Contains("does not depend on the unknown 'x'"));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "solve(x + a, for = x)"}}, {"a"}), Catch::Contains("is written solve("));
  CHECK_THROWS_WITH(MeasurementModel({{"y", "solve(x + a, for = a, start = 1)"}}, {"a", "x"}),
                    Catch::Contains("also a name of the model"));
}

TEST_CASE("units are checked and converted") {
  const auto output = [](const std::string& expression, const ModelUnits& units, const std::vector<double>& values) {
    std::vector<std::string> names;
    for (const auto& [name, unit] : units.inputs)
      names.push_back(name);
    const MeasurementModel model({{"y", expression}}, names, {}, units);
    return std::pair(model.evaluate(values).values(0), model.output_units()[0]);
  };
  using Units = std::map<std::string, std::string>;
  CHECK(output("a + b", {Units{{"a", "mm"}, {"b", "um"}}, {}}, {1, 500}) == std::pair(1.5, std::string("mm")));
  CHECK(output("a + b", {Units{{"a", "mm"}, {"b", "um"}}, Units{{"y", "m"}}}, {1, 500}) ==
        std::pair(0.0015, std::string("m")));
  CHECK(output("a*b", {Units{{"a", "V"}, {"b", "mA"}}, Units{{"y", "W"}}}, {2, 500}) ==
        std::pair(1.0, std::string("W")));
  CHECK(output("sqrt(a*b)", {Units{{"a", "m"}, {"b", "cm"}}, Units{{"y", "m"}}}, {2, 200}) ==
        std::pair(2.0, std::string("m")));
  CHECK(output("a^2/b", {Units{{"a", "V"}, {"b", "ohm"}}, Units{{"y", "mW"}}}, {2, 4}).first == Approx(1000));
  // 1 + 12 ppm/K * 1 K is not 13 ppm.
  CHECK(output("1 + a*t", {Units{{"a", "ppm/K"}, {"t", "K"}}, {}}, {12, 1}) == std::pair(1 + 12e-6, std::string("1")));
  CHECK(output("sin(a)", {Units{{"a", "deg"}}, {}}, {30}).first == Approx(0.5));
  // A plain number in a sum is in the unit of the other term; kelvins added to degrees Celsius are a difference.
  CHECK(output("a - 20", {Units{{"a", "degC"}}, Units{{"y", "K"}}}, {23}) == std::pair(3.0, std::string("K")));
  CHECK(output("k*(a - 20)", {Units{{"a", "degC"}, {"k", "V/K"}}, Units{{"y", "V"}}}, {23, 2}).first == 6);
  // Degrees Celsius in a product: only where they cancel, or beside a plain factor.
  CHECK(output("k*a", {Units{{"a", "degC"}, {"k", "V/degC"}}, Units{{"y", "V"}}}, {23, 2}).first == 46);
  CHECK(output("(a + b)/2", {Units{{"a", "degC"}, {"b", "degC"}}, Units{{"y", "degC"}}}, {20, 22}).first == 21);
  CHECK(output("a + d", {Units{{"a", "degC"}, {"d", "mK"}}, {}}, {23, 10}) == std::pair(23.01, std::string("degC")));
  CHECK(output("a - b", {Units{{"a", "degC"}, {"b", "degC"}}, {}}, {23, 20}) == std::pair(3.0, std::string("K")));
  CHECK(output("a + b", {Units{{"a", "mm"}, {"b", ""}}, {}}, {1, 5}) == std::pair(6.0, std::string("mm")));
  // The unknown of an equation has the unit of its start.
  CHECK(output("solve(R0*(1 + A*x) - R, for = x, start = t)",
               {Units{{"A", "1/K"}, {"R", "kohm"}, {"R0", "ohm"}, {"t", "K"}}, Units{{"y", "mK"}}},
               {4e-3, 0.102, 100, 1})
            .first == Approx(5000).epsilon(1e-12));

  // Nothing is stated: nothing is checked. As soon as one unit is, the others are ratios: a forgotten one shows.
  const MeasurementModel free({{"y", "exp(a) + b"}}, {"a", "b"}, {}, {{}, Units{{"y", "V"}}});
  CHECK(free.evaluate({0, 5}).values(0) == 6);
  CHECK(free.output_units()[0] == "V");
  CHECK_THROWS_WITH(MeasurementModel({{"y", "a*r - b"}}, {"a", "b", "r"}, {}, {Units{{"a", "V"}}, {}}),
                    Catch::Contains("'b' has the unit 1, which cannot be added to V"));
  CHECK(MeasurementModel({{"y", "a*r - b"}}, {"a", "b", "r"}, {}, {Units{{"a", "V"}, {"b", "mV"}}, Units{{"y", "V"}}})
            .evaluate({1, 5, 2})
            .values(0) == Approx(1.995).epsilon(1e-15));

  const auto refused = [&](const std::string& expression, const ModelUnits& units) {
    try {
      output(expression, units, std::vector<double>(units.inputs.size(), 1.0));
    } catch (const base::InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string mixed = refused("2*a + (b - a)", {Units{{"a", "V"}, {"b", "A"}}, {}});
  CHECK_THAT(mixed, Catch::Contains("'a' has the unit V, which cannot be added to A"));
  CHECK_THAT(mixed, Catch::Contains("\n             ^"));
  CHECK_THAT(refused("exp(a)", {Units{{"a", "V"}}, {}}), Catch::Contains("expected a ratio or an angle"));
  CHECK_THAT(refused("a^b", {Units{{"a", "V"}, {"b", "1"}}, {}}), Catch::Contains("must be a number"));
  CHECK_THAT(refused("a^0.3", {Units{{"a", "V"}}, {}}), Catch::Contains("simple fraction"));
  CHECK_THAT(refused("a*2", {Units{{"a", "V"}}, Units{{"y", "A"}}}), Catch::Contains("has the unit V but A is wanted"));
  CHECK_THAT(refused("k - a", {Units{{"a", "degC"}, {"k", "K"}}, {}}), Catch::Contains("give both in one unit"));
  CHECK_THAT(refused("k*a", {Units{{"a", "degC"}, {"k", "V/K"}}, {}}), Catch::Contains("'a' is in degC"));
  CHECK_THAT(refused("k*a^2", {Units{{"a", "degC"}, {"k", "V/K2"}}, {}}), Catch::Contains("is in degC"));
  CHECK_THAT(refused("a/k", {Units{{"a", "degC"}, {"k", "K"}}, {}}), Catch::Contains("'a' is in degC"));
  CHECK_THAT(refused("a", {Units{{"a", "Volt"}}, {}}), Catch::Contains("unknown unit"));
}

TEST_CASE("functions that are not smooth are named") {
  const MeasurementModel model({{"y", "abs(a) + max(a, b, 2)"}}, {"a", "b"}, {{"unused", "min(a, b)"}});
  CHECK(model.non_smooth() == std::vector<std::string>{"abs", "max"});
  CHECK(MeasurementModel({{"y", "a*b"}}, {"a", "b"}).non_smooth().empty());
}

TEST_CASE("second-order terms") {
  const auto normal = [](const std::string& name, double value, double u) {
    InputQuantity input = from_standard_uncertainty(value, u);
    input.name = input.identity = name;
    return input;
  };
  // x^2 with mean m: variance 4 m^2 u^2 + 2 u^4, expectation m^2 + u^2.
  const MeasurementModel square({{"y", "x^2"}}, {"x"});
  const auto result = second_order(square, {normal("x", 3, 0.5)}, Eigen::MatrixXd::Identity(1, 1));
  CHECK(result[0].standard_uncertainty == Approx(std::sqrt(4 * 9 * 0.25 + 2 * 0.0625)).epsilon(1e-14));
  CHECK(result[0].bias == Approx(0.25));

  // x1^2 + x2^2, correlated: variance 4 x'Vx + 2 trace(V V), exact for normal inputs.
  const MeasurementModel sum({{"y", "a^2 + b^2"}}, {"a", "b"});
  Eigen::MatrixXd r(2, 2);
  r << 1, 0.9, 0.9, 1;
  const double u = 0.005;
  const double x = 0.01;
  const auto loss = second_order(sum, {normal("a", x, u), normal("b", 0, u)}, r);
  CHECK(loss[0].standard_uncertainty ==
        Approx(std::sqrt(4 * x * x * u * u + 2 * u * u * u * u * 2 * (1 + 0.81))).epsilon(1e-13));

  // exp(x): the terms of the NOTE, 1/2 f''^2 + f' f''' with all derivatives e^x.
  const MeasurementModel growth({{"y", "exp(x)"}}, {"x"});
  const auto grown = second_order(growth, {normal("x", 0, 0.1)}, Eigen::MatrixXd::Identity(1, 1));
  CHECK(grown[0].standard_uncertainty == Approx(std::sqrt(0.01 + 1.5 * 1e-4)).epsilon(1e-13));
}
