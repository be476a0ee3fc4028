#include "archive/residual_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

// One line of keys above the plot, right-aligned.
void draw_legend(cairo_t* cairo, double right, double y, const ResidualChart& chart, const TextStyle& style) {
  const bool has_mpe =
      std::any_of(chart.points.begin(), chart.points.end(), [](const PlotPoint& p) { return !!p.mpe; });
  constexpr double kKey = 13;
  const auto entry = [&](const std::string& label, auto&& draw_key) {
    if (label.empty()) return;
    const auto extent = measure_text(cairo, label, style);
    draw_text(cairo, right - extent.width, y, label, style);
    draw_key(right - extent.width - 3 - kKey, y + extent.height / 2);
    right -= extent.width + 3 + kKey + 9;
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
}

}  // namespace

void draw_residual_chart(cairo_t* cairo, double x, double y, double width, double height, const ResidualChart& chart) {
  require_finite(chart);
  const TextStyle title{8.5, Weight::semibold, kInk, Align::left};
  const TextStyle label{7, Weight::regular, kInk, Align::left};
  const TextStyle tick{6.8, Weight::regular, kInk, Align::left};
  const double line = measure_text(cairo, "0", label).height;
  const double title_height = measure_text(cairo, chart.title, title).height;

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
  const Ticks x_ticks = round_ticks(frame.x.low, frame.x.high, std::max(3, static_cast<int>(width / 55)));
  double widest = 0;
  for (const double value : y_ticks.values) {
    widest = std::max(widest, measure_number(cairo, tick_text(value, y_ticks.decimals), tick));
  }
  frame.left = x + line + 4 + widest + 4;
  frame.top = y + title_height + 4;
  if (!chart.points_label.empty()) frame.top += line + 2;
  frame.width = x + width - frame.left - 2;
  frame.height = y + height - frame.top - 2 * line - 6;

  cairo_save(cairo);
  cairo_new_path(cairo);
  draw_text(cairo, x, y, chart.title, title);
  draw_legend(cairo, x + width - 2, y + title_height + 2, chart, label);
  draw_mpe(cairo, frame, chart.points);
  draw_grid(cairo, frame, y_ticks);
  draw_curve(cairo, frame, chart.curve);
  std::vector<double> taken;
  for (const auto& p : chart.points) {
    // Repeated points stand beside each other instead of on top of each other.
    const double px = frame.px(p.x);
    const auto same =
        std::count_if(taken.begin(), taken.end(), [px](double other) { return std::abs(other - px) < 0.5; });
    taken.push_back(px);
    const double shift = 5.0 * std::ceil(static_cast<double>(same) / 2) * (same % 2 ? 1 : -1);
    draw_point(cairo, px + (same ? shift : 0), frame.py(p.error), frame.py(p.error + p.expanded_uncertainty),
               frame.py(p.error - p.expanded_uncertainty));
  }
  draw_axes(cairo, frame, x_ticks, y_ticks, tick);
  TextStyle centred = label;
  centred.align = Align::centre;
  draw_text(cairo, frame.left + frame.width / 2, y + height - line, chart.x_label, centred);
  cairo_save(cairo);
  cairo_translate(cairo, x, frame.top + frame.height / 2);
  cairo_rotate(cairo, -M_PI / 2);
  draw_text(cairo, 0, 0, chart.y_label, centred);
  cairo_restore(cairo);
  cairo_restore(cairo);
}

}  // namespace etalon::archive
