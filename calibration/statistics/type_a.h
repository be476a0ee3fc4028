// Type A evaluation of repeated readings: a mean with its standard uncertainty and degrees of freedom. Readings with
// correlation or drift, and the range method, have files of their own beside this one.
#pragma once

#include <cstddef>
#include <vector>

namespace etalon::calibration {

struct TypeA {
  std::size_t count = 0;
  double value = 0;                 // of the mean, or of a line at a stated time
  double standard_deviation = 0;    // of one reading
  double standard_uncertainty = 0;  // of `value`
  double degrees_of_freedom = 0;
};

// Mean, s and s/sqrt(n), nu = n - 1 (GUM 4.2.1 to 4.2.3, 4.2.6; Bessel's formula of JJF 1059.1-2012 4.3.2.2). With few
// readings s itself is uncertain by about 1/sqrt(2(n-1)), 76 % for two, 24 % for ten (GUM table E.1): the small number
// of degrees of freedom has to reach the coverage factor (t), or a pooled standard deviation be used. At least two.
TypeA type_a(const std::vector<double>& readings);

// The standard deviation of the scaled and shifted t distribution that JCGM 101:2008 6.4.9.4 assigns to the mean:
// s/sqrt(n) * sqrt((n-1)/(n-3)). What a Monte Carlo simulation shows for this input; never to be combined with t_p(nu),
// which would count the few readings twice. At least four readings (the variance does not exist before): InputError.
double standard_uncertainty_of_scaled_t(const std::vector<double>& readings);

// Standard deviation s with the degrees of freedom it was found from.
struct Spread {
  double standard_deviation = 0;
  double degrees_of_freedom = 0;
};

// Pooled over groups measured under the same conditions: s_p^2 = sum(nu_i s_i^2)/sum(nu_i), nu = sum(nu_i)
// (GUM 4.2.4; H.3.6 note; JJF 1059.1-2012 4.3.2.4). Standard deviations >= 0, degrees of freedom > 0, at least one
// group, else InputError.
Spread pooled_standard_deviation(const std::vector<Spread>& groups);
// From the groups' readings, at least two in each.
Spread pooled_standard_deviation(const std::vector<std::vector<double>>& groups);

// Mean of a few readings of which the scatter is known from earlier ones: s_p/sqrt(n) with the pooled degrees of
// freedom (GUM 4.2.4). At least one reading.
TypeA type_a(const std::vector<double>& readings, const Spread& pooled);

}  // namespace etalon::calibration
