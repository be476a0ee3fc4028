// Which coverage factor belongs to an output: from t or the normal distribution, or from the shape of a component that
// dominates (EA-4/02 S9.14, S10.13).
//
// Beyond EA-4/02, as a caution of our own: in the test whether the rest is small, a part of nu degrees of freedom
// counts as u*t_0.95(nu)/1.96. The rule supposes a normal rest; one of two or three readings reaches much further than
// its u says, and k = 1.65 would then be too small.
#pragma once

#include <vector>

#include "calibration/uncertainty/coverage_factor.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

// An independent part of the output's uncertainty: one quantity, or several that are correlated.
struct UncertaintyPart {
  double standard_uncertainty = 0;
  double degrees_of_freedom = infinite;
  // Of a single quantity with limits: half-widths of the two rectangles whose sum has its shape (the second 0 for a
  // rectangle); both 0 for any other.
  double first_half_width = 0;
  double second_half_width = 0;
};

// Takes the half-widths from the input's distribution.
void set_shape(UncertaintyPart& part, const InputQuantity& input);

struct Coverage {
  double factor = 0;
  CoverageFactorOrigin origin = CoverageFactorOrigin::none;
};

Coverage choose_coverage(std::vector<UncertaintyPart> parts, double standard_uncertainty,
                         double effective_degrees_of_freedom, CoverageFactors& factors, DominanceRule dominance);

}  // namespace etalon::calibration
