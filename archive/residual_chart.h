// The errors of one range as a chart: points with bars of U, the band of maximum permissible errors, and the fitted
// curve with its coverage band. Draws on any cairo context: a PDF page, a picture, an SVG file.
#pragma once

#include <cairo.h>

#include <string>
#include <vector>

#include "archive/certificate.h"
#include "archive/chart_drawing.h"

namespace etalon::archive {

struct ResidualChart {
  std::string title;
  AxisLabel x_label;
  AxisLabel y_label;
  std::string points_label;  // legend: the points with U
  std::string mpe_label;
  std::string curve_label;
  std::vector<PlotPoint> points;
  std::vector<CurveSample> curve;  // ascending x; empty: none
};

// Into the rectangle (lengths in the context's units). Points at the same x are drawn beside each other. InputError
// when there is no point or a number is not finite.
void draw_residual_chart(cairo_t* cairo, double x, double y, double width, double height, const ResidualChart& chart);

}  // namespace etalon::archive
