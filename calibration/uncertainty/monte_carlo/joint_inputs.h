// What is known about the input quantities together: their joint distribution (JCGM 101:2008 6, JCGM 102:2011 6.4-6.5).
#pragma once

#include <Eigen/Dense>
#include <cstddef>
#include <vector>

#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

struct JointInputs {
  // In the order of the model's inputs. Inputs of one identity are one quantity: they get the same draw, each with its
  // own estimate and standard uncertainty.
  std::vector<InputQuantity> inputs;
  // Correlation coefficients (product-moment); empty: none beyond those of equal identity.
  Eigen::MatrixXd correlation;
  // Inputs whose readings were taken together, as indices into `inputs`, a list for each occasion. Their joint
  // distribution is the multivariate t of JCGM 102:2011 6.5.4 with n - N degrees of freedom for n sets of readings of N
  // quantities, where a single one has the n - 1 that stand in the input.
  std::vector<std::vector<std::size_t>> observed_together;
};

}  // namespace etalon::calibration
