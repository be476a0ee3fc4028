// How the input quantities of a model hang together: given correlations, and equal identities.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

#include "calibration/uncertainty/quantities_behind.h"

namespace etalon::calibration {

struct InputCorrelation {
  bool independent = true;  // every input is a quantity of its own, and no two are correlated: `matrix` and `factor`
                            // are the identity
  Eigen::MatrixXd matrix;   // correlation coefficients of the inputs, n x n
  QuantitiesBehind behind;  // m of them
  Eigen::MatrixXd factor;   // lower triangular, m x m; factor*factor' is the correlation of the quantities; a column of
                            // zeros where one adds nothing
  // Quantities correlated with each other, directly or through others, or of one ensemble, share their first one's
  // number.
  std::vector<std::size_t> groups;
  std::vector<std::string> part_names;  // of the independent part that each quantity adds to those correlated before it
  std::vector<std::string> ensembles;   // of that part; empty: it is none
};

// InputError when `given` is not n x n, symmetric, with coefficients from -1 to 1 and ones on the diagonal.
void check_coefficients(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given);

// `given` in the order of the inputs; empty: none beyond those of equal identity. InputError when it is not symmetric
// with ones on the diagonal, not positive semi-definite (r = 1 is fine), or contradicts the identities; and as
// quantities_behind.
InputCorrelation relate_inputs(const std::vector<InputQuantity>& inputs, const Eigen::MatrixXd& given);

}  // namespace etalon::calibration
