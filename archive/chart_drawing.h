// What the charts are drawn with: axes, grid, ticks, bands, lines and points, in the certificate's colours.
#pragma once

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "archive/pdf_text.h"

namespace etalon::archive {

inline constexpr Colour kInk{0.10, 0.12, 0.15};
inline constexpr Colour kAxis{0.45, 0.48, 0.52};
inline constexpr Colour kGrid{0.88, 0.89, 0.91};
inline constexpr Colour kCurveBand{0.97, 0.86, 0.74};
inline constexpr Colour kCurve{0.80, 0.40, 0.08};
inline constexpr Colour kPoint{0.05, 0.22, 0.45};

// Round tick values (1, 2 or 5 times a power of ten apart) from the first at or above `low` to the last at or below
// `high`, about `wanted` of them; and the decimals that tell them apart.
struct Ticks {
  std::vector<double> values;
  int decimals = 0;
};
Ticks round_ticks(double low, double high, int wanted);
std::string tick_text(double value, int decimals);

struct Span {
  double low = 0;
  double high = 0;
  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void widen(double fraction) {
    double margin = (high - low) * fraction;
    if (margin <= 0) margin = high == 0 ? 1 : std::abs(high) * fraction;
    low -= margin;
    high += margin;
  }
};

// Maps data to the plot's rectangle.
struct Frame {
  double left, top, width, height;
  Span x, y;
  double px(double value) const { return left + (value - x.low) / (x.high - x.low) * width; }
  double py(double value) const { return top + (y.high - value) / (y.high - y.low) * height; }
};

using ChartLine = std::vector<std::pair<double, double>>;  // in the context's units

void fill_band(cairo_t* cairo, const ChartLine& upper, const ChartLine& lower, const Colour& colour);
void stroke_line(cairo_t* cairo, const ChartLine& line, const Colour& colour, double width);
// Frame, ticks and their numbers, to the left and below.
void draw_axes(cairo_t* cairo, const Frame& frame, const Ticks& x_ticks, const Ticks& y_ticks, const TextStyle& style);
// As many ticks as have room for their numbers beside each other on an axis of that width.
Ticks ticks_with_room(cairo_t* cairo, const Span& span, double width, const TextStyle& style);
// How far the half of the last number reaches beyond `end`, when the axis goes from `left` over `width`.
double last_number_overhang(cairo_t* cairo, const Ticks& ticks, const Span& span, double left, double width, double end,
                            const TextStyle& style);
// What an axis shows. Where it has no room it is printed smaller, then the name is shortened; the unit and the power of
// ten never are, as numbers without them say something else.
struct AxisLabel {
  std::string name;
  std::string after;  // " (µV)", " (× 10⁻⁶)"
};
struct FittedLabel {
  std::string text;
  TextStyle style;
  double width = 0;
};
FittedLabel fitted_label(cairo_t* cairo, const AxisLabel& label, TextStyle style, double room);
// Centred about `middle`, read from below.
void draw_label_upwards(cairo_t* cairo, double x, double middle, double room, const AxisLabel& label,
                        const TextStyle& style);
// Centred about `middle`.
void draw_label(cairo_t* cairo, double middle, double y, double room, const AxisLabel& label, const TextStyle& style);
// Horizontal lines at the ticks, a stronger one at zero.
void draw_grid(cairo_t* cairo, const Frame& frame, const Ticks& y_ticks);

}  // namespace etalon::archive
