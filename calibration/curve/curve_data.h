// The points of a calibration with what is known about their uncertainty.
#pragma once

#include <Eigen/Dense>
#include <string>

namespace etalon::calibration {

// n points. Of x and of y: either standard uncertainties (n), or a covariance matrix (n x n), or neither (size 0):
// x without uncertainty; y without stated uncertainty, which is then taken from the residuals.
struct CurveData {
  Eigen::VectorXd x;
  Eigen::VectorXd y;
  Eigen::VectorXd standard_uncertainty_x;
  Eigen::VectorXd standard_uncertainty_y;
  Eigen::MatrixXd covariance_x;
  Eigen::MatrixXd covariance_y;
  Eigen::MatrixXd covariance_xy;  // (i, j) is cov(x_i, y_j)

  // Standard uncertainties or variances that are not all 0.
  bool has_uncertainty_x() const;
  bool has_uncertainty_y() const { return standard_uncertainty_y.size() > 0 || covariance_y.size() > 0; }
  bool has_covariances() const {
    return covariance_x.size() > 0 || covariance_y.size() > 0 || covariance_xy.size() > 0;
  }
  // Variances; zero where nothing is stated.
  Eigen::VectorXd variance_x() const;
  Eigen::VectorXd variance_y() const;
};

// InputError with the reason and the point: sizes that differ, values that are not finite, uncertainties that are
// negative, a point without uncertainty in x and y while others have one, both standard uncertainties and covariances
// of one quantity, covariances that are impossible.
void check_data(const CurveData& data);

// InputError when there are fewer than `parameters` points at different x, in words fit for `curve`; or, with the
// scatter taken from the residuals, no point more.
void check_determined(const CurveData& data, int parameters, const std::string& curve);

}  // namespace etalon::calibration
