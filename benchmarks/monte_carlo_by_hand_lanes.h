// The models of monte_carlo_by_hand.h for one kind of lanes A. For monte_carlo_by_hand_*.cpp alone.
#pragma once

#include "benchmarks/monte_carlo_by_hand.h"
#include "calibration/uncertainty/monte_carlo/lane_executor.h"

namespace etalon::calibration {
namespace {

template <class A>
struct ByHand {
  using R = Real<A>;
  using Executor = LaneExecutor<A>;
  using Draw = typename Executor::Draw;

  static R centred(const R& u) { return Executor::two_minus_one(u); }
  static void normals(const Draw& draw, std::uint64_t trial, R& a, R& b) {
    R u, v, sine, cosine;
    draw(trial, u, v);
    const R radius = root(R(-2.0) * log_of_normal<A>(u));
    sine_and_cosine_of_turns<A>(v, sine, cosine);
    a = radius * cosine;
    b = radius * sine;
  }
  static R student(const Draw& draw, std::uint64_t trial, double nu) {
    R u, v;
    draw(trial, u, v);
    return root(R(nu) * expm1<A>(R(-2 / nu) * log_of_normal<A>(u))) * cosine_of_turns<A>(v);
  }
  static R curvilinear(const Draw& draw, std::uint64_t trial, double half_width, double d) {
    R u, v;
    draw(trial, u, v);
    return (R(half_width) - R(d) * centred(u)) * centred(v);
  }

  static void mass(const LaneProgram& program, std::uint64_t first, std::size_t count, double*,
                   double* const* outputs) {
    const Draw draw0(program, first, 0), draw1(program, first, 1), draw2(program, first, 2);
    for (std::size_t i = 0; i < count; i += A::width) {
      R a, b, u, v, w, unused;
      normals(draw0, first + i, a, b);
      draw1(first + i, u, v);
      draw2(first + i, w, unused);
      const R m_Rc = R(100000.0) + R(0.05) * a;
      const R dm_Rc = R(1.234) + R(0.02) * b;
      const R rho_a = R(1.2) + R(0.1) * centred(u);
      const R rho_W = R(8000.0) + R(1000.0) * centred(v);
      const R rho_R = R(8000.0) + R(50.0) * centred(w);
      const R y = (m_Rc + dm_Rc) * (R(1.0) + (rho_a - R(1.2)) * (R(1.0) / rho_W - R(1.0) / rho_R)) - R(100000.0);
      y.store(outputs[0] + i);
    }
  }

  static void gauge_block(const LaneProgram& program, std::uint64_t first, std::size_t count, double*,
                          double* const* outputs) {
    const Draw draw0(program, first, 0), draw1(program, first, 1), draw2(program, first, 2), draw3(program, first, 3),
        draw4(program, first, 4), draw5(program, first, 5), draw6(program, first, 6), draw7(program, first, 7);
    for (std::size_t i = 0; i < count; i += A::width) {
      const std::uint64_t trial = first + i;
      const R L_S = R(50000623.0) + R(25.0) * student(draw0, trial, 18);
      const R D = R(215.0) + R(6.0) * student(draw1, trial, 24);
      const R d1 = R(4.0) * student(draw2, trial, 5);
      const R d2 = R(7.0) * student(draw3, trial, 8);
      R u, v, z, unused;
      draw4(trial, u, v);
      const R alpha_S = R(11.5e-6) + R(2e-6) * centred(u);
      const R Delta = R(0.5) * sine_of_turns<A>(v);
      const R d_alpha = curvilinear(draw5, trial, 1e-6, 1e-7);
      const R d_theta = curvilinear(draw6, trial, 0.05, 0.025);
      normals(draw7, trial, z, unused);
      const R theta = (R(-0.1) + R(0.2) * z) + Delta;
      const R y =
          (L_S * (R(1.0) + alpha_S * (theta - d_theta)) + D + d1 + d2) / (R(1.0) + (alpha_S + d_alpha) * theta) -
          R(50000000.0);
      y.store(outputs[0] + i);
    }
  }

  static void pressure(const LaneProgram& program, std::uint64_t first, std::size_t count, double*,
                       double* const* outputs) {
    const Draw draw0(program, first, 0), draw1(program, first, 1), draw2(program, first, 2), draw3(program, first, 3),
        draw4(program, first, 4), draw5(program, first, 5);
    for (std::size_t i = 0; i < count; i += A::width) {
      const std::uint64_t trial = first + i;
      R z1, z2, u, v, sine, cosine, unused;
      normals(draw0, trial, z1, z2);
      const R m = R(50.0) + R(5e-5) * z1;
      const R g = R(9.80665) + R(1e-6) * z2;
      draw1(trial, u, v);
      const R ra = R(1.2) + R(0.02) * centred(u);
      const R rm = R(7920.0) + R(20.0) * centred(v);
      draw2(trial, u, v);
      const R th = R(0.0005) * centred(u);
      const R al = R(9.1e-6) + R(5e-7) * centred(v);
      normals(draw3, trial, z1, z2);
      const R A0 = R(9.8e-5) + R(1e-9) * z1;
      const R t = R(21.3) + R(0.1) * z2;
      normals(draw4, trial, z1, unused);
      const R h = R(0.05) + R(0.001) * z1;
      draw5(trial, u, unused);
      const R rf = R(912.0) + R(2.0) * centred(u);
      const R dt = t - R(20.0);
      sine_and_cosine<A>(th, sine, cosine);
      const R y =
          m * g * (R(1.0) - ra / rm) * cosine / (A0 * (R(1.0) + al * dt)) + rf * exponential<A>(R(-7e-4) * dt) * g * h;
      y.store(outputs[0] + i);
    }
  }

  static Simulate find(const std::string& name) {
    return name == "mass" ? mass : name == "gauge-block" ? gauge_block : pressure;
  }
};

}  // namespace
}  // namespace etalon::calibration
