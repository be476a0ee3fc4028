// How a curve was fitted and where the covariance of its parameters comes from: what a report has to name, because
// several different standard uncertainties can be published for one and the same fit.
#pragma once

#include <string>

namespace etalon::calibration {

enum class FitMethod {
  ordinary_least_squares,     // scatter from the residuals (GUM H.3)
  weighted_least_squares,     // stated u(y_i), no covariances (ISO/TS 28037 clause 6)
  generalised_least_squares,  // stated covariance matrix of y (clause 9, Gauss-Markov regression)
  generalised_distance,       // stated u(x_i) and u(y_i), straight line (clause 7)
  generalised_gauss_markov,   // stated covariances of x, of y and between them, or any curve with u(x_i) (clause 10)
  nonlinear_least_squares,    // a curve that is not linear in its parameters, x without uncertainty
  interpolation               // through every point
};
// "ols", "wls", "gls", "gdr", "ggmr", "nonlinear", "interpolation".
std::string to_string(FitMethod method);

enum class CovarianceConvention {
  from_stated_uncertainties,  // ISO/TS 28037: the stated uncertainties are right; chi-squared tests that
  scaled_by_residuals,        // the above times chi-squared/nu: the uncertainties are known up to a common factor
  t_inflated                  // the above times nu/(nu - 2), the variance of the t distribution that the factor has
                              // (JCGM 101:2008 6.4.9.4; ISO/TS 28037 Annex E [R]); nu > 2
};
// "ISO/TS 28037: from the stated uncertainties", "chi-squared-scaled: by the residual variance", "t-inflated: by the
// residual variance and nu/(nu - 2)".
std::string to_string(CovarianceConvention convention);
// "iso28037", "chi-squared-scaled", "t-inflated"; anything else is an InputError.
CovarianceConvention parse_covariance_convention(const std::string& name);

// What the covariance from uncertainties as stated (or from u = 1) is multiplied with. InputError when the convention
// needs more points than there are.
double variance_factor(CovarianceConvention convention, double chi_squared, int degrees_of_freedom);

}  // namespace etalon::calibration
