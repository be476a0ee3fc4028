// Using a fitted curve: y at a given x, and the x that belongs to an observed y, with standard uncertainties.
#pragma once

#include <Eigen/Dense>
#include <string>

#include "calibration/curve/curve_fit.h"

namespace etalon::calibration {

// What the x (of a prediction) or the y (of an inverse) shares with the points that the curve was fitted to, as when
// the same reference measured both: its covariances with their x and y. Empty: nothing.
struct SharedWithPoints {
  Eigen::VectorXd with_x;  // n, or empty
  Eigen::VectorXd with_y;  // n, or empty
};

struct CurvePrediction {
  double x = 0;
  double y = 0;
  double standard_uncertainty = 0;  // of y when predicting, of x when inverting
  bool extrapolated = false;        // x lies outside the calibrated points
  // Why there is no such value, in lists where each value stands for itself; empty: there is.
  std::string refusal = {};
};

// y = f(x) (ISO/TS 28037 11.2): u^2(y) = g' C g + (f' u(x))^2 + 2 f' g' S c with g = df/dparameters, C the covariance
// of the parameters, S their sensitivities to the points and c the covariances of x with the points (GUM equation 13).
// The curve's own uncertainty: the scatter of a single future y is not in it. InputError when numbers are not finite, u
// is negative, or the covariances are larger than the uncertainties allow.
CurvePrediction predict(const CurveFit& fit, double x, double standard_uncertainty_x = 0,
                        const SharedWithPoints& shared = {});

// x with f(x) = y (ISO/TS 28037 11.1): u^2(x) = (g' C g + u^2(y) - 2 g' S c)/f'^2. The root is looked for within the
// points, then on beyond their ends, up to as far again as they reach and as long as the curve keeps its direction.
// InputError with the reason: the curve turns, so that two x within the points have this y; it does not reach y; or its
// slope there is smaller than twice its standard uncertainty, and first-order propagation means nothing.
CurvePrediction invert(const CurveFit& fit, double y, double standard_uncertainty_y = 0,
                       const SharedWithPoints& shared = {});

}  // namespace etalon::calibration
