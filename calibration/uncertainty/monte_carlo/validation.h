// Is the result of the GUM's method confirmed by the Monte Carlo evaluation? JCGM 101:2008 clause 8.
#pragma once

#include "calibration/uncertainty/monte_carlo/coverage_interval.h"

namespace etalon::calibration {

struct Validation {
  int significant_digits = 2;
  double tolerance = 0;  // delta of u(y)
  double d_low = 0;      // |y - U - y_low|
  double d_high = 0;     // |y + U - y_high|
  bool gum_valid = false;
};

// `gum` is y +- U at the coverage probability of `monte_carlo`; `standard_uncertainty` is u(y) of the GUM's method
// (8.1), for which use the Monte Carlo one when it is 0. InputError as numerical_tolerance.
Validation validate(const CoverageInterval& gum, const CoverageInterval& monte_carlo, double standard_uncertainty,
                    int significant_digits);

}  // namespace etalon::calibration
