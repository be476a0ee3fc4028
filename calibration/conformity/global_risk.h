// Global risks of a decision: how often a process of items, measured with an uncertainty, is decided on wrongly.
#pragma once

#include "calibration/conformity/decision_rule.h"

namespace etalon::calibration {

// The items' true errors before measurement.
struct ItemPopulation {
  enum class Shape { normal, uniform };
  Shape shape = Shape::normal;
  double mean = 0, standard_deviation = 0;  // normal
  double lower = 0, upper = 0;              // uniform
};
ItemPopulation normal_population(double mean, double standard_deviation);
ItemPopulation uniform_population(double lower, double upper);

// Measured values that are accepted; lower > upper accepts nothing.
struct AcceptanceLimits {
  double lower = 0;
  double upper = 0;
};

struct GlobalRisk {
  double in_tolerance = 0;  // P(item conforms)
  double accepted = 0;      // P(item is accepted)
  // Global consumer's risk, probability of false accept PFA = P(accepted and not conforming), and global producer's
  // risk, probability of false reject PFR = P(rejected and conforming) (JCGM 106:2012 9.5.2, equations (17), (18)).
  double false_accept = 0;
  double false_reject = 0;
  // PFA/P(accepted): of the accepted items, the part that does not conform (conditional, "CPFA"); 0 when none is.
  double false_accept_of_accepted = 0;
};

// Integral over the true value of density * P(measured value falls in or out), piecewise Gaussian quadrature with the
// pieces laid by limits, u and population; absolute error below 1e-12. The measurement is normal with u > 0, without
// bias. InputError: numbers not finite (limits may be infinite, not both), u, standard deviation or width not positive.
GlobalRisk global_risk(const ItemPopulation& population, const PermissibleLimits& limits,
                       const AcceptanceLimits& acceptance, double standard_uncertainty);

// The standard deviation with which a normal population of this mean has the given part of its items in tolerance; mean
// inside of the limits. For one limit the part must be above 1/2. For central limits +-T: T/Phi^-1((1 + p)/2).
// InputError when there is none.
double population_standard_deviation(double in_tolerance, const PermissibleLimits& limits, double mean);

}  // namespace etalon::calibration
