// Is the result of the GUM's method confirmed by the Monte Carlo evaluation? JCGM 101:2008 clause 8.
#pragma once

#include <string>

#include "calibration/uncertainty/monte_carlo/coverage_interval.h"

namespace etalon::calibration {

// The ends of a Monte Carlo interval are themselves known only so well, so there is a third answer.
enum class Agreement { agree, differ, undecided };
std::string to_string(Agreement agreement);  // "agree", "differ", "undecided"

struct Validation {
  int significant_digits = 2;
  double tolerance = 0;  // delta of u(y)
  double d_low = 0;      // |y - U - y_low|
  double d_high = 0;     // |y + U - y_high|
  double u_d_low = 0;    // standard errors of the two
  double u_d_high = 0;
  Agreement agreement = Agreement::undecided;
  bool gum_valid = false;  // the agreement is `agree`
  double more_trials = 1;  // when undecided: about so many times as many would decide; infinite where d is delta itself
};

// `gum` is y +- U at the coverage probability of `monte_carlo`; `standard_uncertainty` is u(y) of the GUM's method
// (8.1), for which use the Monte Carlo one when it is 0; `error` holds the standard errors of the ends of `monte_carlo`
// (0: it is exact). "Agree" takes ends known to a fifth of delta, twice the standard error counted as in 7.9.4, and
// both d below delta by four standard errors; "differ" takes one d above delta by four. InputError as
// numerical_tolerance.
Validation validate(const CoverageInterval& gum, const CoverageInterval& monte_carlo, double standard_uncertainty,
                    int significant_digits, const CoverageInterval& error = {});

}  // namespace etalon::calibration
