// The straight calibration line y = intercept + slope*x (ISO/TS 28037:2010; GUM H.3), with uncertainties.
#pragma once

#include <Eigen/Dense>
#include <optional>

#include "calibration/curve/fit_method.h"

namespace etalon::calibration {

// x in its unit, y in its unit; slope in y/x. The line is kept about `centre`, where it is well conditioned however far
// from zero the x values are: y = value_at_centre + slope*(x - centre).
struct LineFit {
  FitMethod method = FitMethod::weighted_least_squares;
  CovarianceConvention covariance_convention = CovarianceConvention::from_stated_uncertainties;
  double intercept = 0;
  double slope = 0;
  Eigen::Matrix2d covariance;  // of (intercept, slope)
  double centre = 0;
  double value_at_centre = 0;
  Eigen::Matrix2d centred_covariance;  // of (value_at_centre, slope)
  // Weighted sum of squared residuals; absent for OLS, where no uncertainty is stated to compare with.
  std::optional<double> chi_squared;
  int degrees_of_freedom = 0;  // n - 2
  Eigen::VectorXd residuals;   // y_i - line(x_i), in the unit of y
  // sqrt(sum of squared residuals/(n - 2)), in the unit of y; absent for two points.
  std::optional<double> residual_standard_deviation;
  double smallest_x = 0;
  double largest_x = 0;
  // 2 x n: d(intercept, slope)/d(y_i), so that the components of the y_i can be carried on through the line. Absent
  // (0 x 0) for generalised distance regression, which is not linear in y.
  Eigen::MatrixXd sensitivities;
};

// Each refuses with an InputError that gives the reason: sizes that differ, fewer than two points (three for OLS),
// values that are not finite, all x equal, uncertainties that are not positive, a covariance matrix that is not
// symmetric or is singular (the points that determine each other are named).
LineFit fit_line(const Eigen::VectorXd& x, const Eigen::VectorXd& y);
LineFit fit_line_weighted(const Eigen::VectorXd& x, const Eigen::VectorXd& y,
                          const Eigen::VectorXd& standard_uncertainty_y);
LineFit fit_line_generalised(const Eigen::VectorXd& x, const Eigen::VectorXd& y, const Eigen::MatrixXd& covariance_y);
// Some u(x_i) or u(y_i) may be 0, not both of one point. Covariance of the parameters as in ISO/TS 28037 7.2.1 (of the
// last Gauss-Newton step; other programs that differentiate the solution itself report slightly larger values).
LineFit fit_line_distance(const Eigen::VectorXd& x, const Eigen::VectorXd& y,
                          const Eigen::VectorXd& standard_uncertainty_x, const Eigen::VectorXd& standard_uncertainty_y);

// Probability of a larger chi-squared if line and stated uncertainties are right: below 0.05, either is in doubt
// (ISO/TS 28037 6.3 g). Absent for OLS and for two points.
std::optional<double> chi_squared_p_value(const LineFit& fit);

struct LinePrediction {
  double x = 0;
  double y = 0;
  double standard_uncertainty = 0;  // of y when predicting, of x when inverting
  bool extrapolated = false;        // x lies outside the calibrated points
};
// y at x (ISO/TS 28037 11.2); u(x) independent of the fit. The line's own uncertainty only: the scatter of a single
// future y is not in it.
LinePrediction predict(const LineFit& fit, double x, double standard_uncertainty_x = 0);
// x that belongs to an observed y (ISO/TS 28037 11.1); u(y) independent of the fit. InputError when the slope is
// smaller than twice its standard uncertainty: first-order propagation means nothing then.
LinePrediction invert(const LineFit& fit, double y, double standard_uncertainty_y = 0);

}  // namespace etalon::calibration
