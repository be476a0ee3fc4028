// Sampling and running a model on blocks of trials, for one kind of lanes A (lanes.h).
//
// For lane_kernels_*.cpp alone: everything here is local to the including source.
#pragma once

#include <cstddef>
#include <cstdint>

#include "calibration/model/instruction_list.h"
#include "calibration/uncertainty/monte_carlo/lane_functions.h"
#include "calibration/uncertainty/monte_carlo/lane_program.h"
#include "calibration/uncertainty/monte_carlo/philox.h"

namespace etalon::calibration {
namespace {

template <class A>
struct LaneExecutor {
  using R = Real<A>;
  using B = Bits<A>;
  static constexpr std::size_t width = A::width;

  static R load(const double* from) { return R::load(from); }
  static void store(double* to, const R& value) { value.store(to); }

  // --- random numbers ---

  // Philox on `width` trials at once (philox.h): each 64-bit lane holds a 32-bit word in its lower half; what gathers
  // in the upper halves is never looked at.
  struct Draw {
    B keys[20];  // of each round
    B trial_high;
    B call;
    B lane;  // 0, 1, 2, …

    Draw(const LaneProgram& program, std::uint64_t first_trial, std::uint32_t which)
        :  // A block starts at a multiple of its size, so that the lower word does not overflow within it.
          trial_high(static_cast<std::uint64_t>(first_trial >> 32)),
          call(std::uint64_t{which}) {
      alignas(64) std::uint64_t numbers[width];
      for (std::size_t i = 0; i < width; ++i)
        numbers[i] = i;
      lane = B::load(numbers);
      for (std::size_t round = 0; round < 10; ++round) {
        const auto step = static_cast<std::uint32_t>(round);
        keys[2 * round] = B(std::uint64_t{static_cast<std::uint32_t>(program.seed) + step * philox_key_step_0});
        keys[2 * round + 1] =
            B(std::uint64_t{static_cast<std::uint32_t>(program.seed >> 32) + step * philox_key_step_1});
      }
    }

    void operator()(std::uint64_t trial, R& u, R& v, std::uint64_t attempt = 0) const {
      const B m0(std::uint64_t{philox_multiplier_0});
      const B m1(std::uint64_t{philox_multiplier_1});
      B c0 = B(trial & 0xffffffff) + lane;
      B c1 = trial_high;
      B c2 = call;
      B c3(attempt);
      for (std::size_t round = 0; round < 10; ++round) {
        const B a = multiply_low<A>(m0, c0);
        const B b = multiply_low<A>(m1, c2);
        c0 = exclusive_or(b >> 32, c1, keys[2 * round]);
        c1 = b;
        c2 = exclusive_or(a >> 32, c3, keys[2 * round + 1]);
        c3 = a;
      }
      u = uniform(c0, c1);
      v = uniform(c2, c3);
    }

    // The upper 52 bits of the 64 as k in 1 + k/2^52, less 1 - 2^-53: exact.
    static R uniform(const B& high, const B& low) {
      const B k = ((high << 32) | (low & B(std::uint64_t{0xffffffff}))) >> 12;
      return from_bits<A>(k | B(std::uint64_t{0x3ff0000000000000})) - R(0x1.fffffffffffffp-1);
    }
  };

  static R two_minus_one(const R& u) { return u + (u - R(1.0)); }  // 2u - 1, exact

  // Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000) 363: shape >= 1; below, G(a + 1) U^(1/a). Each lane takes
  // its first accepted attempt, so that lanes do not influence each other.
  static R gamma(const Draw& draw, std::uint64_t trial, double shape) {
    const double raised = shape < 1 ? shape + 1 : shape;
    const R d(raised - 1.0 / 3.0);
    const R c = R(1.0) / root(R(9.0) * d);
    R result(0.0);
    auto open = result == result;
    for (std::uint64_t attempt = 1; any(open) && attempt < 20000; attempt += 2) {
      R u, v, w, unused;
      draw(trial, u, v, attempt);
      draw(trial, w, unused, attempt + 1);
      const R z = root(R(-2.0) * log_of_normal<A>(u)) * cosine_of_turns<A>(v);
      const R side = R(1.0) + c * z;
      const auto positive = side > R(0.0);
      const R cube = choose(positive, side * side * side, R(1.0));
      const auto accepted =
          positive && (log_of_normal<A>(w) < R(0.5) * z * z + d - d * cube + d * log_of_normal<A>(cube));
      result = choose(open && accepted, d * cube, result);
      open = open && !accepted;
    }
    // Every attempt succeeds with probability > 0.95: ten thousand failures do not happen.
    if (shape < 1) {
      R u, v;
      draw(trial, u, v);
      result = result * exponential<A>(log_of_normal<A>(u) / R(shape));
    }
    return result;
  }

  static void draw_block(const LaneProgram& program, const DrawStep& step, std::uint64_t first_trial,
                         double* registers) {
    const std::size_t block = program.block;
    double* const first = registers + step.first * block;
    double* const second = registers + step.second * block;
    const Draw draw(program, first_trial, step.call);
    const R p0(step.p[0]);
    const R p1(step.p[1]);
    const R p2(step.p[2]);
    const R p3(step.p[3]);
    R u, v;
    switch (step.kind) {
      case DrawKind::uniform_pair:
        for (std::size_t i = 0; i < block; i += width) {
          draw(first_trial + i, u, v);
          store(first + i, p0 + p1 * two_minus_one(u));
          store(second + i, p2 + p3 * two_minus_one(v));
        }
        break;
      case DrawKind::normal_pair:
        for (std::size_t i = 0; i < block; i += width) {
          draw(first_trial + i, u, v);
          const R radius = root(R(-2.0) * log_of_normal<A>(u));
          R sine, cosine;
          sine_and_cosine_of_turns<A>(v, sine, cosine);
          store(first + i, p0 + p1 * (radius * cosine));
          store(second + i, p2 + p3 * (radius * sine));
        }
        break;
      case DrawKind::student_t: {
        // T = sqrt(nu (U^(-2/nu) - 1)) cos(2 pi V) (R. W. Bailey, Math. Comp. 62 (1994) 779).
        const R rate(-2.0 / step.p[2]);
        for (std::size_t i = 0; i < block; i += width) {
          draw(first_trial + i, u, v);
          const R radius = root(p2 * expm1<A>(rate * log_of_normal<A>(u)));
          store(first + i, p0 + p1 * (radius * cosine_of_turns<A>(v)));
        }
        break;
      }
      case DrawKind::sum_of_two:
        for (std::size_t i = 0; i < block; i += width) {
          draw(first_trial + i, u, v);
          store(first + i, p0 + (p1 * two_minus_one(u) + p2 * two_minus_one(v)));
        }
        break;
      case DrawKind::curvilinear:
        for (std::size_t i = 0; i < block; i += width) {
          draw(first_trial + i, u, v);
          store(first + i, p0 + (p1 - p2 * two_minus_one(u)) * two_minus_one(v));
        }
        break;
      case DrawKind::gamma:
        for (std::size_t i = 0; i < block; i += width)
          store(first + i, p1 * gamma(draw, first_trial + i, step.p[0]));
        break;
      case DrawKind::arcsine:
        for (std::size_t i = 0; i < block; i += width)
          store(first + i, p0 + p1 * sine_of_turns<A>(load(first + i)));
        break;
      case DrawKind::exponential:
        for (std::size_t i = 0; i < block; i += width)
          store(first + i, negative<A>(p0) * log_of_normal<A>(load(first + i)));
        break;
      case DrawKind::scaled_copy:
        for (std::size_t i = 0; i < block; i += width)
          store(first + i, p0 + p1 * load(second + i));
        break;
      case DrawKind::combination: {
        const CombinationTerm* terms = program.terms + step.table;
        for (std::size_t i = 0; i < block; i += width) {
          R sum(0.0);
          for (std::uint32_t k = 0; k < step.terms; ++k)
            sum = sum + R(terms[k].factor) * load(registers + terms[k].source * block + i);
          store(first + i, p0 + sum);
        }
        break;
      }
      case DrawKind::scaled_about:
        for (std::size_t i = 0; i < block; i += width)
          store(first + i, p0 + (load(first + i) - p0) * load(second + i));
        break;
      case DrawKind::divided_by_root:
        for (std::size_t i = 0; i < block; i += width)
          store(first + i, p0 + p1 * load(first + i) / root(load(second + i)));
        break;
      case DrawKind::quantile:
        program.quantile(program.context, step.table, first, block);
        break;
    }
  }

  // --- the model ---

  template <class Function>
  static void each(double* target, const double* a, const double* b, std::size_t count, Function function) {
    for (std::size_t i = 0; i < count; i += width)
      store(target + i, function(load(a + i), load(b + i)));
  }

  // sin, cos, tan; angles beyond the reduction go to the C library one by one.
  template <class Function, class Scalar>
  static void each_angle(double* target, const double* a, std::size_t count, Function function, Scalar scalar) {
    for (std::size_t i = 0; i < count; i += width) {
      const R x = load(a + i);
      const auto reducible = absolute<A>(x) <= R(largest_reduced_angle);
      alignas(64) double angles[width];
      store(angles, x);
      R sine, cosine;
      sine_and_cosine<A>(choose(reducible, x, R(0.0)), sine, cosine);
      R result = function(sine, cosine);
      if (any<A>(!reducible)) {
        alignas(64) double values[width];
        store(values, result);
        for (std::size_t k = 0; k < width; ++k) {
          if (!(__builtin_fabs(angles[k]) <= largest_reduced_angle)) values[k] = scalar(angles[k]);
        }
        result = load(values);
      }
      store(target + i, result);
    }
  }

  static void apply(Operation operation, const double* a, const double* b, double* target, std::size_t count) {
    switch (operation) {
      case Operation::negate:
        return each(target, a, b, count, [](const R& x, const R&) { return negative<A>(x); });
      case Operation::add:
        return each(target, a, b, count, [](const R& x, const R& y) { return x + y; });
      case Operation::subtract:
        return each(target, a, b, count, [](const R& x, const R& y) { return x - y; });
      case Operation::multiply:
        return each(target, a, b, count, [](const R& x, const R& y) { return x * y; });
      case Operation::divide:
        return each(target, a, b, count, [](const R& x, const R& y) { return x / y; });
      case Operation::power:
        return each(target, a, b, count, [](const R& x, const R& y) { return power<A>(x, y); });
      case Operation::square_root:
        return each(target, a, b, count, [](const R& x, const R&) { return root(x); });
      case Operation::exponential:
        return each(target, a, b, count, [](const R& x, const R&) { return exponential<A>(x); });
      case Operation::logarithm:
        return each(target, a, b, count, [](const R& x, const R&) { return logarithm<A>(x); });
      case Operation::logarithm10:
        return each(target, a, b, count, [](const R& x, const R&) { return logarithm10<A>(x); });
      case Operation::sine:
        return each_angle(
            target, a, count, [](const R& s, const R&) { return s; }, [](double x) { return __builtin_sin(x); });
      case Operation::cosine:
        return each_angle(
            target, a, count, [](const R&, const R& c) { return c; }, [](double x) { return __builtin_cos(x); });
      case Operation::tangent:
        return each_angle(
            target, a, count, [](const R& s, const R& c) { return s / c; }, [](double x) { return __builtin_tan(x); });
      case Operation::arc_sine:
        return each(target, a, b, count, [](const R& x, const R&) { return arc_sine<A>(x); });
      case Operation::arc_cosine:
        return each(target, a, b, count, [](const R& x, const R&) { return arc_cosine<A>(x); });
      case Operation::arc_tangent:
        return each(target, a, b, count, [](const R& x, const R&) { return choose(x == x, arc_tangent<A>(x), x); });
      case Operation::hyperbolic_sine:
        return each(target, a, b, count, [](const R& x, const R&) { return hyperbolic_sine<A>(x); });
      case Operation::hyperbolic_cosine:
        return each(target, a, b, count, [](const R& x, const R&) { return hyperbolic_cosine<A>(x); });
      case Operation::hyperbolic_tangent:
        return each(target, a, b, count, [](const R& x, const R&) { return hyperbolic_tangent<A>(x); });
      case Operation::absolute:
        return each(target, a, b, count, [](const R& x, const R&) { return absolute<A>(x); });
      case Operation::sign:
        return each(target, a, b, count, [](const R& x, const R&) {
          return choose(x > R(0.0), R(1.0), choose(x < R(0.0), R(-1.0), R(undefined)));
        });
      case Operation::arc_tangent2:
        return each(target, a, b, count, [](const R& x, const R& y) { return arc_tangent2<A>(x, y); });
      case Operation::hypotenuse:
        return each(target, a, b, count, [](const R& x, const R& y) { return hypotenuse<A>(x, y); });
      case Operation::minimum:
        return each(target, a, b, count, [](const R& x, const R& y) { return choose(y == y, choose(y < x, y, x), y); });
      case Operation::maximum:
        return each(target, a, b, count, [](const R& x, const R& y) { return choose(y == y, choose(x < y, y, x), y); });
      case Operation::less:
        return each(target, a, b, count,
                    [](const R& x, const R& y) { return choose(x < y, R(1.0), choose(x > y, R(0.0), R(undefined))); });
      case Operation::number:
      case Operation::input:
      case Operation::solve:
        break;  // not instructions on registers
    }
  }

  static void simulate(const LaneProgram& program, std::uint64_t first, std::size_t count, double* registers,
                       double* const* outputs) {
    const std::size_t block = program.block;
    for (std::size_t done = 0; done < count; done += block) {
      for (std::size_t k = 0; k < program.draw_count; ++k)
        draw_block(program, program.draws[k], first + done, registers);
      for (std::size_t k = 0; k < program.instruction_count; ++k) {
        const Instruction& step = program.instructions[k];
        if (step.operation == Operation::solve) {
          program.solve(program.context, step.first, step.target, registers, block);
        } else {
          apply(step.operation, registers + step.first * block, registers + step.second * block,
                registers + step.target * block, block);
        }
      }
      for (std::size_t k = 0; k < program.output_count; ++k) {
        const double* from = registers + program.outputs[k] * block;
        for (std::size_t i = 0; i < block; i += width)
          store(outputs[k] + done + i, load(from + i));
      }
    }
  }
};

}  // namespace
}  // namespace etalon::calibration
