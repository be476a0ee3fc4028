// How the input quantities of a model hang together: given correlations, and equal identities.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

struct InputCorrelation {
  bool independent = true;  // no two inputs are correlated: `matrix` and `factor` are the identity
  Eigen::MatrixXd matrix;   // correlation coefficients, n x n
  Eigen::MatrixXd factor;   // lower triangular, factor*factor' = matrix; a column of zeros where an input adds nothing
  std::vector<std::size_t> groups;      // inputs correlated with each other, directly or through others, share a number
  std::vector<std::string> part_names;  // of the independent part that each input adds to those before it in its group
};

// InputError when `given` is not n x n, symmetric, with coefficients from -1 to 1 and ones on the diagonal.
void check_coefficients(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given);

// `given` in the order of the inputs; empty: none beyond those of equal identity. InputError when it is not symmetric
// with ones on the diagonal, not positive semi-definite (r = 1 is fine), or contradicts the identities.
InputCorrelation relate_inputs(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given);

}  // namespace etalon::calibration
