// Readings with a linear drift: the scatter about the fitted line, and the value at a stated time.
#pragma once

#include <optional>
#include <vector>

#include "calibration/statistics/type_a.h"

namespace etalon::calibration {

struct LinearDrift {
  double middle = 0;              // mean time
  double value_at_middle = 0;     // the mean of the readings
  double slope = 0;               // per unit of time
  double slope_uncertainty = 0;   // its standard uncertainty
  double standard_deviation = 0;  // about the line, nu = n - 2
  double degrees_of_freedom = 0;
  double significance = 0;  // P(|t_nu| > |slope|/u): small when the drift is more than scatter; 0 for no scatter at all
  std::size_t count = 0;
  double sum_of_squared_times = 0;  // sum (t - middle)^2
};

// Least squares (GUM H.3.2, equations (H.13)). As many times as readings, at least three readings, times not all equal,
// else InputError.
LinearDrift linear_drift(const std::vector<double>& times, const std::vector<double>& readings);

// Value of the line at a time (the middle of the readings unless told otherwise) with
// u = s sqrt(1/n + (t - middle)^2/sum (t_i - middle)^2), nu = n - 2 (GUM H.3.4, from u(y1), u(y2) and their r).
TypeA value_at(const LinearDrift& drift, std::optional<double> time = std::nullopt);

}  // namespace etalon::calibration
