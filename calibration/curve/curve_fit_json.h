// A fitted curve as JSON for scripts (docs/curves.md): unrounded numbers.
#pragma once

#include <string>
#include <vector>

#include "calibration/curve/curve_fit.h"
#include "calibration/curve/curve_prediction.h"

namespace etalon::calibration {

std::string curve_fit_to_json(const CurveFit& fit, const std::vector<CurvePrediction>& predictions,
                              const std::vector<CurvePrediction>& inversions);

}  // namespace etalon::calibration
