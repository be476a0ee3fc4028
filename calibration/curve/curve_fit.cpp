#include "calibration/curve/curve_fit.h"

#include <cmath>

#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

std::optional<double> chi_squared_p_value(const CurveFit& fit) {
  if (!fit.chi_squared || fit.degrees_of_freedom < 1) return std::nullopt;
  return chi_squared_upper_probability(*fit.chi_squared, fit.degrees_of_freedom);
}

void set_residuals(CurveFit& fit, const CurveData& data) {
  const Index n = data.x.size();
  fit.residuals.resize(n);
  for (Index i = 0; i < n; ++i)
    fit.residuals(i) = data.y(i) - fit.working.evaluate(data.x(i), fit.working_parameters.data(), nullptr, nullptr);
  fit.degrees_of_freedom = static_cast<int>(n - fit.working_parameters.size());
  fit.residual_standard_deviation.reset();
  if (fit.degrees_of_freedom > 0)
    fit.residual_standard_deviation = std::sqrt(fit.residuals.squaredNorm() / fit.degrees_of_freedom);
  fit.smallest_x = data.x.minCoeff();
  fit.largest_x = data.x.maxCoeff();
}

CurveFit curve_of(const LineFit& line, const CurveData& data) {
  CurveFit fit;
  fit.name = "line";
  fit.formula = "y = b0 + b1*x";
  fit.method = line.method;
  fit.covariance_convention = line.covariance_convention;
  fit.parameter_names = {"b0", "b1"};
  fit.parameters = Eigen::Vector2d(line.intercept, line.slope);
  fit.covariance = line.covariance;
  fit.chi_squared = line.chi_squared;
  const double centre = line.centre;
  fit.working.parameters = {"value_at_centre", "b1"};
  fit.working.evaluate = [centre](double x, const double* p, double* slope, double* gradient) {
    if (slope != nullptr) *slope = p[1];
    if (gradient != nullptr) {
      gradient[0] = 1;
      gradient[1] = x - centre;
    }
    return p[0] + p[1] * (x - centre);
  };
  fit.working_parameters = Eigen::Vector2d(line.value_at_centre, line.slope);
  fit.working_covariance = line.centred_covariance;
  set_residuals(fit, data);
  fit.residuals = line.residuals;
  if (line.sensitivities.size() > 0) {
    Eigen::Matrix2d to_centre;
    to_centre << 1, centre, 0, 1;
    fit.sensitivities_y = to_centre * line.sensitivities;
    return fit;
  }
  // Distance regression: x* and the sensitivities of the Gauss-Newton step (ISO/TS 28037 7.2.1).
  const VectorXd variance_x = data.variance_x();
  const VectorXd variance_y = data.variance_y();
  const VectorXd weight = (variance_y.array() + line.slope * line.slope * variance_x.array()).inverse();
  fit.fitted_x = data.x.array() + line.slope * variance_x.array() * weight.array() * fit.residuals.array();
  MatrixXd design(data.x.size(), 2);
  design.col(0).setOnes();
  design.col(1) = fit.fitted_x.array() - centre;
  fit.sensitivities_y =
      (design.transpose() * weight.asDiagonal() * design).inverse() * design.transpose() * weight.asDiagonal();
  fit.sensitivities_x = -line.slope * fit.sensitivities_y;
  double largest = 0;
  for (Index i = 0; i < data.x.size(); ++i) {
    const double moved = fit.fitted_x(i) - data.x(i);
    if (variance_x(i) > 0) largest = std::max(largest, std::fabs(moved) / std::sqrt(variance_x(i)));
    if (variance_y(i) > 0) {
      largest = std::max(largest, std::fabs(fit.residuals(i) - line.slope * moved) / std::sqrt(variance_y(i)));
    }
  }
  fit.largest_weighted_deviation = largest;
  return fit;
}

}  // namespace etalon::calibration
