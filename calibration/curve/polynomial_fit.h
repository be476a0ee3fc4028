// Polynomials y = b0 + b1*x + … + bn*x^n. Fitted in Chebyshev polynomials of x brought to [-1, 1] (well conditioned),
// by QR in double-double arithmetic where x has no uncertainty, and reported in plain powers without losing digits
// (NIST StRD Filip, Wampler).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calibration/curve/curve_fit.h"

namespace etalon::calibration {

struct PolynomialChoice {
  int degree = 1;
  std::map<int, double> fixed;  // power -> coefficient that is known exactly: {{0, 0}} is through the origin
};

// Without uncertainty of x: ordinary, weighted or generalised least squares; with it, generalised Gauss-Markov
// regression. Parameters are b0, b1, … without the fixed ones; `name` and `formula` say the rest. InputError as in
// check_data, check_determined and for a degree outside 0 … 30.
CurveFit fit_polynomial(const CurveData& data, const PolynomialChoice& choice,
                        std::optional<CovarianceConvention> convention = std::nullopt);

// One row for each degree that was tried.
struct DegreeTrial {
  int degree = 0;
  double chi_squared = 0;  // without stated uncertainties: the sum of squared residuals
  int degrees_of_freedom = 0;
  std::optional<double> p_value;  // of chi-squared
  double aicc = 0;                // Akaike's criterion with Hurvich and Tsai's correction (Biometrika 76 (1989) 297)
  double bic = 0;                 // Schwarz's criterion (Ann. Statist. 6 (1978) 461)
};

struct DegreeChoice {
  int degree = 0;
  std::vector<DegreeTrial> trials;
  std::string reason;  // for people
};

// Degrees 1 … `largest` as far as the points determine them and AICc exists. With stated uncertainties AICc is
// chi^2 + 2p + 2p(p + 1)/(n - p - 1) and BIC chi^2 + p ln n, p the number of coefficients; without, n ln(S/n) takes the
// place of chi^2 and p counts the unknown variance too. Chosen is the degree of least AICc; but when BIC is least at a
// lower degree whose AICc is not more than 2 above, that one: the points do not tell them apart, and the simpler curve
// is the safer one between the points.
DegreeChoice choose_degree(const CurveData& data, int largest, const std::map<int, double>& fixed = {});

}  // namespace etalon::calibration
