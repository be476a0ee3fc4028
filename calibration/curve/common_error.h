// An error that all points of a curve have in common, as when one reference standard gave every x: it lies in every
// point alike, and in what the same standard measures when the curve is used.
#pragma once

#include "calibration/curve/curve_data.h"
#include "calibration/curve/curve_prediction.h"

namespace etalon::calibration {

// Its standard uncertainty: a number, or a share of the value (0.0001: 0.01 % of each). Its size is the same number, or
// the same share, wherever it occurs: fully correlated.
struct CommonError {
  double standard_uncertainty = 0;
  bool of_the_value = false;

  double at(double value) const { return of_the_value ? standard_uncertainty * value : standard_uncertainty; }
  bool any() const { return standard_uncertainty != 0; }
};

struct CommonErrors {
  CommonError x;
  CommonError y;
};

// The points with these errors beside what is stated of them: b b' is added to the covariance of x, b_i the error's
// standard uncertainty at x_i, and so for y. InputError when the uncertainty is negative or not finite, or when nothing
// else is stated: what all points have in common does not show in their scatter.
CurveData with_common_errors(const CurveData& data, const CommonErrors& common);

// predict and invert of a fit to such points; the x (of an inverse: the y) has the common error too, beside its own
// standard uncertainty (GUM F.1.2.3: cov(x, x_i) = b b_i).
CurvePrediction predict_with_common_error(const CurveFit& fit, const CurveData& data, const CommonErrors& common,
                                          double x, double standard_uncertainty_x);
CurvePrediction invert_with_common_error(const CurveFit& fit, const CurveData& data, const CommonErrors& common,
                                         double y, double standard_uncertainty_y);

}  // namespace etalon::calibration
