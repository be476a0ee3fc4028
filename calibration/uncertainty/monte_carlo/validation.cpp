#include "calibration/uncertainty/monte_carlo/validation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "calibration/uncertainty/monte_carlo/numerical_tolerance.h"

namespace etalon::calibration {

namespace {

// So far apart that an answer is no matter of luck, also when it is looked for several times with more and more trials.
constexpr double decisive_errors = 4;
// Of delta, for twice the standard error of an end.
constexpr double settled_part = 0.2;

struct End {
  double d = 0;
  double error = 0;

  bool agrees(double tolerance) const {
    return 2 * error <= settled_part * tolerance && d + decisive_errors * error <= tolerance;
  }
  bool differs(double tolerance) const { return d - decisive_errors * error > tolerance; }
  // How many times as many trials make the error small enough, if d stays.
  double factor(double tolerance) const {
    if (agrees(tolerance) || differs(tolerance)) return 1;
    const double gap = std::fabs(d - tolerance);
    if (gap == 0) return std::numeric_limits<double>::infinity();
    const double for_gap = decisive_errors * error / gap;
    const double for_tolerance = d < tolerance ? 2 * error / (settled_part * tolerance) : 0;
    return std::pow(std::max({1.0, for_gap, for_tolerance}), 2);
  }
};

}  // namespace

std::string to_string(Agreement agreement) {
  switch (agreement) {
    case Agreement::agree:
      return "agree";
    case Agreement::differ:
      return "differ";
    case Agreement::undecided:
      return "undecided";
  }
  return "";
}

Validation validate(const CoverageInterval& gum, const CoverageInterval& monte_carlo, double standard_uncertainty,
                    int significant_digits, const CoverageInterval& error) {
  Validation result;
  result.significant_digits = significant_digits;
  result.tolerance = numerical_tolerance(standard_uncertainty, significant_digits);
  const End low{std::fabs(gum.lower - monte_carlo.lower), error.lower};
  const End high{std::fabs(gum.upper - monte_carlo.upper), error.upper};
  result.d_low = low.d;
  result.d_high = high.d;
  result.u_d_low = low.error;
  result.u_d_high = high.error;
  if (low.agrees(result.tolerance) && high.agrees(result.tolerance)) {
    result.agreement = Agreement::agree;
  } else if (low.differs(result.tolerance) || high.differs(result.tolerance)) {
    result.agreement = Agreement::differ;
  } else {
    result.more_trials = std::max(low.factor(result.tolerance), high.factor(result.tolerance));
  }
  result.gum_valid = result.agreement == Agreement::agree;
  return result;
}

}  // namespace etalon::calibration
