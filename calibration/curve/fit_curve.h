// One door to all curves: what to fit as a person writes it, and the fit.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "calibration/curve/curve_fit.h"

namespace etalon::calibration {

enum class CurveKind {
  line,
  line_through_origin,
  polynomial,
  power,  // named_curves.h
  exponential,
  callendar_van_dusen,  // callendar_van_dusen.h: x = t in °C, y = R
  steinhart_hart,       // x = resistance, y = T in kelvin
  iso_376,              // cubic through the origin of a force transducer's deflection (ISO 376:2011 annex [R])
  natural_spline,       // natural_spline.h
  its90_deviation,      // its90.h: x = W, y = W - W_r; `degree` is the subrange
  formula
};

struct CurveChoice {
  CurveKind kind = CurveKind::line;
  int degree = 1;  // of a polynomial; the largest to try with choose_degree
  bool choose_degree = false;
  std::string formula;
  std::map<std::string, double> fixed;  // parameters that are known exactly (line, polynomial, formula)
  std::map<std::string, double> start;  // start values (power, exponential, steinhart-hart, formula)
};

// "line", "line-through-origin", "polynomial:3", "polynomial:auto:6", "power", "exponential", "callendar-van-dusen",
// "steinhart-hart", "iso-376", "spline", "its-90-deviation:8", "expression: b1*(1-exp(-b2*x))". Anything else:
// InputError with the nearest.
CurveChoice parse_curve(const std::string& text);

// The covariance convention is that of stated uncertainties where there are any, else by the residuals, unless given.
// InputError with the reason when the data do not determine the curve.
CurveFit fit_curve(const CurveData& data, const CurveChoice& choice,
                   std::optional<CovarianceConvention> convention = std::nullopt);

}  // namespace etalon::calibration
