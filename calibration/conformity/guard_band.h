// Guard bands: how far inside of the limits a value must lie to be accepted.
#pragma once

#include "calibration/conformity/decision_rule.h"
#include "calibration/conformity/global_risk.h"

namespace etalon::calibration {

// The measured values that a rule passes without condition: T_L to T_U, or T_L + w to T_U - w (decide() is what
// decides, this shows it). lower > upper when no value passes: w is larger than half the distance of the limits.
AcceptanceLimits acceptance_limits(const DecisionRule& rule, const PermissibleLimits& limits,
                                   double expanded_uncertainty);

// w such that the probability of nonconformance of a value on the acceptance limit is at most `risk`, far from the
// other limit: w = k_(1-risk) u, one-sided (JCGM 106:2012 8.3.2.4 and 8.3.2 example; ISO 14253-1: 5 %, 1.645 u = 0.83 U
// for k = 2). 0 < risk < 1; negative for risks above one half.
double guard_band_for_specific_risk(double risk, double standard_uncertainty);

// The smallest w >= 0, the same on either side, with which the global consumer's risk (PFA) is at most `risk`
// (ANSI/NCSL Z540.3-2006 5.3 b: 2 %; JCGM 106:2012 9.5). 0 when no guard band is needed. 0 < risk < 1.
double guard_band_for_false_accept(const ItemPopulation& population, const PermissibleLimits& limits,
                                   double standard_uncertainty, double risk);

// Multiplier M of w = M U that holds PFA <= 2 % for central limits whatever the population, from the test uncertainty
// ratio TUR = T/U alone: M = 1.04 - exp(0.38 ln TUR - 0.54), 0 from about TUR 4.6 (Dobbert, NCSLI 2008; Z540.3 Handbook
// method 6, "managed risk"). A fit: the largest PFA over all central normal populations is then 1.91 % to 1.97 % for
// TUR 1 to 4.6, less above. TUR > 0.
double managed_guard_band_multiplier(double test_uncertainty_ratio);

// w = T - sqrt(T^2 - U^2), T half the distance of the limits: root difference of squares (RDS; Deaver, NCSL 1993).
// U <= T, else InputError (nothing could be accepted).
double root_difference_guard_band(double half_tolerance, double expanded_uncertainty);

}  // namespace etalon::calibration
