#include "calibration/curve/curve_prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;
using Eigen::VectorXd;

namespace {

double value_at(const CurveFit& fit, double x, double* slope = nullptr, double* gradient = nullptr) {
  return fit.working.evaluate(x, fit.working_parameters.data(), slope, gradient);
}

// Covariance of the parameters with the quantity that shares components with the points.
VectorXd covariance_with_parameters(const CurveFit& fit, const SharedWithPoints& shared) {
  VectorXd covariance = VectorXd::Zero(fit.working_parameters.size());
  const auto add = [&](const VectorXd& with, const Eigen::MatrixXd& sensitivities) {
    if (with.size() == 0) return;
    if (with.size() != fit.residuals.size()) {
      throw InputError(fmt::format(fmt::runtime(tr("{} covariances with the points of the curve: expected {}, one for "
                                                   "each")),
                                   with.size(), fit.residuals.size()));
    }
    if (!with.allFinite()) throw InputError(tr("a covariance with the points of the curve is not finite"));
    if (sensitivities.size() > 0) covariance += sensitivities * with;
  };
  add(shared.with_x, fit.sensitivities_x);
  add(shared.with_y, fit.sensitivities_y);
  return covariance;
}

double root_of_variance(double variance, double scale) {
  if (variance < -1e-9 * scale) {
    throw InputError(tr(
        "the covariances with the points of the curve are larger than the uncertainties allow: the combined variance "
        "would be negative"));
  }
  return std::sqrt(std::max(0.0, variance));
}

void check_argument(const char* message, double value, double u) {
  if (!std::isfinite(value) || !(u >= 0) || std::isinf(u))
    throw InputError(fmt::format(fmt::runtime(tr(message)), value, u));
}

// The root between two ends with values of different sign, by Newton's steps kept inside of the shrinking bracket.
double root_between(const CurveFit& fit, double y, double low, double high) {
  const bool rising = value_at(fit, high) > value_at(fit, low);
  double x = low + (high - low) / 2;
  for (int i = 0; i < 200; ++i) {
    double slope = 0;
    const double off = value_at(fit, x, &slope) - y;
    if (off == 0) return x;
    ((off > 0) == rising ? high : low) = x;
    double next = x - off / slope;
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    if (std::fabs(next - x) <= 1e-16 * std::fabs(x) || next == low || next == high) return next;
    x = next;
  }
  return x;
}

// Ends of stretches within which the curve rises or falls only: the points' range cut at its turning points.
std::vector<double> monotonic_stretches(const CurveFit& fit, double low, double high) {
  constexpr int steps = 1000;
  std::vector<double> ends{low};
  const auto slope_at = [&](double x) {
    double slope = 0;
    value_at(fit, x, &slope);
    return slope;
  };
  double before = low;
  double slope_before = slope_at(low);
  for (int i = 1; i <= steps; ++i) {
    const double x = i == steps ? high : low + (high - low) * i / steps;
    const double slope = slope_at(x);
    if ((slope > 0) != (slope_before > 0) && slope_before != 0 && slope != 0) {
      double left = before, right = x;
      for (int k = 0; k < 60; ++k) {
        const double middle = left + (right - left) / 2;
        ((slope_at(middle) > 0) == (slope_before > 0) ? left : right) = middle;
      }
      ends.push_back(left + (right - left) / 2);
    }
    if (slope != 0) slope_before = slope;
    before = x;
  }
  ends.push_back(high);
  return ends;
}

// Beyond an end of the points: steps outwards while the curve keeps its direction; NaN when y is not reached.
double root_beyond(const CurveFit& fit, double y, double end, double direction, double reach) {
  constexpr int steps = 200;
  double x = end;
  double slope_at_end = 0;
  double value = value_at(fit, end, &slope_at_end);
  for (int i = 1; i <= steps; ++i) {
    const double next = end + direction * reach * i / steps;
    double slope = 0;
    double next_value = 0;
    try {
      next_value = value_at(fit, next, &slope);
    } catch (const InputError&) {
      break;  // outside of the curve's domain
    }
    if (!std::isfinite(next_value) || !((slope > 0) == (slope_at_end > 0)) || slope == 0) break;
    if ((next_value - y) * (value - y) <= 0) return root_between(fit, y, std::min(x, next), std::max(x, next));
    x = next;
    value = next_value;
  }
  return NAN;
}

}  // namespace

CurvePrediction predict(const CurveFit& fit, double x, double standard_uncertainty_x, const SharedWithPoints& shared) {
  check_argument(base::message_id("cannot predict at x = {} with u(x) = {}: expected finite numbers, u not negative"),
                 x, standard_uncertainty_x);
  CurvePrediction result;
  VectorXd gradient(fit.working_parameters.size());
  double slope = 0;
  result.x = x;
  result.y = value_at(fit, x, &slope, gradient.data());
  if (!std::isfinite(result.y)) {
    throw InputError(fmt::format(fmt::runtime(tr("the curve has no finite value at x = {}")), x));
  }
  const double of_curve = gradient.dot(fit.working_covariance * gradient);
  const double of_x = std::pow(slope * standard_uncertainty_x, 2);
  const double common = 2 * slope * gradient.dot(covariance_with_parameters(fit, shared));
  result.standard_uncertainty = root_of_variance(of_curve + of_x + common, of_curve + of_x);
  result.extrapolated = x < fit.smallest_x || x > fit.largest_x;
  return result;
}

CurvePrediction invert(const CurveFit& fit, double y, double standard_uncertainty_y, const SharedWithPoints& shared) {
  check_argument(base::message_id("cannot invert y = {} with u(y) = {}: expected finite numbers, u not negative"), y,
                 standard_uncertainty_y);
  const std::vector<double> ends = monotonic_stretches(fit, fit.smallest_x, fit.largest_x);
  std::vector<double> roots;
  double lowest = INFINITY, highest = -INFINITY;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    const double a = value_at(fit, ends[i]) - y;
    const double b = value_at(fit, ends[i + 1]) - y;
    lowest = std::min({lowest, a + y, b + y});
    highest = std::max({highest, a + y, b + y});
    double root = NAN;
    if (a == 0) {
      root = ends[i];
    } else if (b == 0) {
      root = ends[i + 1];
    } else if ((a > 0) != (b > 0)) {
      root = root_between(fit, y, ends[i], ends[i + 1]);
    }
    if (!std::isnan(root) && (roots.empty() || root - roots.back() > 1e-12 * (fit.largest_x - fit.smallest_x)))
      roots.push_back(root);
  }
  if (roots.size() > 1) {
    throw InputError(
        fmt::format(fmt::runtime(tr("y = {} has more than one x: the curve turns at x = {:.6g}, and has this "
                                    "y at x = {:.6g} and at x = {:.6g}; use a curve that does not turn "
                                    "within the points, or fit only the branch in use")),
                    y, ends[1], roots[0], roots[1]));
  }
  CurvePrediction result;
  result.y = y;
  if (roots.empty()) {
    const double reach = fit.largest_x - fit.smallest_x;
    const double below = root_beyond(fit, y, fit.smallest_x, -1, reach);
    const double above = root_beyond(fit, y, fit.largest_x, +1, reach);
    if (std::isnan(below) == std::isnan(above)) {
      throw InputError(fmt::format(
          fmt::runtime(
              std::isnan(below)
                  ? tr("the curve does not reach y = {}: within the points it goes from {:.6g} to {:.6g}")
                  : tr("y = {} lies outside the curve on both sides of the points, where it goes from {:.6g} to "
                       "{:.6g}: two x have it")),
          y, lowest, highest));
    }
    result.x = std::isnan(below) ? above : below;
    result.extrapolated = true;
  } else {
    result.x = roots[0];
  }
  VectorXd gradient(fit.working_parameters.size());
  double slope = 0;
  value_at(fit, result.x, &slope, gradient.data());
  // The slope's own uncertainty, from how the gradient changes along x.
  const double step = 1e-5 * (fit.largest_x - fit.smallest_x);
  VectorXd right(gradient.size());
  VectorXd left(gradient.size());
  value_at(fit, std::min(result.x + step, std::max(result.x, fit.largest_x)), nullptr, right.data());
  value_at(fit, std::max(result.x - step, std::min(result.x, fit.smallest_x)), nullptr, left.data());
  const double width = std::min(result.x + step, std::max(result.x, fit.largest_x)) -
                       std::max(result.x - step, std::min(result.x, fit.smallest_x));
  if (width > 0) {
    const VectorXd change = (right - left) / width;
    const double slope_uncertainty = std::sqrt(std::max(0.0, change.dot(fit.working_covariance * change)));
    if (slope == 0 || std::fabs(slope) < 2 * slope_uncertainty) {
      throw InputError(fmt::format(
          fmt::runtime(tr("the curve cannot be inverted at y = {}: its slope {:.4g} at x = {:.6g} is not clearly "
                          "different from zero (standard uncertainty {:.2g})")),
          y, slope, result.x, slope_uncertainty));
    }
  }
  const double of_curve = gradient.dot(fit.working_covariance * gradient);
  const double of_y = standard_uncertainty_y * standard_uncertainty_y;
  const double common = -2 * gradient.dot(covariance_with_parameters(fit, shared));
  result.standard_uncertainty = root_of_variance(of_curve + of_y + common, of_curve + of_y) / std::fabs(slope);
  return result;
}

}  // namespace etalon::calibration
