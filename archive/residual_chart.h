// The errors of one range as a chart: points with bars of U, the band of maximum permissible errors, and the fitted
// curve with its coverage band. Draws on any cairo context: a PDF page, a picture, an SVG file.
#pragma once

#include <cairo.h>

#include <string>
#include <vector>

#include "archive/certificate.h"

namespace etalon::archive {

struct ResidualChart {
  std::string title;
  std::string x_label;  // with its unit
  std::string y_label;
  std::string points_label;  // legend: the points with U
  std::string mpe_label;
  std::string curve_label;
  std::vector<PlotPoint> points;
  std::vector<CurveSample> curve;  // ascending x; empty: none
};

// Into the rectangle (lengths in the context's units). Points at the same x are drawn beside each other. InputError
// when there is no point or a number is not finite.
void draw_residual_chart(cairo_t* cairo, double x, double y, double width, double height, const ResidualChart& chart);

// Round tick values (1, 2 or 5 times a power of ten apart) from the first at or above `low` to the last at or below
// `high`, about `wanted` of them; and the decimals that tell them apart.
struct Ticks {
  std::vector<double> values;
  int decimals = 0;
};
Ticks round_ticks(double low, double high, int wanted);

}  // namespace etalon::archive
