// What a quantity's value may be, as a chart: the density found by Monte Carlo as a histogram, a density given as a
// curve, the coverage interval of each; below, shares of a variance as horizontal bars. Draws on any cairo context.
#pragma once

#include <cairo.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace etalon::archive {

// In the unit of the axis.
struct DensityInterval {
  double lower = 0;
  double upper = 0;
  std::string label;  // legend
};

struct DensityShare {
  std::string label;
  double share = 0;  // of 1; negative where a correlation lowers the variance
};

struct DensityChart {
  std::string title;
  std::string remark;  // at the right of the title
  std::string name;    // of the quantity, for the axis; a power of ten is put before the unit where numbers are long
  std::string unit;    // as people write it, empty for a number
  std::string density_label;
  // What the axis shows. Values outside are cut off.
  double lower = 0;
  double upper = 1;
  // Densities of bins of equal width from `histogram_lower` on; empty: none.
  double histogram_lower = 0;
  double bin_width = 0;
  std::vector<double> histogram;
  std::string histogram_label;
  // Ascending x; empty: none.
  std::vector<std::pair<double, double>> curve;
  std::string curve_label;
  std::optional<DensityInterval> histogram_interval;
  std::optional<DensityInterval> curve_interval;
  std::optional<double> exact;  // a quantity that does not vary: a line where it is
  std::string exact_label;      // legend
  // A value that many trials have exactly, and its share as text: a bar as high as the picture.
  std::optional<std::pair<double, std::string>> point_mass;
  std::string shares_title;
  std::vector<DensityShare> shares;  // from top to bottom; empty: no bars
};

// The height it needs (lengths in the context's units).
double density_chart_height(cairo_t* cairo, double width, const DensityChart& chart);
// Into the rectangle from (x, y), with the height that density_chart_height gives. InputError when a number is not
// finite or the axis has no length.
void draw_density_chart(cairo_t* cairo, double x, double y, double width, const DensityChart& chart);

}  // namespace etalon::archive
