// Curves whose constants are for certain units, fitted to tables in others.
#pragma once

#include <string>

#include "calibration/curve/curve_data.h"
#include "calibration/curve/curve_fit.h"
#include "calibration/curve/fit_curve.h"

namespace etalon::calibration {

struct CurveUnits {
  std::string x;  // as base/units.h writes them; empty: any
  std::string y;
};

// What a curve's formula takes: ohm and K for steinhart-hart, degC and ohm for callendar-van-dusen, ratios for
// its-90-deviation; any for the others.
CurveUnits needed_units(const CurveChoice& choice);

// Values, uncertainties and covariances brought from one pair of units to another; an empty text on either side leaves
// that coordinate alone. Uncertainties are converted as differences. InputError when units are not of one dimension.
CurveData converted(const CurveData& data, const CurveUnits& from, const CurveUnits& to);

// A fit made in units `from` as one of x and y in units `to`: residuals, predictions and inverses are then in `to`;
// parameters and their covariance stay those of the formula.
CurveFit converted(const CurveFit& fit, const CurveUnits& from, const CurveUnits& to);

}  // namespace etalon::calibration
