// Weighted mean of results with stated uncertainties, and whether they agree: the reference value of a comparison.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace etalon::calibration {

struct WeightedMean {
  double value = 0;
  double internal_uncertainty = 0;  // 1/sqrt(sum 1/u^2): what the stated uncertainties say
  double external_uncertainty = 0;  // sqrt(sum ((x-m)/u)^2/((n-1) sum 1/u^2)): what the scatter says
  double birge_ratio = 0;           // external/internal = sqrt(chi^2/(n-1)) (Birge, Phys. Rev. 40 (1932) 207)
  double chi_squared = 0;
  double degrees_of_freedom = 0;  // n - 1
  double probability = 0;         // P(chi^2 > observed): below 0.05 the results are not consistent (Cox 2002, step 4)
  std::vector<double> weights;    // sum 1; may be negative with correlation
  // Degrees of equivalence d_i = x_i - m with u^2(d_i) = u_i^2 - u_m^2, as m includes x_i (Cox, Metrologia 39 (2002)
  // 589, procedure A), and E_n = d_i/(2 u(d_i)), 0 where u(d_i) is 0.
  std::vector<double> differences;
  std::vector<double> difference_uncertainties;
  std::vector<double> normalised_errors;
};

// At least two results, uncertainties positive and finite, else InputError.
WeightedMean weighted_mean(const std::vector<double>& values, const std::vector<double>& standard_uncertainties);
// With correlation: weights V^-1 1/(1' V^-1 1) (Cox 2002, annex; GLS). V symmetric and positive definite, else
// InputError.
WeightedMean weighted_mean(const std::vector<double>& values, const Eigen::MatrixXd& covariance);

}  // namespace etalon::calibration
