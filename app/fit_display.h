// A fitted curve as text for a person: parameters rounded to their uncertainty, residuals, goodness of fit, the
// covariance convention in words.
#pragma once

#include <string>
#include <vector>

#include "calibration/curve/curve_data.h"
#include "calibration/curve/curve_fit.h"
#include "calibration/curve/curve_prediction.h"

namespace etalon::app {

struct FitNames {
  std::string x;  // headings of the columns
  std::string y;
};

std::string fit_text(const calibration::CurveFit& fit, const calibration::CurveData& data, const FitNames& names,
                     const std::vector<calibration::CurvePrediction>& predictions,
                     const std::vector<calibration::CurvePrediction>& inversions, bool colours);

}  // namespace etalon::app
