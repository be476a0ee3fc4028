// The Gaussian copula of sampling_plan.h.
#include <algorithm>
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <stdexcept>

#include "calibration/uncertainty/monte_carlo/sampling_plan.h"

namespace etalon::calibration {
namespace {

double normal_tail(double z) {  // P(Z > z)
  return std::erfc(z * std::sqrt(0.5)) / 2;
}

// From -1 to 1: position in a symmetric trapezoid of half-width 1, for probability p <= 1/2 of lying below.
double lower_trapezoid(double p, double beta) {
  // Density rises linearly over the width 1 - beta up to 1/(1 + beta).
  const double slope_share = (1 - beta) / (1 + beta) / 2;
  if (p < slope_share) return -1 + std::sqrt(2 * p * (1 + beta) * (1 - beta));
  return -beta + (p - slope_share) * (1 + beta);
}

// By the smaller of the two tails, so that both keep their digits.
template <class Lower>
double symmetric(const InputQuantity& input, double z, Lower lower) {
  const double position = lower(normal_tail(std::fabs(z)));
  return input.estimate + half_width(input) * (z < 0 ? position : -position);
}

// Coefficients of the standardised quantity in normalised Hermite polynomials of the score: its correlation with
// another at correlation s of the scores is the sum of a_k b_k s^k.
constexpr std::size_t hermite_terms = 40;
std::array<double, hermite_terms> hermite_coefficients(const InputQuantity& input) {
  std::array<double, hermite_terms> c{};
  if (input.distribution == Distribution::normal || input.distribution == Distribution::student_t) {
    c[1] = 1;
    return c;
  }
  constexpr int steps = 4000;
  constexpr double limit = 9;
  for (int i = 0; i <= steps; ++i) {
    const double z = -limit + 2 * limit * i / steps;
    const double weight = std::exp(-z * z / 2) * (2 * limit / steps) * 0.39894228040143267794;
    const double value = weight * (quantile_at_score(input, z) - input.estimate) / input.standard_uncertainty;
    double before = 0;
    double h = 1;
    for (std::size_t k = 0; k < hermite_terms; ++k) {
      c[k] += value * h;
      const auto n = static_cast<double>(k);
      const double next = (z * h - std::sqrt(n) * before) / std::sqrt(n + 1);
      before = h;
      h = next;
    }
  }
  return c;
}

}  // namespace

double quantile_at_score(const InputQuantity& input, double z) {
  switch (input.distribution) {
    case Distribution::normal:
      return input.estimate + input.standard_uncertainty * z;
    case Distribution::rectangular:
      return symmetric(input, z, [](double p) { return lower_trapezoid(p, 1); });
    case Distribution::triangular:
      return symmetric(input, z, [](double p) { return lower_trapezoid(p, 0); });
    case Distribution::trapezoidal:
      return symmetric(input, z, [&](double p) { return lower_trapezoid(p, input.shape); });
    case Distribution::arcsine:
      return symmetric(input, z, [](double p) { return -std::cos(3.14159265358979323846 * p); });
    case Distribution::exponential:
      return -input.estimate * std::log(normal_tail(z));
    case Distribution::gamma: {
      const double relative = input.standard_uncertainty / input.estimate;
      const double shape = 1 / (relative * relative);
      const double scaled =
          z < 0 ? boost::math::gamma_p_inv(shape, normal_tail(-z)) : boost::math::gamma_q_inv(shape, normal_tail(z));
      return scaled * relative * input.standard_uncertainty;
    }
    case Distribution::constant:
    case Distribution::student_t:
    case Distribution::curvilinear_trapezoidal:
      break;
  }
  throw std::logic_error("a distribution without a quantile function here");
}

double score_correlation(const InputQuantity& a, const InputQuantity& b, double r, double* reached) {
  const auto ca = hermite_coefficients(a);
  const auto cb = hermite_coefficients(b);
  const auto correlation = [&](double s) {
    double sum = 0;
    for (std::size_t k = hermite_terms - 1; k >= 1; --k)
      sum = (sum + ca[k] * cb[k]) * s;
    return sum;
  };
  double low = -1;
  double high = 1;
  *reached = r;
  // Equal shapes reach 1 but for the truncated series.
  const bool same = a.distribution == b.distribution && a.shape == b.shape;
  if (same && r == 1) return 1;
  if (r >= correlation(1)) {
    *reached = same ? r : correlation(1);
    return 1;
  }
  if (r <= correlation(-1)) {
    *reached = same && a.distribution != Distribution::exponential && a.distribution != Distribution::gamma
                   ? r
                   : correlation(-1);
    return -1;
  }
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (correlation(middle) < r ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace etalon::calibration
