#include "calibration/curve/fit_method.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;

std::string to_string(FitMethod method) {
  switch (method) {
    case FitMethod::ordinary_least_squares:
      return "ols";
    case FitMethod::weighted_least_squares:
      return "wls";
    case FitMethod::generalised_least_squares:
      return "gls";
    case FitMethod::generalised_distance:
      return "gdr";
    case FitMethod::generalised_gauss_markov:
      return "ggmr";
    case FitMethod::nonlinear_least_squares:
      return "nonlinear";
    case FitMethod::interpolation:
      return "interpolation";
  }
  throw std::logic_error("a fit method without a name");
}

std::string to_string(CovarianceConvention convention) {
  switch (convention) {
    case CovarianceConvention::from_stated_uncertainties:
      return "ISO/TS 28037: from the stated uncertainties";
    case CovarianceConvention::scaled_by_residuals:
      return "chi-squared-scaled: by the residual variance";
    case CovarianceConvention::t_inflated:
      return "t-inflated: by the residual variance and nu/(nu - 2)";
  }
  throw std::logic_error("a covariance convention without a name");
}

CovarianceConvention parse_covariance_convention(const std::string& name) {
  if (name == "iso28037") return CovarianceConvention::from_stated_uncertainties;
  if (name == "chi-squared-scaled") return CovarianceConvention::scaled_by_residuals;
  if (name == "t-inflated") return CovarianceConvention::t_inflated;
  throw base::InputError(fmt::format(
      fmt::runtime(tr("there is no covariance convention '{}': expected iso28037, chi-squared-scaled or t-inflated")),
      name));
}

double variance_factor(CovarianceConvention convention, double chi_squared, int degrees_of_freedom) {
  if (convention == CovarianceConvention::from_stated_uncertainties) return 1;
  if (degrees_of_freedom < 1) {
    throw base::InputError(
        tr("as many parameters as points: there are no residuals to take a variance from; state the uncertainties of "
           "the points"));
  }
  const double scaled = chi_squared / degrees_of_freedom;
  if (convention == CovarianceConvention::scaled_by_residuals) return scaled;
  if (degrees_of_freedom < 3) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the t-inflated covariance needs at least 3 degrees of freedom, here are {}")),
                    degrees_of_freedom));
  }
  return scaled * degrees_of_freedom / (degrees_of_freedom - 2.0);
}

}  // namespace etalon::calibration
