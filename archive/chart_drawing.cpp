#include "archive/chart_drawing.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

void fill_band(cairo_t* cairo, const ChartLine& upper, const ChartLine& lower, const Colour& colour) {
  cairo_new_path(cairo);
  for (const auto& [x, y] : upper)
    cairo_line_to(cairo, x, y);
  for (auto it = lower.rbegin(); it != lower.rend(); ++it)
    cairo_line_to(cairo, it->first, it->second);
  cairo_close_path(cairo);
  set_colour(cairo, colour);
  cairo_fill(cairo);
}

void stroke_line(cairo_t* cairo, const ChartLine& line, const Colour& colour, double width) {
  cairo_new_path(cairo);
  for (const auto& [x, y] : line)
    cairo_line_to(cairo, x, y);
  set_colour(cairo, colour);
  cairo_set_line_width(cairo, width);
  cairo_stroke(cairo);
}

std::string tick_text(double value, int decimals) {
  const std::string text = fmt::format("{:.{}f}", value, decimals);
  return text.find_first_of("123456789") == std::string::npos && text[0] == '-' ? text.substr(1) : text;
}

void draw_axes(cairo_t* cairo, const Frame& frame, const Ticks& x_ticks, const Ticks& y_ticks, const TextStyle& style) {
  for (const double value : y_ticks.values) {
    const std::string text = tick_text(value, y_ticks.decimals);
    const auto extent = measure_text(cairo, text, style);
    draw_number(cairo, frame.left - 4 - measure_number(cairo, text, style),
                frame.py(value) - extent.height / 2 + extent.baseline, text, style);
  }
  for (const double value : x_ticks.values) {
    const std::string text = tick_text(value, x_ticks.decimals);
    const auto extent = measure_text(cairo, text, style);
    draw_number(cairo, frame.px(value) - measure_number(cairo, text, style) / 2,
                frame.top + frame.height + 3 + extent.baseline, text, style);
    set_colour(cairo, kAxis);
    cairo_set_line_width(cairo, 0.6);
    cairo_new_path(cairo);
    cairo_move_to(cairo, frame.px(value), frame.top + frame.height);
    cairo_line_to(cairo, frame.px(value), frame.top + frame.height + 3);
    cairo_stroke(cairo);
  }
  set_colour(cairo, kAxis);
  cairo_set_line_width(cairo, 0.6);
  cairo_new_path(cairo);
  cairo_rectangle(cairo, frame.left, frame.top, frame.width, frame.height);
  cairo_stroke(cairo);
}

void draw_grid(cairo_t* cairo, const Frame& frame, const Ticks& y_ticks) {
  for (const double value : y_ticks.values) {
    const bool zero = std::abs(value) < 1e-9 * (frame.y.high - frame.y.low);
    stroke_line(cairo, {{frame.left, frame.py(value)}, {frame.left + frame.width, frame.py(value)}},
                zero ? kAxis : kGrid, zero ? 0.7 : 0.4);
  }
}

Ticks round_ticks(double low, double high, int wanted) {
  if (!(high > low) || !std::isfinite(low) || !std::isfinite(high)) {
    throw base::InputError(tr("an axis needs two different finite ends"));
  }
  const double raw = (high - low) / std::max(1, wanted);
  const double power = std::floor(std::log10(raw));
  const double fraction = raw / std::pow(10.0, power);
  const double step = (fraction < 1.5 ? 1 : fraction < 3.5 ? 2 : fraction < 7.5 ? 5 : 10) * std::pow(10.0, power);
  Ticks ticks;
  ticks.decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  const auto first = static_cast<long long>(std::ceil(low / step - 1e-9));
  const auto last = static_cast<long long>(std::floor(high / step + 1e-9));
  for (long long i = first; i <= last; ++i)
    ticks.values.push_back(static_cast<double>(i) * step);
  return ticks;
}

}  // namespace etalon::archive
