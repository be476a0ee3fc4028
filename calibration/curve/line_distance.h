// The straight line through points with u(x_i) and u(y_i), no covariances: the sum of squared generalised distances
// (ISO/TS 28037:2010 clause 7; York et al., Am. J. Phys. 72 (2004) 367) minimised by Newton's method with its exact
// second derivatives, one pass over the points a step. No checks of the data; see fit_line_distance in line_fit.h.
#pragma once

#include <cstddef>

namespace etalon::calibration {

// y = value_at_centre + slope*(x - centre), in the units of the points; the covariance is that of (value_at_centre,
// slope) by ISO/TS 28037 7.2.1: of the Gauss-Newton step at the solution.
struct DistanceLine {
  enum class Outcome {
    found,
    flat_without_uncertainty_in_y,  // a point with u(y) = 0 and a line of zero slope
    points_run_together,            // u(x) so large that the points cannot be told apart along the line
    not_settled
  };
  Outcome outcome = Outcome::not_settled;
  double centre = 0;
  double value_at_centre = 0;
  double slope = 0;
  double variance_of_value = 0;
  double covariance = 0;
  double variance_of_slope = 0;
  double chi_squared = 0;
  int steps = 0;
};

// Of each point one of the uncertainties is above 0, at least two x differ, all numbers are finite.
DistanceLine line_by_distance(const double* x, const double* y, const double* standard_uncertainty_x,
                              const double* standard_uncertainty_y, std::size_t count);

}  // namespace etalon::calibration
