#include "calibration/uncertainty/monte_carlo/validation.h"

#include <cmath>

#include "calibration/uncertainty/monte_carlo/numerical_tolerance.h"

namespace etalon::calibration {

Validation validate(const CoverageInterval& gum, const CoverageInterval& monte_carlo, double standard_uncertainty,
                    int significant_digits) {
  Validation result;
  result.significant_digits = significant_digits;
  result.tolerance = numerical_tolerance(standard_uncertainty, significant_digits);
  result.d_low = std::fabs(gum.lower - monte_carlo.lower);
  result.d_high = std::fabs(gum.upper - monte_carlo.upper);
  result.gum_valid = result.d_low <= result.tolerance && result.d_high <= result.tolerance;
  return result;
}

}  // namespace etalon::calibration
