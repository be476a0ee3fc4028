// A fitted curve of any kind: parameters with their covariance, how well it fits, and what prediction and inverse need.
#pragma once

#include <Eigen/Dense>
#include <optional>
#include <string>
#include <vector>

#include "calibration/curve/curve.h"
#include "calibration/curve/curve_data.h"
#include "calibration/curve/fit_method.h"
#include "calibration/curve/line_fit.h"

namespace etalon::calibration {

struct CurveFit {
  std::string name;     // "line", "polynomial:3", "callendar-van-dusen", …
  std::string formula;  // for people: "y = b0 + b1*x"
  FitMethod method = FitMethod::ordinary_least_squares;
  CovarianceConvention covariance_convention = CovarianceConvention::from_stated_uncertainties;
  std::vector<std::string> parameter_names;
  Eigen::VectorXd parameters;
  Eigen::MatrixXd covariance;
  // Weighted sum of squared residuals, generalised distances where x has uncertainty; absent where no uncertainty is
  // stated to compare with.
  std::optional<double> chi_squared;
  int degrees_of_freedom = 0;  // points minus free parameters
  // sqrt(sum of (y_i - f(x_i))^2/degrees_of_freedom), in the unit of y; absent without degrees of freedom.
  std::optional<double> residual_standard_deviation;
  Eigen::VectorXd residuals;  // y_i - f(x_i), in the unit of y
  // Where x has uncertainty: the points' x moved onto the curve (ISO/TS 28037 7.2.1, x_i*); else empty.
  Eigen::VectorXd fitted_x;
  // Where x has uncertainty: the largest of |x_i - x_i*|/u(x_i) and |y_i - f(x_i*)|/u(y_i) (ISO 6143:2001 5.2.2: the
  // curve is compatible with the points when it is at most 2).
  std::optional<double> largest_weighted_deviation;
  double smallest_x = 0;
  double largest_x = 0;

  // The same curve in the parameters that it is evaluated with: polynomials in a basis in which they keep their digits.
  Curve working;
  Eigen::VectorXd working_parameters;
  Eigen::MatrixXd working_covariance;
  // d(working parameters)/d(x_i) and /d(y_i), parameters x n, so that components of the points can be carried on.
  Eigen::MatrixXd sensitivities_x;  // empty where x has no uncertainty
  Eigen::MatrixXd sensitivities_y;
  std::vector<std::string> notes;  // for people: how the degree was chosen, what is not determined
};

// Probability of a larger chi-squared if curve and stated uncertainties are right: below 0.05, either is in doubt
// (ISO/TS 28037 6.3 g). Absent without chi-squared or degrees of freedom.
std::optional<double> chi_squared_p_value(const CurveFit& fit);

// A line's fit as a curve; `data` are the points that it was fitted to.
CurveFit curve_of(const LineFit& line, const CurveData& data);

// Residuals, their standard deviation, range and degrees of freedom, from working curve and parameters.
void set_residuals(CurveFit& fit, const CurveData& data);

}  // namespace etalon::calibration
