// The lower triangular Cholesky factor of a covariance matrix of points, which whitens them; refused with the reason,
// naming the points, when there is none.
#pragma once

#include <Eigen/Dense>
#include <string>

namespace etalon::calibration {

// InputError when the matrix is not n x n for n = x.size(), not finite, not symmetric, has a variance that is not
// positive or a covariance that is larger than the variances allow, or is singular: then the points that determine each
// other are named. `what`: "x" or "y", whose covariance it is. Points are named by their number and x.
Eigen::MatrixXd covariance_factor(const Eigen::MatrixXd& covariance, const Eigen::VectorXd& x, const std::string& what);

// Size, finite numbers, symmetry and |correlation| <= 1 alone; variances may be 0.
void check_covariance(const Eigen::MatrixXd& covariance, const Eigen::VectorXd& x, const std::string& what);

}  // namespace etalon::calibration
