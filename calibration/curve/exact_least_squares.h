// Linear least squares in double-double arithmetic by Householder's QR decomposition: 32 digits in, so that a design
// matrix of condition 1e10 still leaves all digits of a double.
#pragma once

#include <vector>

#include "calibration/curve/double_double.h"

namespace etalon::calibration {

// Column by column: columns[k][i] is row i of column k.
using ExactColumns = std::vector<std::vector<DoubleDouble>>;

struct ExactLeastSquares {
  std::vector<DoubleDouble> parameters;
  ExactColumns inverse;         // of R, upper triangular: inverse[k][i], i <= k; (A'A)^-1 is inverse * inverse'
  ExactColumns pseudo_inverse;  // columns[i] for each row i of A: d(parameters)/d(right-hand side i)
  DoubleDouble sum_of_squares;  // of the residuals
  int dependent = -1;           // first column that the earlier ones determine (then nothing else is set)
};

// Rows at least as many as columns. A column whose part outside of the earlier columns is below 1e-25 of its length
// counts as dependent.
ExactLeastSquares exact_least_squares(const ExactColumns& design, const std::vector<DoubleDouble>& right_hand_side);

}  // namespace etalon::calibration
