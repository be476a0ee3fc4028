#include "archive/residual_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "archive/axis_power.h"
#include "archive/chart_drawing.h"
#include "archive/pdf_text.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

constexpr Colour kMpeBand{0.925, 0.945, 0.97};
constexpr Colour kMpeLine{0.45, 0.58, 0.78};

void require_finite(const ResidualChart& chart) {
  if (chart.points.empty())
    throw base::InputError(fmt::format(fmt::runtime(tr("the chart \"{}\" has no points")), chart.title));
  for (const auto& p : chart.points) {
    if (!std::isfinite(p.x) || !std::isfinite(p.error) || !std::isfinite(p.expanded_uncertainty) ||
        !std::isfinite(p.mpe.value_or(0))) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the chart \"{}\" has a point that is not finite")), chart.title));
    }
  }
  for (const auto& s : chart.curve) {
    if (!std::isfinite(s.x) || !std::isfinite(s.error) || !std::isfinite(s.expanded_uncertainty)) {
      throw base::InputError(fmt::format(fmt::runtime(tr("the curve of the chart \"{}\" is not finite")), chart.title));
    }
  }
}

void draw_mpe(cairo_t* cairo, const Frame& frame, std::vector<PlotPoint> points) {
  std::erase_if(points, [](const PlotPoint& p) { return !p.mpe; });
  if (points.size() < 2) return;
  std::sort(points.begin(), points.end(), [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
  std::vector<std::pair<double, double>> upper;
  std::vector<std::pair<double, double>> lower;
  for (const auto& p : points) {
    upper.emplace_back(frame.px(p.x), frame.py(*p.mpe));
    lower.emplace_back(frame.px(p.x), frame.py(-*p.mpe));
  }
  fill_band(cairo, upper, lower, kMpeBand);
  stroke_line(cairo, upper, kMpeLine, 0.8);
  stroke_line(cairo, lower, kMpeLine, 0.8);
}

void draw_curve(cairo_t* cairo, const Frame& frame, const std::vector<CurveSample>& curve) {
  if (curve.size() < 2) return;
  std::vector<std::pair<double, double>> upper;
  std::vector<std::pair<double, double>> lower;
  std::vector<std::pair<double, double>> middle;
  for (const auto& s : curve) {
    upper.emplace_back(frame.px(s.x), frame.py(s.error + s.expanded_uncertainty));
    lower.emplace_back(frame.px(s.x), frame.py(s.error - s.expanded_uncertainty));
    middle.emplace_back(frame.px(s.x), frame.py(s.error));
  }
  fill_band(cairo, upper, lower, kCurveBand);
  stroke_line(cairo, middle, kCurve, 1.0);
}

void draw_point(cairo_t* cairo, double x, double y, double y_upper, double y_lower) {
  cairo_new_path(cairo);
  set_colour(cairo, kPoint);
  cairo_set_line_width(cairo, 0.9);
  cairo_move_to(cairo, x, y_upper);
  cairo_line_to(cairo, x, y_lower);
  for (const double end : {y_upper, y_lower}) {
    cairo_move_to(cairo, x - 2.2, end);
    cairo_line_to(cairo, x + 2.2, end);
  }
  cairo_stroke(cairo);
  cairo_arc(cairo, x, y, 1.7, 0, 2 * M_PI);
  cairo_fill(cairo);
}

// Keys above the plot, right-aligned, in as many lines as it takes; the height, drawn or only measured.
double legend(cairo_t* cairo, double left, double right, double y, const ResidualChart& chart, const TextStyle& style,
              bool draw) {
  constexpr double kKey = 13, kKeyGap = 3, kEntryGap = 9;
  const bool has_mpe =
      std::any_of(chart.points.begin(), chart.points.end(), [](const PlotPoint& p) { return !!p.mpe; });
  const double line = measure_text(cairo, "0", style).height + 2;
  double end = right, top = y;
  bool any = false;
  const auto entry = [&](const std::string& given, auto&& draw_key) {
    if (given.empty()) return;
    const std::string label = shortened(cairo, given, style, right - left - kKey - kKeyGap);
    const auto extent = measure_text(cairo, label, style);
    if (end < right && end - extent.width - kKeyGap - kKey < left) {
      end = right;
      top += line;
    }
    any = true;
    if (draw) {
      draw_text(cairo, end - extent.width, top, label, style);
      draw_key(end - extent.width - kKeyGap - kKey, top + extent.height / 2);
    }
    end -= extent.width + kKeyGap + kKey + kEntryGap;
  };
  if (chart.curve.size() >= 2) {
    entry(chart.curve_label, [&](double x, double middle) {
      fill_band(cairo, {{x, middle - 3}, {x + kKey, middle - 3}}, {{x, middle + 3}, {x + kKey, middle + 3}},
                kCurveBand);
      stroke_line(cairo, {{x, middle}, {x + kKey, middle}}, kCurve, 1.0);
    });
  }
  if (has_mpe) {
    entry(chart.mpe_label, [&](double x, double middle) {
      fill_band(cairo, {{x, middle - 3}, {x + kKey, middle - 3}}, {{x, middle + 3}, {x + kKey, middle + 3}}, kMpeBand);
      stroke_line(cairo, {{x, middle - 3}, {x + kKey, middle - 3}}, kMpeLine, 0.8);
      stroke_line(cairo, {{x, middle + 3}, {x + kKey, middle + 3}}, kMpeLine, 0.8);
    });
  }
  entry(chart.points_label,
        [&](double x, double middle) { draw_point(cairo, x + kKey / 2, middle, middle - 3.5, middle + 3.5); });
  return any ? top + line - y : 0;
}

// Repeated points stand beside each other instead of on top of each other, closer the more there are, and within the
// frame.
std::vector<double> places_of(const std::vector<PlotPoint>& points, const Frame& frame) {
  constexpr double kStep = 5, kSpread = 40, kEdge = 3;
  std::vector<double> places;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double px = frame.px(points[i].x);
    int before = 0, all = 0;
    for (std::size_t j = 0; j < points.size(); ++j) {
      if (std::abs(frame.px(points[j].x) - px) >= 0.5) continue;
      ++all;
      if (j < i) ++before;
    }
    const double step = std::min(kStep, kSpread / all);
    const double shift = before ? step * std::ceil(before / 2.0) * (before % 2 ? 1 : -1) : 0;
    places.push_back(
        std::clamp(px + shift, frame.left + kEdge, std::max(frame.left + kEdge, frame.left + frame.width - kEdge)));
  }
  return places;
}

// Values whose numbers would have no room on an axis are divided by the power of ten that its label then names.
struct Scales {
  int x = 0, y = 0;  // powers
};

Scales scales_of(const ResidualChart& chart) {
  double x = 0, y = 0;
  for (const PlotPoint& p : chart.points) {
    x = std::max(x, std::abs(p.x));
    y = std::max({y, std::abs(p.error) + p.expanded_uncertainty, std::abs(p.mpe.value_or(0))});
  }
  for (const CurveSample& s : chart.curve) {
    x = std::max(x, std::abs(s.x));
    y = std::max(y, std::abs(s.error) + s.expanded_uncertainty);
  }
  return {axis_power(x), axis_power(y)};
}

ResidualChart scaled(ResidualChart chart, const Scales& scales) {
  const double by_x = std::pow(10.0, -scales.x), by_y = std::pow(10.0, -scales.y);
  for (PlotPoint& p : chart.points) {
    p.x *= by_x;
    p.error *= by_y;
    p.expanded_uncertainty *= by_y;
    if (p.mpe) *p.mpe *= by_y;
  }
  for (CurveSample& s : chart.curve)
    s = {s.x * by_x, s.error * by_y, s.expanded_uncertainty * by_y};
  chart.x_label.after += power_suffix(scales.x);
  chart.y_label.after += power_suffix(scales.y);
  return chart;
}

}  // namespace

void draw_residual_chart(cairo_t* cairo, double x, double y, double width, double height, const ResidualChart& given) {
  require_finite(given);
  const ResidualChart chart = scaled(given, scales_of(given));
  const TextStyle title{8.5, Weight::semibold, kInk, Align::left};
  const TextStyle label{7, Weight::regular, kInk, Align::left};
  const TextStyle tick{6.8, Weight::regular, kInk, Align::left};
  const double line = measure_text(cairo, "0", label).height;
  const double title_room = height / 4;
  const std::string title_text = shortened(cairo, chart.title, title, width, title_room);
  const double title_height = measure_text(cairo, title_text, title, width).height;

  Frame frame{};
  frame.x = {chart.points.front().x, chart.points.front().x};
  frame.y = {0, 0};
  for (const auto& p : chart.points) {
    frame.x.include(p.x);
    frame.y.include(p.error - p.expanded_uncertainty);
    frame.y.include(p.error + p.expanded_uncertainty);
    if (p.mpe) {
      frame.y.include(*p.mpe);
      frame.y.include(-*p.mpe);
    }
  }
  for (const auto& s : chart.curve) {
    frame.x.include(s.x);
    frame.y.include(s.error - s.expanded_uncertainty);
    frame.y.include(s.error + s.expanded_uncertainty);
  }
  frame.x.widen(0.05);
  frame.y.widen(0.08);

  const Ticks y_ticks = round_ticks(frame.y.low, frame.y.high, std::max(3, static_cast<int>(height / 30)));
  double widest = 0;
  for (const double value : y_ticks.values) {
    widest = std::max(widest, measure_number(cairo, tick_text(value, y_ticks.decimals), tick));
  }
  frame.left = x + line + 4 + widest + 4;
  frame.top = y + title_height + 4;
  frame.top += legend(cairo, x, x + width - 2, y, chart, label, false);
  frame.width = x + width - frame.left - 2;
  const Ticks x_ticks = ticks_with_room(cairo, frame.x, frame.width, tick);
  frame.width -= last_number_overhang(cairo, x_ticks, frame.x, frame.left, frame.width, x + width, tick);
  frame.height = y + height - frame.top - 2 * line - 6;

  cairo_save(cairo);
  cairo_new_path(cairo);
  draw_text(cairo, x, y, title_text, title, width);
  legend(cairo, x, x + width - 2, y + title_height + 2, chart, label, true);
  draw_mpe(cairo, frame, chart.points);
  draw_grid(cairo, frame, y_ticks);
  draw_curve(cairo, frame, chart.curve);
  const std::vector<double> places = places_of(chart.points, frame);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const PlotPoint& p = chart.points[i];
    draw_point(cairo, places[i], frame.py(p.error), frame.py(p.error + p.expanded_uncertainty),
               frame.py(p.error - p.expanded_uncertainty));
  }
  draw_axes(cairo, frame, x_ticks, y_ticks, tick);
  draw_label(cairo, frame.left + frame.width / 2, y + height - line, frame.width, chart.x_label, label);
  draw_label_upwards(cairo, x, frame.top + frame.height / 2, frame.height, chart.y_label, label);
  cairo_restore(cairo);
}

}  // namespace etalon::archive
