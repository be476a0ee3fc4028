// Second-order propagation of uncertainty: the next terms of the Taylor series beyond GUM equations (10) and (13).
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "calibration/model/measurement_model.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

struct SecondOrderResult {
  double value = 0;                 // the model at the estimates, as in first order (GUM 4.1.4)
  double standard_uncertainty = 0;  // first and second order together
  double second_order_part = 0;     // the part that first order leaves out, as a standard uncertainty; its square may
                                    // be negative, then this is negative too: -sqrt(-square)
  double bias = 0;  // expectation minus value to second order: half the trace of Hessian times covariance
};

// GUM 5.1.2 NOTE: u^2 = c' V c + 1/2 trace(H V H V) + c' V grad(trace(H V)), with c the sensitivities, H the second
// derivatives and V the covariance of the inputs; without correlations the sums of the NOTE. Derived for normal inputs.
// One result for each output. `inputs` in the order of the model's; `correlation` as full matrix in that order.
// InputError when a derivative does not exist at the estimates.
std::vector<SecondOrderResult> second_order(const MeasurementModel& model, const std::vector<InputQuantity>& inputs,
                                            const Eigen::MatrixXd& correlation);

}  // namespace etalon::calibration
