#include "calibration/curve/line_fit.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "calibration/curve/covariance_factor.h"
#include "calibration/curve/line_distance.h"
#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using base::tr;
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void check_points(const VectorXd& x, const VectorXd& y, Index least) {
  if (x.size() != y.size()) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("a line needs one y for each x: {} x and {} y are given")), x.size(), y.size()));
  }
  if (x.size() < least) {
    throw base::InputError(fmt::format(
        fmt::runtime(least == 3 ? tr("{} point(s): a line with its scatter taken from the residuals needs at least {}")
                                : tr("{} point(s): a line fit needs at least {}")),
        x.size(), least));
  }
  for (Index i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x(i)) || !std::isfinite(y(i))) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("point {} is ({}, {}): expected finite numbers")), i + 1, x(i), y(i)));
    }
  }
  if ((x.array() == x(0)).all()) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("all {} points are at x = {}: a line needs at least two different x")), x.size(), x(0)));
  }
}

void check_uncertainties(const VectorXd& u, const VectorXd& x, const char* what, bool zero_allowed) {
  if (u.size() != x.size()) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{} points but {} standard uncertainties of {}: expected one for each")), x.size(),
                    u.size(), what));
  }
  for (Index i = 0; i < u.size(); ++i) {
    if (!(u(i) > 0 || (zero_allowed && u(i) == 0)) || std::isinf(u(i))) {
      throw base::InputError(fmt::format(
          fmt::runtime(zero_allowed ? tr("the standard uncertainty of {} at point {} (x = {}) is {}: expected a "
                                         "finite, not negative number")
                                    : tr("the standard uncertainty of {} at point {} (x = {}) is {}: expected a "
                                         "positive number")),
          what, i + 1, x(i), u(i)));
    }
  }
}

// x shifted to zero mean and scaled to largest size 1; y shifted to zero mean.
struct Scaled {
  double centre = 0;
  double scale = 1;
  double level = 0;
  VectorXd t;
  VectorXd v;
};

Scaled scale_points(const VectorXd& x, const VectorXd& y, const VectorXd& weights) {
  Scaled result;
  // About the weighted centre the two parameters are nearly uncorrelated.
  const double total = weights.sum();
  result.centre = x(0) + (weights.array() * (x.array() - x(0))).sum() / total;
  result.scale = (x.array() - result.centre).abs().maxCoeff();
  result.level = y(0) + (weights.array() * (y.array() - y(0))).sum() / total;
  result.t = (x.array() - result.centre) / result.scale;
  result.v = y.array() - result.level;
  if (!std::isfinite(result.centre) || !std::isfinite(result.scale) || !result.v.allFinite()) {
    throw base::InputError(tr("the points are too far apart: differences are not finite"));
  }
  return result;
}

// From the parameters of v = p0 + p1*t and their covariance to the line in x and y.
void set_parameters(LineFit& fit, const Scaled& scaled, const Eigen::Vector2d& parameters,
                    const Eigen::Matrix2d& covariance) {
  fit.centre = scaled.centre;
  fit.value_at_centre = scaled.level + parameters(0);
  fit.slope = parameters(1) / scaled.scale;
  fit.intercept = fit.value_at_centre - fit.slope * fit.centre;
  const Eigen::DiagonalMatrix<double, 2> to_slope(1, 1 / scaled.scale);
  fit.centred_covariance = to_slope * covariance * to_slope;
  Eigen::Matrix2d to_origin;
  to_origin << 1, -fit.centre, 0, 1;
  fit.covariance = to_origin * fit.centred_covariance * to_origin.transpose();
  fit.covariance(1, 0) = fit.covariance(0, 1);
}

void set_residuals(LineFit& fit, const VectorXd& x, const VectorXd& y) {
  const Index n = x.size();
  fit.residuals = (y.array() - fit.value_at_centre) - fit.slope * (x.array() - fit.centre);
  fit.degrees_of_freedom = static_cast<int>(n - 2);
  if (n > 2) fit.residual_standard_deviation = std::sqrt(fit.residuals.squaredNorm() / static_cast<double>(n - 2));
  fit.smallest_x = x.minCoeff();
  fit.largest_x = x.maxCoeff();
}

// Brings rows to unit, uncorrelated uncertainty: by the standard uncertainties, or by the lower triangular factor of a
// covariance matrix.
struct Whitening {
  VectorXd standard_uncertainty;
  MatrixXd factor;

  MatrixXd applied(const MatrixXd& rows) const {
    if (factor.size() > 0) return factor.triangularView<Eigen::Lower>().solve(rows);
    return standard_uncertainty.cwiseInverse().asDiagonal() * rows;
  }
  MatrixXd applied_transposed(const MatrixXd& rows) const {
    if (factor.size() > 0) return factor.transpose().triangularView<Eigen::Upper>().solve(rows);
    return standard_uncertainty.cwiseInverse().asDiagonal() * rows;
  }
};

// Least squares on whitened rows.
LineFit solve(const Scaled& scaled, const VectorXd& x, const VectorXd& y, const Whitening& whitening) {
  const Index n = x.size();
  MatrixXd design(n, 2);
  design.col(0).setOnes();
  design.col(1) = scaled.t;
  const MatrixXd white_design = whitening.applied(design);
  const VectorXd white_v = whitening.applied(scaled.v);
  const Eigen::HouseholderQR<MatrixXd> qr(white_design);
  const Eigen::Matrix2d r = qr.matrixQR().topRows(2).triangularView<Eigen::Upper>();
  if (std::fabs(r(1, 1)) <= 1e-13 * r.row(1).norm() || std::fabs(r(1, 1)) <= 1e-13 * std::fabs(r(0, 1)) ||
      r(0, 0) == 0 || !r.allFinite()) {
    throw base::InputError(
        tr("the slope cannot be told from the intercept: the x values are too close for their size, or "
           "one point has nearly all the weight"));
  }
  const MatrixXd thin_q = qr.householderQ() * MatrixXd::Identity(n, 2);
  const Eigen::Vector2d parameters = r.triangularView<Eigen::Upper>().solve(thin_q.transpose() * white_v);
  const Eigen::Matrix2d inverse = r.triangularView<Eigen::Upper>().solve(Eigen::Matrix2d::Identity());

  LineFit fit;
  set_parameters(fit, scaled, parameters, inverse * inverse.transpose());
  set_residuals(fit, x, y);
  fit.chi_squared = (white_v - white_design * parameters).squaredNorm();
  // parameters = R^-1 Q' L^-1 v
  const MatrixXd through_whitening = whitening.applied_transposed(thin_q);
  Eigen::Matrix2d to_line;
  to_line << 1, -fit.centre / scaled.scale, 0, 1 / scaled.scale;
  fit.sensitivities = to_line * inverse * through_whitening.transpose();
  return fit;
}

}  // namespace

std::optional<double> chi_squared_p_value(const LineFit& fit) {
  if (!fit.chi_squared || fit.degrees_of_freedom < 1) return std::nullopt;
  return chi_squared_upper_probability(*fit.chi_squared, fit.degrees_of_freedom);
}

LineFit fit_line(const VectorXd& x, const VectorXd& y) {
  check_points(x, y, 3);
  const VectorXd ones = VectorXd::Ones(x.size());
  LineFit fit = solve(scale_points(x, y, ones), x, y, {ones, {}});
  fit.method = FitMethod::ordinary_least_squares;
  fit.covariance_convention = CovarianceConvention::scaled_by_residuals;
  const double variance = fit.residuals.squaredNorm() / fit.degrees_of_freedom;
  fit.covariance *= variance;
  fit.centred_covariance *= variance;
  fit.chi_squared.reset();
  return fit;
}

LineFit fit_line_weighted(const VectorXd& x, const VectorXd& y, const VectorXd& standard_uncertainty_y) {
  check_points(x, y, 2);
  check_uncertainties(standard_uncertainty_y, x, "y", false);
  // Weights relative to the smallest uncertainty, so that they stay finite.
  const VectorXd weights = (standard_uncertainty_y.minCoeff() / standard_uncertainty_y.array()).square();
  LineFit fit = solve(scale_points(x, y, weights), x, y, {standard_uncertainty_y, {}});
  fit.method = FitMethod::weighted_least_squares;
  return fit;
}

LineFit fit_line_generalised(const VectorXd& x, const VectorXd& y, const MatrixXd& covariance_y) {
  check_points(x, y, 2);
  const Whitening whitening{{}, covariance_factor(covariance_y, x, "y")};
  const VectorXd weights = covariance_y.diagonal().minCoeff() / covariance_y.diagonal().array();
  LineFit fit = solve(scale_points(x, y, weights), x, y, whitening);
  fit.method = FitMethod::generalised_least_squares;
  return fit;
}

LineFit fit_line_distance(const VectorXd& x, const VectorXd& y, const VectorXd& standard_uncertainty_x,
                          const VectorXd& standard_uncertainty_y) {
  check_points(x, y, 2);
  check_uncertainties(standard_uncertainty_x, x, "x", true);
  check_uncertainties(standard_uncertainty_y, x, "y", true);
  for (Index i = 0; i < x.size(); ++i) {
    if (standard_uncertainty_x(i) == 0 && standard_uncertainty_y(i) == 0) {
      throw base::InputError(fmt::format(
          fmt::runtime(tr("point {} (x = {}) has no uncertainty in x nor in y: expected one of them")), i + 1, x(i)));
    }
  }
  const DistanceLine line = line_by_distance(x.data(), y.data(), standard_uncertainty_x.data(),
                                             standard_uncertainty_y.data(), static_cast<std::size_t>(x.size()));
  switch (line.outcome) {
    case DistanceLine::Outcome::found:
      break;
    case DistanceLine::Outcome::flat_without_uncertainty_in_y:
      throw base::InputError(tr("a point without uncertainty in y cannot be fitted by a line of zero slope"));
    case DistanceLine::Outcome::points_run_together:
      throw base::InputError(
          tr("the uncertainties in x are too large: the points cannot be told apart along the line"));
    case DistanceLine::Outcome::not_settled:
      throw base::InputError(
          tr("generalised distance regression did not settle in 500 steps: the uncertainties in x are too "
             "large for these points"));
  }
  LineFit fit;
  fit.method = FitMethod::generalised_distance;
  fit.centre = line.centre;
  fit.value_at_centre = line.value_at_centre;
  fit.slope = line.slope;
  fit.intercept = line.value_at_centre - line.slope * line.centre;
  fit.centred_covariance << line.variance_of_value, line.covariance, line.covariance, line.variance_of_slope;
  const double to_origin = line.covariance - line.centre * line.variance_of_slope;
  fit.covariance << line.variance_of_value - line.centre * (line.covariance + to_origin), to_origin, to_origin,
      line.variance_of_slope;
  set_residuals(fit, x, y);
  fit.chi_squared = line.chi_squared;
  return fit;
}

LinePrediction predict(const LineFit& fit, double x, double standard_uncertainty_x) {
  if (!std::isfinite(x) || !(standard_uncertainty_x >= 0) || std::isinf(standard_uncertainty_x)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("cannot predict at x = {} with u(x) = {}: expected finite numbers, u not negative")), x,
        standard_uncertainty_x));
  }
  const double d = x - fit.centre;
  const Eigen::Matrix2d& c = fit.centred_covariance;
  LinePrediction result;
  result.x = x;
  result.y = fit.value_at_centre + fit.slope * d;
  const double variance = c(0, 0) + 2 * d * c(0, 1) + d * d * c(1, 1) +
                          fit.slope * fit.slope * standard_uncertainty_x * standard_uncertainty_x;
  result.standard_uncertainty = std::sqrt(std::max(0.0, variance));
  result.extrapolated = x < fit.smallest_x || x > fit.largest_x;
  return result;
}

LinePrediction invert(const LineFit& fit, double y, double standard_uncertainty_y) {
  if (!std::isfinite(y) || !(standard_uncertainty_y >= 0) || std::isinf(standard_uncertainty_y)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("cannot invert y = {} with u(y) = {}: expected finite numbers, u not negative")), y,
                    standard_uncertainty_y));
  }
  const Eigen::Matrix2d& c = fit.centred_covariance;
  const double slope_uncertainty = std::sqrt(c(1, 1));
  if (fit.slope == 0 || std::fabs(fit.slope) < 2 * slope_uncertainty) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the line cannot be inverted: its slope {} is not clearly different from zero "
                                    "(standard uncertainty {})")),
                    fit.slope, slope_uncertainty));
  }
  const double d = (y - fit.value_at_centre) / fit.slope;
  LinePrediction result;
  result.y = y;
  result.x = fit.centre + d;
  const double variance = c(0, 0) + 2 * d * c(0, 1) + d * d * c(1, 1) + standard_uncertainty_y * standard_uncertainty_y;
  result.standard_uncertainty = std::sqrt(std::max(0.0, variance)) / std::fabs(fit.slope);
  result.extrapolated = result.x < fit.smallest_x || result.x > fit.largest_x;
  return result;
}

}  // namespace etalon::calibration
