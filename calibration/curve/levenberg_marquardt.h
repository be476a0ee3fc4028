// The least sum of squares of a vector of residuals: Levenberg-Marquardt as a trust region in scaled parameters
// (Moré, "The Levenberg-Marquardt algorithm: implementation and theory", 1978), with the singular values of the
// Jacobian, and Gauss-Newton and Newton steps at the end for the last digits.
#pragma once

#include <Eigen/Dense>
#include <functional>

namespace etalon::calibration {

// Residuals at the parameters, and their Jacobian where it is asked for. False where the parameters have no residuals
// (outside of the formula's domain): such a step is not taken.
using Residuals =
    std::function<bool(const Eigen::VectorXd& parameters, Eigen::VectorXd& residuals, Eigen::MatrixXd* jacobian)>;

struct Minimum {
  Eigen::VectorXd parameters;
  Eigen::VectorXd residuals;
  Eigen::MatrixXd jacobian;
  double sum_of_squares = 0;
  int steps = 0;
  bool settled = false;
};

// From `start`, where the residuals must exist. Radii of several sizes are tried for the first step (a large one that
// runs into a far valley can miss the near one), and the least sum found is the answer.
Minimum least_squares(const Residuals& residuals, const Eigen::VectorXd& start);

}  // namespace etalon::calibration
