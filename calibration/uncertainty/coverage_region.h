// Coverage regions of several normal outputs together (JCGM 102:2011 6.5).
#pragma once

#include <Eigen/Dense>

namespace etalon::calibration {

// k_p of the hyper-ellipsoid (eta - y)' V^-1 (eta - y) = k_p^2: the root of the chi-squared quantile with one degree of
// freedom for each output (6.5.2). 1.96, 2.45, 2.80 for 1, 2, 3 outputs at 95 %.
double ellipsoid_factor(double coverage_probability, int outputs);

// k_q of the hyper-rectangle y_j +- k_q u(y_j) that holds all outputs with at least probability p whatever their
// correlation: the normal factor for q = 1 - (1 - p)/m (6.5.3, Bonferroni). 1.96, 2.24, 2.39 for 1, 2, 3 outputs.
double bonferroni_factor(double coverage_probability, int outputs);

// Half-axes of the coverage ellipsoid: the columns are the axes' directions times their half-lengths, the longest
// first; a direction without uncertainty has length 0. InputError for a matrix that is not a covariance matrix.
Eigen::MatrixXd ellipsoid_axes(const Eigen::MatrixXd& covariance, double coverage_probability);

}  // namespace etalon::calibration
