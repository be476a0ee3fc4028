// Scores of a result against a reference value, as proficiency tests and comparisons use them.
#pragma once

namespace etalon::calibration {

// E_n = (x - X)/sqrt(U_x^2 + U_X^2 - 2 r U_x U_X), expanded uncertainties at one coverage; |E_n| <= 1 is satisfactory
// (ISO 13528:2015 9.7; ISO/IEC 17043:2010 B.3.1.3). r: correlation of both errors, such as a common standard's; ISO
// 13528 has r = 0. InputError: a number that is not finite, a negative uncertainty, r outside of [-1, 1], or a
// denominator of 0.
double normalised_error(double value, double expanded_uncertainty, double reference,
                        double reference_expanded_uncertainty, double correlation = 0);

// zeta = (x - X)/sqrt(u_x^2 + u_X^2), standard uncertainties (ISO 13528:2015 9.6): |zeta| <= 2 satisfactory, >= 3 not.
double zeta_score(double value, double standard_uncertainty, double reference, double reference_standard_uncertainty);

// z = (x - X)/sigma_pt and z' = (x - X)/sqrt(sigma_pt^2 + u_X^2) (ISO 13528:2015 9.4, 9.5): as zeta. sigma_pt: standard
// deviation for proficiency assessment, positive. z' is for u_X > 0.3 sigma_pt.
double z_score(double value, double reference, double standard_deviation_for_proficiency);
double z_prime_score(double value, double reference, double standard_deviation_for_proficiency,
                     double reference_standard_uncertainty);

}  // namespace etalon::calibration
