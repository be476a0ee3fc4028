// A fitted curve as a chart: the points with bars of U, the curve with its coverage band, and below them the residuals
// on the same x with the band about zero. Draws on any cairo context.
#pragma once

#include <cairo.h>

#include <string>
#include <vector>

namespace etalon::archive {

struct FitChartPoint {
  double x = 0;
  double y = 0;
  double residual = 0;
  double expanded_uncertainty_x = 0;  // 0: no bar
  double expanded_uncertainty_y = 0;
};

struct FitChartSample {
  double x = 0;
  double y = 0;
  double expanded_uncertainty = 0;
};

struct FitChart {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::string residual_label;
  std::string points_label;  // legend
  std::string curve_label;
  std::vector<FitChartPoint> points;
  std::vector<FitChartSample> curve;  // ascending x
};

// Into the rectangle (lengths in the context's units). Axes of very small or large numbers are in a power of ten that
// their label names. Of more than 2000 points, those that hide behind others are left out. InputError when there is no
// point or a number is not finite.
void draw_fit_chart(cairo_t* cairo, double x, double y, double width, double height, const FitChart& chart);

}  // namespace etalon::archive
