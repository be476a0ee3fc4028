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

Ticks ticks_with_room(cairo_t* cairo, const Span& span, double width, const TextStyle& style) {
  for (int wanted = std::max(2, static_cast<int>(width / 45)); wanted > 1; --wanted) {
    Ticks ticks = round_ticks(span.low, span.high, wanted);
    double widest = 0;
    for (const double value : ticks.values)
      widest = std::max(widest, measure_number(cairo, tick_text(value, ticks.decimals), style));
    if (static_cast<double>(ticks.values.size()) * (widest + 10) < width) return ticks;
  }
  return round_ticks(span.low, span.high, 1);
}

double last_number_overhang(cairo_t* cairo, const Ticks& ticks, const Span& span, double left, double width, double end,
                            const TextStyle& style) {
  if (ticks.values.empty()) return 0;
  const double last = ticks.values.back();
  const double reach = left + (last - span.low) / (span.high - span.low) * width +
                       measure_number(cairo, tick_text(last, ticks.decimals), style) / 2;
  return std::max(0.0, reach - end);
}

FittedLabel fitted_label(cairo_t* cairo, const AxisLabel& label, TextStyle style, double room) {
  constexpr double smallest = 5.5;
  const auto width = [&](const std::string& text) { return measure_text(cairo, text, style).width; };
  while (style.size > smallest && width(label.name + label.after) > room)
    style.size = std::max(smallest, style.size - 0.25);
  const std::string text = shortened(cairo, label.name, style, room - width(label.after)) + label.after;
  return {text, style, width(text)};
}

void draw_label_upwards(cairo_t* cairo, double x, double middle, double room, const AxisLabel& label,
                        const TextStyle& style) {
  const FittedLabel shown = fitted_label(cairo, label, style, room);
  cairo_save(cairo);
  cairo_translate(cairo, x, middle + shown.width / 2);
  cairo_rotate(cairo, -M_PI / 2);
  draw_text(cairo, 0, 0, shown.text, shown.style);
  cairo_restore(cairo);
}

void draw_label(cairo_t* cairo, double middle, double y, double room, const AxisLabel& label, const TextStyle& style) {
  const FittedLabel shown = fitted_label(cairo, label, style, room);
  draw_text(cairo, middle - shown.width / 2, y, shown.text, shown.style);
}

}  // namespace etalon::archive
