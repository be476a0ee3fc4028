// The picture of `etalon fit --plot`: the points with the curve and its coverage band, the residuals below.
#pragma once

#include <string>

#include "app/fit_display.h"

namespace etalon::app {

// InputError when the name does not end in .svg, .png or .pdf.
void check_plot_name(const std::string& file);
void write_fit_plot(const std::string& file, const calibration::CurveFit& fit, const calibration::CurveData& data,
                    const FitNames& names);

}  // namespace etalon::app
