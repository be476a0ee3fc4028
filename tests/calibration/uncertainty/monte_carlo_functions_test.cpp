// The block executor's own elementary functions: right to a few units in the last place, and the same bits with every
// instruction set that this processor has.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "calibration/uncertainty/monte_carlo/instruction_set.h"
#include "calibration/uncertainty/monte_carlo/philox.h"

using namespace etalon::calibration;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<InstructionSet> available_sets() {
  std::vector<InstructionSet> sets;
  for (const InstructionSet set : {InstructionSet::sse2, InstructionSet::avx2, InstructionSet::avx512}) {
    if (is_available(set)) sets.push_back(set);
  }
  return sets;
}

std::vector<double> with(InstructionSet set, Operation operation, std::vector<double> first,
                         std::vector<double> second = {}) {
  const std::size_t count = first.size();
  first.resize((count + 15) / 16 * 16, 1);
  if (second.empty()) second = first;
  second.resize(first.size(), 1);
  std::vector<double> result(first.size());
  lane_kernels_for(set).apply(operation, first.data(), second.data(), result.data(), result.size());
  result.resize(count);
  return result;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::memcmp(&a[i], &b[i], sizeof(double)) != 0) return false;
  }
  return a.size() == b.size();
}

// Error in units of the last place of the true value.
double units(double value, long double truth) {
  const double nearest = static_cast<double>(truth);
  if (value == nearest || (std::isnan(value) && std::isnan(nearest))) return 0;
  if (!std::isfinite(value) || !std::isfinite(nearest)) return inf;
  const double spacing = std::fabs(nearest) < 0x1p-1022 ? 0x1p-1074 : std::ldexp(1.0, std::ilogb(nearest) - 52);
  return static_cast<double>(std::fabs((static_cast<long double>(value) - truth) / spacing));
}

// `count` arguments, by the generator itself, so that they are always the same.
std::vector<double> arguments(std::size_t count, std::uint64_t seed,
                              const std::function<double(double)>& from_uniform) {
  std::vector<double> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(from_uniform(philox_uniforms(seed, i, 0)[0]));
  return result;
}
auto between(double a, double b) {
  return [a, b](double u) { return a + (b - a) * u; };
}
auto decades(double a, double b) {
  return [a, b](double u) { return std::pow(10.0, a + (b - a) * u); };
}

constexpr std::size_t many = 20000;

struct Trial {
  std::string name;
  Operation operation;
  std::function<long double(long double)> truth;
  std::vector<std::function<double(double)>> ranges;
  double limit;
};

}  // namespace

TEST_CASE("functions of one argument are right to a few units in the last place") {
  const std::vector<Trial> trials{
      {"exp",
       Operation::exponential,
       [](long double x) { return std::exp(x); },
       {between(-1, 1), between(-40, 40), between(-744, 709.7), decades(-20, -1)},
       1.5},
      {"log",
       Operation::logarithm,
       [](long double x) { return std::log(x); },
       {between(0.5, 2), decades(-307, 307), decades(-323, -300), between(0.99, 1.01)},
       1.5},
      {"log10",
       Operation::logarithm10,
       [](long double x) { return std::log10(x); },
       {between(0.5, 2), decades(-307, 307), between(0.99, 1.01)},
       2.0},
      {"sin",
       Operation::sine,
       [](long double x) { return std::sin(x); },
       {between(-4, 4), between(-1000, 1000), between(-1e6, 1e6), between(-1e9, 1e9), decades(-20, 0)},
       1.5},
      {"cos",
       Operation::cosine,
       [](long double x) { return std::cos(x); },
       {between(-4, 4), between(-1000, 1000), between(-1e6, 1e6), between(-1e9, 1e9), decades(-20, 0)},
       1.5},
      {"tan",
       Operation::tangent,
       [](long double x) { return std::tan(x); },
       {between(-4, 4), between(-1000, 1000), between(-1e9, 1e9), decades(-20, 0)},
       3.0},
      {"asin",
       Operation::arc_sine,
       [](long double x) { return std::asin(x); },
       {between(-1, 1), between(0.999, 1), decades(-20, 0)},
       3.0},
      {"acos",
       Operation::arc_cosine,
       [](long double x) { return std::acos(x); },
       {between(-1, 1), between(0.999, 1), between(-1, -0.999), decades(-20, 0)},
       3.0},
      {"atan",
       Operation::arc_tangent,
       [](long double x) { return std::atan(x); },
       {between(-3, 3), between(-100, 100), decades(-20, 20)},
       2.0},
      {"sinh",
       Operation::hyperbolic_sine,
       [](long double x) { return std::sinh(x); },
       {between(-2, 2), between(-30, 30), between(-710.4, 710.4), decades(-20, 0)},
       3.5},
      {"cosh",
       Operation::hyperbolic_cosine,
       [](long double x) { return std::cosh(x); },
       {between(-2, 2), between(-30, 30), between(-710.4, 710.4)},
       3.5},
      {"tanh",
       Operation::hyperbolic_tangent,
       [](long double x) { return std::tanh(x); },
       {between(-2, 2), between(-30, 30), decades(-20, 0)},
       3.5},
      {"sqrt", Operation::square_root, [](long double x) { return std::sqrt(x); }, {decades(-300, 300)}, 0.51},
  };
  std::uint64_t seed = 100;
  for (const Trial& trial : trials) {
    for (const auto& range : trial.ranges) {
      const std::vector<double> x = arguments(many, ++seed, range);
      const std::vector<double> y = with(best_instruction_set(), trial.operation, x);
      double worst = 0;
      double where = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double error = units(y[i], trial.truth(x[i]));
        if (!(error <= worst)) worst = error, where = x[i];
      }
      INFO(trial.name << "(" << where << ") is wrong by " << worst << " units");
      CHECK(worst <= trial.limit);
      for (const InstructionSet set : available_sets()) {
        INFO(to_string(set));
        CHECK(same_bits(y, with(set, trial.operation, x)));
      }
    }
  }
}

TEST_CASE("functions of two arguments are right to a few units in the last place") {
  struct Pair {
    Operation operation;
    std::function<long double(long double, long double)> truth;
    std::function<double(double)> first;
    std::function<double(double)> second;
    double limit;
  };
  const auto power = [](long double x, long double y) { return std::pow(x, y); };
  const auto angle = [](long double y, long double x) { return std::atan2(y, x); };
  const auto hypot = [](long double y, long double x) { return std::hypot(x, y); };
  const std::vector<Pair> pairs{
      {Operation::power, power, between(0.5, 2), between(-3, 3), 1.5},
      {Operation::power, power, between(0.99, 1.01), between(-60000, 60000), 1.5},
      {Operation::power, power, decades(-10, 10), between(-30, 30), 1.5},
      {Operation::power, power, decades(-300, 300), between(-1, 1), 1.5},
      {Operation::power, power, decades(-320, -300), between(-0.9, 0.9), 1.5},
      {Operation::power, power, decades(-10, 10), between(-40, 40), 1.5},
      {Operation::arc_tangent2, angle, between(-2, 2), between(-2, 2), 3.0},
      {Operation::arc_tangent2, angle, decades(-10, 10), between(-1e3, 1e3), 3.0},
      {Operation::hypotenuse, hypot, between(-2, 2), between(-2, 2), 2.0},
      {Operation::hypotenuse, hypot, decades(-300, 300), decades(-300, 300), 2.0},
  };
  std::uint64_t seed = 500;
  for (const Pair& pair : pairs) {
    const std::vector<double> x = arguments(many, ++seed, pair.first);
    const std::vector<double> y = arguments(many, ++seed, pair.second);
    const std::vector<double> z = with(best_instruction_set(), pair.operation, x, y);
    double worst = 0;
    std::size_t where = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double error = units(z[i], pair.truth(x[i], y[i]));
      if (!(error <= worst)) worst = error, where = i;
    }
    INFO("operation " << static_cast<int>(pair.operation) << " of " << x[where] << " and " << y[where] << " is "
                      << z[where] << ", wrong by " << worst << " units");
    CHECK(worst <= pair.limit);
    for (const InstructionSet set : available_sets())
      CHECK(same_bits(z, with(set, pair.operation, x, y)));
  }
}

// The scalar executor is the measure: what is outside the domain there is outside here.
TEST_CASE("special values") {
  const std::vector<double> values{0.0,  -0.0, 1,    -1,     2,       -2,         3,     -3,           0.5,
                                   -0.5, 2.5,  -2.5, 1e300,  1e-300,  inf,        -inf,  not_a_number, 5e-324,
                                   710,  -710, -746, 0x1p53, -0x1p53, 0x1p53 + 2, 1e-310};
  for (int code = static_cast<int>(Operation::negate); code <= static_cast<int>(Operation::less); ++code) {
    const auto operation = static_cast<Operation>(code);
    std::vector<double> x;
    std::vector<double> y;
    for (const double a : values) {
      for (const double b : takes_two(operation) ? values : std::vector<double>{a}) {
        x.push_back(a);
        y.push_back(b);
      }
    }
    for (const InstructionSet set : available_sets()) {
      const std::vector<double> z = with(set, operation, x, y);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = apply(operation, x[i], y[i]);
        INFO(to_string(set) << ": operation " << code << " of " << x[i] << " and " << y[i] << ": " << z[i]
                            << ", expected " << expected);
        CHECK(units(z[i], expected) <= 3);
        if (z[i] == 0 && expected == 0) CHECK(std::signbit(z[i]) == std::signbit(expected));
      }
    }
  }
}

// Known answers of the authors' own implementation (Random123, kat_vectors).
TEST_CASE("Philox4x32-10 gives the published numbers") {
  CHECK(philox4x32_10({0, 0, 0, 0}, {0, 0}) == PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}
