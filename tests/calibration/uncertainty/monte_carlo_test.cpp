// The Monte Carlo engine: what must hold whatever the model. Published cases are in
// tests/reference/monte_carlo_test.cpp.
#include "calibration/uncertainty/monte_carlo/monte_carlo.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/monte_carlo/philox.h"
#include "calibration/uncertainty/monte_carlo/simulation.h"
#include "calibration/uncertainty/monte_carlo/sort.h"

using namespace etalon::calibration;
using etalon::base::InputError;

namespace {

InputQuantity named(const std::string& name, InputQuantity input) {
  input.name = name;
  input.identity = name;
  return input;
}
InputQuantity normal(const std::string& name, double x, double u) {
  return named(name, from_standard_uncertainty(x, u));
}

InstructionList compiled(const std::vector<Definition>& outputs, const std::vector<InputQuantity>& inputs) {
  std::vector<std::string> names;
  for (const InputQuantity& input : inputs)
    names.push_back(input.name);
  return MeasurementModel(outputs, names).compile(0).list;
}
InstructionList compiled(const std::string& expression, const std::vector<InputQuantity>& inputs) {
  return compiled({{"y", expression}}, inputs);
}
MonteCarloOptions trials(std::uint64_t number) {
  MonteCarloOptions options;
  options.trials = number;
  return options;
}
MonteCarloOutput output_of(const std::string& expression, const JointInputs& joint, const MonteCarloOptions& options) {
  return propagate_distributions(compiled(expression, joint.inputs), joint, options).outputs.at(0);
}
Eigen::MatrixXd correlated(double r) {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Identity(2, 2);
  matrix(0, 1) = matrix(1, 0) = r;
  return matrix;
}

bool same_bits(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}
bool same_bits(const CoverageInterval& a, const CoverageInterval& b) {
  return same_bits(a.lower, b.lower) && same_bits(a.upper, b.upper);
}
bool same_bits(const MonteCarloResult& a, const MonteCarloResult& b) {
  bool same = a.trials == b.trials && a.outputs.size() == b.outputs.size();
  for (std::size_t i = 0; same && i < a.outputs.size(); ++i) {
    const MonteCarloOutput& x = a.outputs[i];
    const MonteCarloOutput& y = b.outputs[i];
    same = same_bits(x.mean, y.mean) && same_bits(x.standard_uncertainty, y.standard_uncertainty) &&
           same_bits(x.symmetric, y.symmetric) && same_bits(x.shortest, y.shortest) &&
           x.density.counts == y.density.counts && x.density.below == y.density.below &&
           x.density.above == y.density.above && same_bits(x.density.lower, y.density.lower);
    for (std::size_t j = 0; j < a.outputs.size(); ++j) {
      const auto r = static_cast<Eigen::Index>(i);
      const auto c = static_cast<Eigen::Index>(j);
      same = same && same_bits(a.covariance(r, c), b.covariance(r, c));
    }
  }
  return same;
}

// Every way of drawing at once, and two outputs.
JointInputs everything() {
  JointInputs joint;
  joint.inputs = {normal("n1", 1, 0.1),
                  normal("n2", 2, 0.2),
                  named("t1", from_standard_uncertainty(3, 0.1, 5)),
                  named("t2", from_standard_uncertainty(3, 0.1, 5)),
                  named("rect", from_limits(1, 0.5, Distribution::rectangular)),
                  named("tri", from_limits(1, 0.5, Distribution::triangular)),
                  named("trap", from_limits(1, 0.5, Distribution::trapezoidal, 0.4)),
                  named("ctrap", from_uncertain_limits(1, 0.5, 0.1)),
                  named("arc", from_limits(1, 0.5, Distribution::arcsine)),
                  named("exp1", from_positive_estimate(0.3)),
                  named("count", from_counts(12, 3)),
                  named("again", from_standard_uncertainty(5, 0.3)),
                  named("pi2", constant(6.283185307179586)),
                  named("t3", from_standard_uncertainty(1, 0.1, 1.5)),
                  named("g1", from_limits(2, 0.3, Distribution::rectangular))};
  joint.inputs[11].identity = "n2";
  joint.correlation = Eigen::MatrixXd::Identity(15, 15);
  joint.correlation(0, 1) = joint.correlation(1, 0) = -0.6;
  joint.correlation(2, 3) = joint.correlation(3, 2) = 0.7;
  joint.correlation(4, 14) = joint.correlation(14, 4) = 0.5;
  joint.observed_together = {{2, 3}};
  return joint;
}
const std::vector<Definition> everything_model{
    {"y", "n1*n2 + t1 - t2 + rect*tri/trap + sin(ctrap*pi2) + exp(-arc) + log(exp1+count) + sqrt(abs(again))"},
    {"z", "atan2(n1, n2)^2 + hypot(rect, g1) + tanh(count) + pow(n2, 1.7) + min(n1, rect) + cosh(exp1) + t3"},
    {"constant", "pi2 / 2"}};

}  // namespace

// Each formula once more with the C library, from the uniform numbers of philox.h.
TEST_CASE("draws follow their formulas, whatever the number of the trial") {
  struct Formula {
    InputQuantity input;
    double (*value)(double u, double v);
  };
  constexpr double two_pi = 6.283185307179586;
  const std::vector<Formula> formulas{
      {from_limits(0, 1, Distribution::rectangular), [](double u, double) { return 2 * u - 1; }},
      {from_limits(0, 1, Distribution::triangular), [](double u, double v) { return u + v - 1; }},
      {from_limits(0, 1, Distribution::trapezoidal, 0.2),
       [](double u, double v) { return 0.6 * (2 * u - 1) + 0.4 * (2 * v - 1); }},
      {from_uncertain_limits(0, 1, 0.3), [](double u, double v) { return (1 - 0.3 * (2 * u - 1)) * (2 * v - 1); }},
      {from_limits(0, 1, Distribution::arcsine), [](double u, double) { return std::sin(two_pi * u); }},
      {from_positive_estimate(1), [](double u, double) { return -std::log(u); }},
      {from_standard_uncertainty(0, 1),
       [](double u, double v) { return std::sqrt(-2 * std::log(u)) * std::cos(two_pi * v); }},
      {from_standard_uncertainty(0, 1, 3),
       [](double u, double v) { return std::sqrt(3 * std::expm1(-2.0 / 3 * std::log(u))) * std::cos(two_pi * v); }}};
  for (const Formula& formula : formulas) {
    const std::vector<InputQuantity> inputs{named("x", formula.input)};
    const InstructionList list = compiled("x", inputs);
    for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{0xfedcba9876543210}}) {
      const Simulation simulation(list, {inputs, {}, {}}, seed, lane_kernels_for(best_instruction_set()));
      AlignedNumbers registers = simulation.registers();
      std::vector<double> y(2 * simulation.block());
      double* values[]{y.data()};
      for (const std::uint64_t first :
           {std::uint64_t{0}, (std::uint64_t{1} << 32) - simulation.block(), (std::uint64_t{5} << 40)}) {
        simulation.run(first, y.size(), registers, values);
        double worst = 0;
        for (std::size_t i = 0; i < y.size(); ++i) {
          const auto [u, v] = philox_uniforms(seed, first + i, 0);
          const double expected = formula.value(u, v);
          worst = std::max(worst, std::fabs(y[i] - expected) / std::max(1.0, std::fabs(expected)));
        }
        INFO(to_string(formula.input.distribution) << " from trial " << first);
        // far out in the tail of t, an error of the exponent is multiplied by it
        CHECK(worst < 1e-14);
      }
    }
  }
}

TEST_CASE("the same bits on one thread and many") {
  const JointInputs joint = everything();
  const InstructionList list = compiled(everything_model, joint.inputs);
  for (const std::uint64_t number : {1'000u, 30'001u, 250'003u}) {
    MonteCarloOptions options = trials(number);
    options.threads = 1;
    const MonteCarloResult one = propagate_distributions(list, joint, options);
    CHECK(std::isfinite(one.outputs[0].mean));
    CHECK(one.outputs[0].standard_uncertainty > 0);
    for (const int threads : {2, 3, 8}) {
      options.threads = threads;
      CHECK(same_bits(one, propagate_distributions(list, joint, options)));
    }
    // Another seed gives other numbers.
    options.seed = 2;
    CHECK_FALSE(same_bits(one, propagate_distributions(list, joint, options)));
  }
}

TEST_CASE("the same bits with every instruction set") {
  const JointInputs joint = everything();
  const InstructionList list = compiled(everything_model, joint.inputs);
  for (const std::uint64_t number : {5'003u, 100'001u}) {
    MonteCarloOptions options = trials(number);
    options.instruction_set = InstructionSet::sse2;
    const MonteCarloResult narrow = propagate_distributions(list, joint, options);
    for (const InstructionSet set : {InstructionSet::avx2, InstructionSet::avx512}) {
      if (!is_available(set)) continue;
      INFO(to_string(set));
      options.instruction_set = set;
      CHECK(same_bits(narrow, propagate_distributions(list, joint, options)));
    }
  }
  MonteCarloOptions adaptive;
  adaptive.adaptive = true;
  adaptive.significant_digits = 1;
  adaptive.threads = 1;
  adaptive.instruction_set = InstructionSet::sse2;
  const MonteCarloResult narrow = propagate_distributions(list, joint, adaptive);
  adaptive.threads = 3;
  adaptive.instruction_set = best_instruction_set();
  CHECK(same_bits(narrow, propagate_distributions(list, joint, adaptive)));
}

TEST_CASE("intervals are those of sorting everything, bit for bit") {
  struct Case {
    std::string expression;
    std::vector<InputQuantity> inputs;
  };
  const std::vector<Case> cases{
      {"a + b", {normal("a", 0, 1), named("b", from_limits(0, 3, Distribution::rectangular))}},
      {"a^2", {normal("a", 0, 1)}},
      {"a", {named("a", from_positive_estimate(1))}},
      {"a", {named("a", from_standard_uncertainty(0, 1, 1))}},  // heavy tails
      {"max(a, 0)", {normal("a", 0.5, 1)}},                     // many equal values
      {"min(max(a, -1), 1)", {normal("a", 0, 1)}},
      {"max(a, 4.5)", {normal("a", 0, 1)}}};  // nothing else in the first trials
  for (const Case& item : cases) {
    const JointInputs joint{item.inputs, {}, {}};
    const InstructionList list = compiled(item.expression, item.inputs);
    for (const std::uint64_t number : {1'000u, 40'000u, 40'001u, 200'000u}) {
      for (const double p : {0.5, 0.9, 0.95, 0.99}) {
        INFO(item.expression << ", " << number << " trials, p = " << p);
        MonteCarloOptions options = trials(number);
        options.coverage_probability = p;
        const MonteCarloOutput output = propagate_distributions(list, joint, options).outputs[0];

        const Simulation simulation(list, joint, options.seed, lane_kernels_for(best_instruction_set()));
        const std::size_t room = (number / simulation.block() + 1) * simulation.block();
        AlignedNumbers registers = simulation.registers();
        std::vector<double> y(room);
        double* values[]{y.data()};
        simulation.run(0, room, registers, values);
        y.resize(number);
        for (double& value : y)
          value += 0.0;
        std::sort(y.begin(), y.end());
        const auto q = static_cast<std::size_t>(std::floor(p * static_cast<double>(number) + 0.5));
        const std::size_t outside = number - q;
        const std::size_t r = outside % 2 == 0 ? outside / 2 : (outside + 1) / 2;
        CHECK(same_bits(output.symmetric, {y[r - 1], y[r - 1 + q]}));
        std::size_t best = 0;
        for (std::size_t i = 1; i < outside; ++i) {
          if (y[i + q] - y[i] < y[best + q] - y[best]) best = i;
        }
        CHECK(same_bits(output.shortest, {y[best], y[best + q]}));
        CHECK(output.interval_resolution == 0);
      }
    }
  }
}

TEST_CASE("many numbers are sorted as the standard library sorts them") {
  std::vector<double> numbers;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    numbers.push_back(std::ldexp(static_cast<double>(i * 0x9E3779B97F4A7C15 >> 40) - 8e6, static_cast<int>(i % 40)));
  for (const std::size_t count : {0u, 1u, 255u, 256u, 257u, 5000u, 100'000u}) {
    std::vector<double> ours(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(count));
    std::vector<double> theirs = ours;
    sort_numbers(ours);
    std::sort(theirs.begin(), theirs.end());
    CHECK(ours == theirs);
  }
}

TEST_CASE("in constant memory the ends come from a histogram, as close as stated") {
  for (const std::string expression : {"a + b", "a^2", "exp(a)", "1e9 + a", "max(a, -0.5)"}) {
    for (const double p : {0.5, 0.95, 0.999}) {
      INFO(expression << ", p = " << p);
      const JointInputs joint{{normal("a", 0, 1), named("b", from_limits(0, 2, Distribution::arcsine))}, {}, {}};
      MonteCarloOptions options = trials(400'000);
      options.coverage_probability = p;
      const MonteCarloOutput exact = output_of(expression, joint, options);
      options.memory = 1;
      const MonteCarloOutput coarse = output_of(expression, joint, options);
      CHECK(exact.interval_resolution == 0);
      REQUIRE(coarse.interval_resolution > 0);
      CHECK(coarse.interval_resolution < 0.02 * exact.numerical_tolerance + 0.002 * exact.standard_uncertainty);
      CHECK(same_bits(coarse.mean, exact.mean));
      CHECK(same_bits(coarse.standard_uncertainty, exact.standard_uncertainty));
      const double close = 2 * coarse.interval_resolution;
      CHECK(std::fabs(coarse.symmetric.lower - exact.symmetric.lower) <= close);
      CHECK(std::fabs(coarse.symmetric.upper - exact.symmetric.upper) <= close);
      CHECK(std::fabs(coarse.shortest.length() - exact.shortest.length()) <= 2 * close);
      options.threads = 5;
      CHECK(same_bits(coarse.shortest, output_of(expression, joint, options).shortest));
    }
  }
}

TEST_CASE("a small value on top of a large one keeps its digits") {
  const JointInputs joint{{normal("a", 1, 1e-3)}, {}, {}};
  const MonteCarloOutput alone = output_of("a", joint, trials(100'000));
  const MonteCarloOutput lifted = output_of("a + 50000000", joint, trials(100'000));
  CHECK(lifted.standard_uncertainty == Approx(alone.standard_uncertainty).epsilon(1e-7));
  CHECK(lifted.mean - 5e7 == Approx(alone.mean).epsilon(1e-8));
}

TEST_CASE("scaling and order") {
  const JointInputs joint = everything();
  // A power of two scales without rounding.
  const InstructionList plain = compiled({everything_model[0]}, joint.inputs);
  const InstructionList scaled = compiled({{"y", "(" + everything_model[0].expression + ") * 1024"}}, joint.inputs);
  const MonteCarloOutput a = propagate_distributions(plain, joint, trials(50'000)).outputs[0];
  const MonteCarloOutput b = propagate_distributions(scaled, joint, trials(50'000)).outputs[0];
  CHECK(b.mean == 1024 * a.mean);
  CHECK(b.standard_uncertainty == 1024 * a.standard_uncertainty);
  CHECK(b.shortest.lower == 1024 * a.shortest.lower);
  CHECK(b.symmetric.upper == 1024 * a.symmetric.upper);
  // Another order of inputs changes the draws alone.
  const std::vector<InputQuantity> inputs{normal("a", 1, 1), named("b", from_limits(0, 3, Distribution::rectangular)),
                                          named("c", from_standard_uncertainty(0, 1, 9))};
  const std::vector<InputQuantity> turned{inputs[2], inputs[1], inputs[0]};
  const MonteCarloOutput c = output_of("a + 2*b - c", {inputs, {}, {}}, trials(1'000'000));
  const MonteCarloOutput d = output_of("a + 2*b - c", {turned, {}, {}}, trials(1'000'000));
  CHECK(std::fabs(c.mean - d.mean) < 0.02);
  CHECK(c.standard_uncertainty == Approx(d.standard_uncertainty).epsilon(0.004));
  CHECK(c.symmetric.lower == Approx(d.symmetric.lower).margin(0.05));
}

TEST_CASE("inputs of one identity are one quantity") {
  std::vector<InputQuantity> inputs{named("a", from_limits(10, 1, Distribution::triangular)),
                                    named("b", from_limits(4, 0.5, Distribution::triangular))};
  inputs[1].identity = "a";
  const MonteCarloOutput y = output_of("a - 2*b", {inputs, {}, {}}, trials(10'000));
  CHECK(y.mean == Approx(2).epsilon(1e-14));
  CHECK(y.standard_uncertainty < 1e-14);
  inputs[1].distribution = Distribution::rectangular;
  CHECK_THROWS_WITH(output_of("a - 2*b", {inputs, {}, {}}, trials(10'000)), Catch::Contains("differ in distribution"));
}

TEST_CASE("correlated normal inputs") {
  const std::vector<InputQuantity> inputs{normal("a", 0, 1), normal("b", 0, 2)};
  for (const double r : {-1.0, -0.5, 0.0, 0.9, 1.0}) {
    INFO("r = " << r);
    const MonteCarloResult result = propagate_distributions(
        compiled({{"p", "a"}, {"q", "b"}, {"d", "2*a - b"}}, inputs), {inputs, correlated(r), {}}, trials(1'000'000));
    CHECK(result.correlation(0, 1) == Approx(r).margin(0.005));
    CHECK(result.covariance(1, 0) == Approx(2 * r).margin(0.01));
    CHECK(result.covariance(1, 1) == Approx(4).epsilon(0.01));
    CHECK(result.outputs[2].standard_uncertainty == Approx(std::sqrt(8 - 8 * r)).margin(0.01));
    if (r == 1) CHECK(result.outputs[2].standard_uncertainty < 1e-12);
    CHECK(result.notes.empty());
  }
  CHECK_THROWS_WITH(output_of("a+b", {inputs, correlated(1.5), {}}, {}), Catch::Contains("from -1 to 1"));
  std::vector<InputQuantity> three = inputs;
  three.push_back(normal("c", 0, 1));
  Eigen::MatrixXd impossible = Eigen::MatrixXd::Constant(3, 3, -0.9);
  impossible.diagonal().setOnes();
  CHECK_THROWS_WITH(output_of("a+b+c", {three, impossible, {}}, {}), Catch::Contains("not positive semi-definite"));
}

TEST_CASE("inputs observed together have a multivariate t distribution") {
  // n = 10 sets of readings of 2 quantities: nu = 8 instead of 9, and the scale widened by sqrt(9/8).
  const std::vector<InputQuantity> inputs{named("a", from_standard_uncertainty(1, 1, 9)),
                                          named("b", from_standard_uncertainty(2, 1, 9))};
  const MonteCarloResult result = propagate_distributions(compiled({{"p", "a"}, {"q", "b"}, {"d", "a - b"}}, inputs),
                                                          {inputs, correlated(0.8), {{0, 1}}}, trials(2'000'000));
  const double expected = std::sqrt(9.0 / 8 * 8 / 6);
  CHECK(result.outputs[0].standard_uncertainty == Approx(expected).epsilon(0.01));
  CHECK(result.outputs[1].standard_uncertainty == Approx(expected).epsilon(0.01));
  CHECK(result.correlation(0, 1) == Approx(0.8).margin(0.005));
  // Linear combinations are t too: t_8(0.975) = 2.306004
  CHECK(result.outputs[2].symmetric.length() / 2 ==
        Approx(2.306004135033371 * std::sqrt(9.0 / 8 * 0.4)).epsilon(0.005));
  // Not more sets than quantities
  std::vector<InputQuantity> few{named("a", from_standard_uncertainty(1, 1, 1)),
                                 named("b", from_standard_uncertainty(2, 1, 1))};
  CHECK_THROWS_WITH(output_of("a + b", {few, correlated(0.8), {{0, 1}}}, {}), Catch::Contains("more sets than"));
  few[1].degrees_of_freedom = 4;
  CHECK_THROWS_WITH(output_of("a + b", {few, correlated(0.8), {{0, 1}}}, {}), Catch::Contains("as many readings"));
}

TEST_CASE("other correlated inputs keep their distributions and have the stated correlation") {
  const std::vector<InputQuantity> kinds{named("x", from_limits(0, 2, Distribution::rectangular)),
                                         named("x", from_limits(0, 2, Distribution::triangular)),
                                         named("x", from_limits(0, 2, Distribution::trapezoidal, 0.3)),
                                         named("x", from_limits(0, 2, Distribution::arcsine)),
                                         named("x", from_uncertain_limits(0, 2, 0.5)),
                                         named("x", from_counts(9)),
                                         named("x", from_positive_estimate(2)),
                                         normal("x", 0, 1)};
  for (const InputQuantity& first : kinds) {
    for (const double r : {-0.5, 0.8}) {
      INFO(to_string(first.distribution) << ", r = " << r);
      const std::vector<InputQuantity> inputs{first, named("b", from_limits(1, 1, Distribution::rectangular))};
      const MonteCarloOptions options = trials(400'000);
      const MonteCarloResult result =
          propagate_distributions(compiled({{"p", "x"}, {"q", "b"}}, inputs), {inputs, correlated(r), {}}, options);
      CHECK(result.correlation(0, 1) == Approx(r).margin(0.006));
      CHECK(result.notes.size() == 1);
      const MonteCarloOutput alone = output_of("x", {{first}, {}, {}}, options);
      const double u = first.standard_uncertainty;
      CHECK(result.outputs[0].mean == Approx(alone.mean).margin(0.01 * u));
      CHECK(result.outputs[0].standard_uncertainty == Approx(alone.standard_uncertainty).epsilon(0.01));
      CHECK(result.outputs[0].symmetric.lower == Approx(alone.symmetric.lower).margin(0.02 * u));
      CHECK(result.outputs[0].symmetric.upper == Approx(alone.symmetric.upper).margin(0.04 * u));
    }
  }
  // What the distributions do not allow is said.
  const std::vector<InputQuantity> inputs{normal("a", 0, 1), named("b", from_limits(0, 1, Distribution::rectangular))};
  const MonteCarloResult full =
      propagate_distributions(compiled("a + b", inputs), {inputs, correlated(1), {}}, trials(100'000));
  REQUIRE(full.notes.size() == 2);
  CHECK_THAT(full.notes[0], Catch::Contains("0.977"));
}

TEST_CASE("a value that is not a finite number is never dropped") {
  const std::vector<InputQuantity> inputs{normal("x", 1, 0.5), normal("unused", 7, 1)};
  const InstructionList list = compiled("log(x) + 0*unused", inputs);
  MonteCarloOptions options = trials(100'000);
  options.output_names = {"level"};
  std::string message;
  try {
    propagate_distributions(list, {inputs, {}, {}}, options);
  } catch (const InputError& error) {
    message = error.what();
  }
  // P(x < 0) = 2.275 %
  INFO(message);
  CHECK_THAT(message, Catch::Contains("'level' in 2") && Catch::Contains("of 100000 Monte Carlo trials") &&
                          Catch::Contains("x = -"));
  for (const int threads : {1, 4}) {
    options.threads = threads;
    CHECK_THROWS_WITH(propagate_distributions(list, {inputs, {}, {}}, options), message);
  }
  options.adaptive = true;
  CHECK_THROWS_AS(propagate_distributions(list, {inputs, {}, {}}, options), InputError);
}

TEST_CASE("implicit equations are solved in each trial") {
  // x^2 - a = 0: residual and derivative
  ImplicitEquation equation;
  equation.residual.inputs = 2;
  equation.residual.constants = {2};
  equation.residual.registers = 5;
  equation.residual.instructions = {
      {Operation::multiply, 3, 0, 0}, {Operation::subtract, 3, 3, 1}, {Operation::multiply, 4, 2, 0}};
  equation.residual.outputs = {3, 4};
  equation.arguments = {0};
  equation.start = 1;
  InstructionList list;
  list.inputs = 1;
  list.constants = {1.5};
  list.registers = 3;
  list.equations = {equation};
  list.instructions = {{Operation::solve, 2, 0, 0}};
  list.outputs = {2};
  const std::vector<InputQuantity> inputs{named("a", from_bounds(1, 4, Distribution::rectangular))};
  const MonteCarloOutput solved = propagate_distributions(list, {inputs, {}, {}}, trials(20'000)).outputs[0];
  const MonteCarloOutput direct = output_of("sqrt(a)", {inputs, {}, {}}, trials(20'000));
  CHECK(solved.mean == Approx(direct.mean).epsilon(1e-14));
  CHECK(solved.shortest.upper == Approx(direct.shortest.upper).epsilon(1e-14));
}

TEST_CASE("outputs without uncertainty, densities, options") {
  const std::vector<InputQuantity> inputs{normal("a", 0, 1), named("c", constant(0.1))};
  const MonteCarloResult result =
      propagate_distributions(compiled({{"p", "a"}, {"q", "c * 3"}}, inputs), {inputs, {}, {}}, trials(100'000));
  CHECK(result.outputs[1].standard_uncertainty == 0);
  CHECK(result.outputs[1].mean == 0.1 * 3);
  CHECK(result.outputs[1].shortest.length() == 0);
  CHECK(result.outputs[1].numerical_tolerance == 0);
  CHECK(result.outputs[1].density.counts.empty());
  CHECK(result.correlation(0, 1) == 0);
  const Density& density = result.outputs[0].density;
  REQUIRE(density.counts.size() == 200);
  std::uint64_t sum = density.below + density.above;
  for (const std::uint64_t count : density.counts)
    sum += count;
  CHECK(sum == 100'000);
  CHECK(density.below < 200);
  // The bin about 0 holds width * phi(0) of the values.
  const auto middle = static_cast<std::size_t>(-density.lower / density.bin_width);
  CHECK(static_cast<double>(density.counts[middle]) == Approx(1e5 * 0.39894 * density.bin_width).epsilon(0.1));

  const InstructionList list = compiled("a + c", inputs);
  CHECK_THROWS_WITH(propagate_distributions(list, {inputs, {}, {}}, trials(150)), Catch::Contains("at least 200"));
  MonteCarloOptions options;
  options.coverage_probability = 1;
  CHECK_THROWS_AS(propagate_distributions(list, {inputs, {}, {}}, options), InputError);
  options.coverage_probability = 0.95;
  options.significant_digits = 0;
  CHECK_THROWS_AS(propagate_distributions(list, {inputs, {}, {}}, options), InputError);
  std::atomic<bool> cancelled = true;
  options.significant_digits = 2;
  options.cancelled = &cancelled;
  CHECK_THROWS_AS(propagate_distributions(list, {inputs, {}, {}}, options), etalon::base::InterruptedError);
}

TEST_CASE("the adaptive procedure says when it does not settle") {
  const std::vector<InputQuantity> inputs{normal("a", 0, 1)};
  MonteCarloOptions options;
  options.adaptive = true;
  options.significant_digits = 4;
  options.most_trials = 50'000;
  const MonteCarloResult result = propagate_distributions(compiled("a", inputs), {inputs, {}, {}}, options);
  CHECK_FALSE(result.settled);
  CHECK(result.trials == 50'000);
  REQUIRE(result.notes.size() == 1);
  CHECK_THAT(result.notes[0], Catch::Contains("did not settle to 4 significant digits"));
  // Without a standard deviation the intervals decide.
  options.significant_digits = 1;
  options.most_trials = 2'000'000;
  const std::vector<InputQuantity> few{named("a", from_standard_uncertainty(0, 1, 2))};
  const MonteCarloResult heavy = propagate_distributions(compiled("a", few), {few, {}, {}}, options);
  CHECK(heavy.settled);
  CHECK(std::isnan(heavy.outputs[0].standard_uncertainty));
  CHECK(heavy.outputs[0].numerical_tolerance > 0);
}
