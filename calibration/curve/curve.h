// A curve y = f(x; parameters) with its exact derivatives: what the fits, the prediction and the inverse work on.
#pragma once

#include <Eigen/Dense>
#include <functional>
#include <string>
#include <vector>

namespace etalon::calibration {

struct Curve {
  std::vector<std::string> parameters;  // names, each once
  // f(x). Where the pointers are not null, also df/dx into *slope and df/dparameters into gradient[0 …
  // parameters.size() - 1]. InputError where the curve has no value or derivative.
  std::function<double(double x, const double* parameters, double* slope, double* gradient)> evaluate;
};

}  // namespace etalon::calibration
