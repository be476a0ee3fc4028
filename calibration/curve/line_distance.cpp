#include "calibration/curve/line_distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

// Four sums side by side, whatever registers the processor has: the same bits with 128-bit and with 256-bit registers.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ETALON_WIDE_REGISTERS __attribute__((target_clones("avx2", "default")))
#else
#define ETALON_WIDE_REGISTERS
#endif

namespace etalon::calibration {
namespace {

constexpr std::size_t lanes = 4;
using Lanes = double __attribute__((vector_size(lanes * sizeof(double)), aligned(8)));

// Points about their centre and in units of their spread; squares of the uncertainties. Filled up to whole lanes with
// points of infinite variance, which weigh nothing.
struct ScaledPoints {
  const double* t;
  const double* v;
  const double* variance_t;
  const double* variance_v;
  std::size_t padded;
};

// Sums at the line v = a + b*t, with r the residual, W = 1/(u_v^2 + b^2 u_t^2), m = u_t^2 W r.
struct Sums {
  double chi_squared;  // of W r^2
  double wr;           // of W r: half the descent along a
  double wrf;          // of W r (t + b m): half the descent along b; t + b m is the fitted abscissa
  double w;            // half the second derivatives: of W,
  double wh;           // of W h with h = t + 2 b m,
  double whh;          // of W h^2 - m W r
  double wf;           // Gauss-Newton: of W f with f = t + b m,
  double wff;          // of W f^2
};

double sum(const Lanes& values) {
  return (values[0] + values[1]) + (values[2] + values[3]);
}

ETALON_WIDE_REGISTERS
void sums_at(const ScaledPoints& points, double a, double b, Sums& result) {
  Lanes chi{}, wr{}, wrf{}, w_sum{}, wh{}, whh{}, wf{}, wff{};
  const double bb = b * b;
  for (std::size_t i = 0; i < points.padded; i += lanes) {
    Lanes t, v, vt, vv;
    std::memcpy(&t, points.t + i, sizeof t);
    std::memcpy(&v, points.v + i, sizeof v);
    std::memcpy(&vt, points.variance_t + i, sizeof vt);
    std::memcpy(&vv, points.variance_v + i, sizeof vv);
    const Lanes w = 1.0 / (vv + bb * vt);
    const Lanes r = (v - a) - b * t;
    const Lanes q = w * r;
    const Lanes m = vt * q;
    const Lanes bm = b * m;
    const Lanes f = t + bm;
    const Lanes h = f + bm;
    const Lanes w_h = w * h;
    const Lanes w_f = w * f;
    chi += q * r;
    wr += q;
    wrf += q * f;
    w_sum += w;
    wh += w_h;
    whh += w_h * h - q * m;
    wf += w_f;
    wff += w_f * f;
  }
  result = {sum(chi), sum(wr), sum(wrf), sum(w_sum), sum(wh), sum(whh), sum(wf), sum(wff)};
}

struct Step {
  double a = 0;
  double b = 0;
  bool possible = false;
};

// Second derivatives [p q; q s], descent (d, e). Not positive definite: not possible.
Step solve(double p, double q, double s, double d, double e) {
  const double schur = s - q * (q / p);
  if (!(p > 0) || !(schur > 0)) return {};
  Step step;
  step.b = (e - d * (q / p)) / schur;
  step.a = (d - q * step.b) / p;
  step.possible = std::isfinite(step.a) && std::isfinite(step.b);
  return step;
}

// Starts at the line (a, b); all in scaled units.
DistanceLine minimise(const ScaledPoints& points, double a, double b) {
  DistanceLine line;
  Sums here{};
  sums_at(points, a, b, here);
  if (!std::isfinite(here.chi_squared)) {
    line.outcome = DistanceLine::Outcome::flat_without_uncertainty_in_y;
    return line;
  }
  double last = std::numeric_limits<double>::infinity();
  for (line.steps = 1; line.steps <= 500; ++line.steps) {
    Step step = solve(here.w, here.wh, here.whh, here.wr, here.wrf);
    const bool newton = step.possible;
    if (!newton) step = solve(here.w, here.wf, here.wff, here.wr, here.wrf);
    if (!step.possible) {
      line.outcome = DistanceLine::Outcome::points_run_together;
      return line;
    }
    const double size = std::max(std::fabs(b), 1e-300) + std::fabs(a);
    const double length = std::fabs(step.a) + std::fabs(step.b);
    Sums there{};
    double share = 1;
    for (;; share /= 2) {
      sums_at(points, a + share * step.a, b + share * step.b, there);
      // Near the minimum the sum is flat to rounding.
      if (there.chi_squared <= here.chi_squared * (1 + 1e-12) + 1e-300) break;
      if (share < 1e-12) {
        line.outcome = length <= 1e-7 * size ? DistanceLine::Outcome::found : DistanceLine::Outcome::not_settled;
        there = here;
        share = 0;
        break;
      }
    }
    a += share * step.a;
    b += share * step.b;
    here = there;
    if (share == 0) break;
    // Newton's error after a step is of the order of the step's square; Gauss-Newton's shrinks by a factor a step.
    if (share == 1 &&
        ((newton && length <= 1e-9 * size) || length <= 1e-15 * size || (length <= 1e-12 * size && length >= last))) {
      line.outcome = DistanceLine::Outcome::found;
      break;
    }
    last = length;
  }
  const double schur = here.wff - here.wf * (here.wf / here.w);
  if (line.outcome == DistanceLine::Outcome::found && !(schur > 0 && std::isfinite(schur)))
    line.outcome = DistanceLine::Outcome::points_run_together;
  line.value_at_centre = a;
  line.slope = b;
  line.variance_of_slope = 1 / schur;
  line.covariance = -here.wf / here.w / schur;
  line.variance_of_value = 1 / here.w - here.wf / here.w * line.covariance;
  line.chi_squared = here.chi_squared;
  return line;
}

}  // namespace

DistanceLine line_by_distance(const double* x, const double* y, const double* standard_uncertainty_x,
                              const double* standard_uncertainty_y, std::size_t count) {
  double sum_x = 0, sum_y = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum_x += x[i] - x[0];
    sum_y += y[i] - y[0];
  }
  const double centre = x[0] + sum_x / static_cast<double>(count);
  const double level = y[0] + sum_y / static_cast<double>(count);
  double x_scale = 0, y_scale = 0;
  for (std::size_t i = 0; i < count; ++i) {
    x_scale = std::max(x_scale, std::fabs(x[i] - centre));
    y_scale = std::max({y_scale, std::fabs(y[i] - level), standard_uncertainty_y[i]});
  }
  const double to_t = 1 / x_scale;
  const double to_v = y_scale > 0 ? 1 / y_scale : 1;
  if (!(y_scale > 0)) y_scale = 1;

  const std::size_t padded = (count + lanes - 1) / lanes * lanes;
  std::array<double, 4 * 64> small;
  std::vector<double> large;
  double* space = small.data();
  if (4 * padded > small.size()) {
    large.resize(4 * padded);
    space = large.data();
  }
  double* t = space;
  double* v = t + padded;
  double* variance_t = v + padded;
  double* variance_v = variance_t + padded;
  double tt = 0, tv = 0, st = 0, sv = 0;
  for (std::size_t i = 0; i < count; ++i) {
    t[i] = (x[i] - centre) * to_t;
    v[i] = (y[i] - level) * to_v;
    const double ut = standard_uncertainty_x[i] * to_t;
    const double uv = standard_uncertainty_y[i] * to_v;
    variance_t[i] = ut * ut;
    variance_v[i] = uv * uv;
    tt += t[i] * t[i];
    tv += t[i] * v[i];
    st += t[i];
    sv += v[i];
  }
  for (std::size_t i = count; i < padded; ++i) {
    t[i] = v[i] = variance_t[i] = 0;
    variance_v[i] = std::numeric_limits<double>::infinity();
  }
  const double n = static_cast<double>(count);
  const double slope = (tv - st * sv / n) / (tt - st * st / n);
  DistanceLine line = minimise({t, v, variance_t, variance_v, padded}, (sv - slope * st) / n, slope);
  line.centre = centre;
  line.value_at_centre = level + line.value_at_centre * y_scale;
  line.slope *= y_scale * to_t;
  line.variance_of_value *= y_scale * y_scale;
  line.covariance *= y_scale * (y_scale * to_t);
  line.variance_of_slope *= (y_scale * to_t) * (y_scale * to_t);
  return line;
}

}  // namespace etalon::calibration
