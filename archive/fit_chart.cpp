#include "archive/fit_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "archive/axis_power.h"
#include "archive/chart_drawing.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

int axis_power(const Span& span) {
  return archive::axis_power(std::max(std::fabs(span.low), std::fabs(span.high)));
}

void require_finite(const FitChart& chart) {
  if (chart.points.empty())
    throw base::InputError(fmt::format(fmt::runtime(tr("the chart \"{}\" has no points")), chart.title));
  for (const FitChartPoint& p : chart.points) {
    if (!std::isfinite(p.x + p.y + p.residual + p.expanded_uncertainty_x + p.expanded_uncertainty_y)) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the chart \"{}\" has a point that is not finite")), chart.title));
    }
  }
  for (const FitChartSample& s : chart.curve) {
    if (!std::isfinite(s.x + s.y + s.expanded_uncertainty))
      throw base::InputError(fmt::format(fmt::runtime(tr("the curve of the chart \"{}\" is not finite")), chart.title));
  }
}

void draw_bars(cairo_t* cairo, const Frame& frame, double x, double y, double half_x, double half_y) {
  constexpr double cap = 2.2;
  const double px = frame.px(x), py = frame.py(y);
  if (half_y > 0) {
    const double top = frame.py(y + half_y), bottom = frame.py(y - half_y);
    stroke_line(cairo, {{px, top}, {px, bottom}}, kPoint, 0.9);
    for (const double end : {top, bottom})
      stroke_line(cairo, {{px - cap, end}, {px + cap, end}}, kPoint, 0.9);
  }
  if (half_x > 0) {
    const double left = frame.px(x - half_x), right = frame.px(x + half_x);
    stroke_line(cairo, {{left, py}, {right, py}}, kPoint, 0.9);
    for (const double end : {left, right})
      stroke_line(cairo, {{end, py - cap}, {end, py + cap}}, kPoint, 0.9);
  }
  cairo_new_path(cairo);
  set_colour(cairo, kPoint);
  cairo_arc(cairo, px, py, 1.9, 0, 2 * M_PI);
  cairo_fill(cairo);
}

// Of very many points, those that would lie on one already drawn are left out: a file has an end, and so has an eye.
class Crowd {
 public:
  explicit Crowd(std::size_t points) : thinned_(points > 2000) {}
  bool shows(double px, double py) {
    constexpr double cells = 2;  // in each length unit
    return !thinned_ || drawn_.insert({std::lround(px * cells), std::lround(py * cells)}).second;
  }

 private:
  bool thinned_;
  std::set<std::pair<long, long>> drawn_;
};

// The curve (or zero) with its band.
void draw_band(cairo_t* cairo, const Frame& frame, const std::vector<FitChartSample>& curve, bool about_zero) {
  ChartLine upper, lower, middle;
  for (const FitChartSample& s : curve) {
    const double value = about_zero ? 0 : s.y;
    upper.emplace_back(frame.px(s.x), frame.py(value + s.expanded_uncertainty));
    lower.emplace_back(frame.px(s.x), frame.py(value - s.expanded_uncertainty));
    middle.emplace_back(frame.px(s.x), frame.py(value));
  }
  fill_band(cairo, upper, lower, kCurveBand);
  stroke_line(cairo, middle, kCurve, 1.0);
}

void draw_legend(cairo_t* cairo, double right, double y, const FitChart& chart, const TextStyle& style) {
  constexpr double key = 13;
  const auto entry = [&](const std::string& label, auto&& draw_key) {
    const auto extent = measure_text(cairo, label, style);
    draw_text(cairo, right - extent.width, y, label, style);
    draw_key(right - extent.width - 3 - key, y + extent.height / 2);
    right -= extent.width + 3 + key + 9;
  };
  entry(chart.curve_label, [&](double x, double middle) {
    fill_band(cairo, {{x, middle - 3}, {x + key, middle - 3}}, {{x, middle + 3}, {x + key, middle + 3}}, kCurveBand);
    stroke_line(cairo, {{x, middle}, {x + key, middle}}, kCurve, 1.0);
  });
  entry(chart.points_label, [&](double x, double middle) {
    const Frame here{x, middle - 4, key, 8, {0, 1}, {-1, 1}};
    const bool bars = std::any_of(chart.points.begin(), chart.points.end(),
                                  [](const FitChartPoint& p) { return p.expanded_uncertainty_y > 0; });
    draw_bars(cairo, here, 0.5, 0, 0, bars ? 0.9 : 0);
  });
}

}  // namespace

void draw_fit_chart(cairo_t* cairo, double x, double y, double width, double height, const FitChart& given) {
  require_finite(given);
  Span span_x{given.points[0].x, given.points[0].x};
  Span span_y{given.points[0].y, given.points[0].y};
  Span span_r{0, 0};
  for (const FitChartPoint& p : given.points) {
    span_x.include(p.x - p.expanded_uncertainty_x);
    span_x.include(p.x + p.expanded_uncertainty_x);
    span_y.include(p.y - p.expanded_uncertainty_y);
    span_y.include(p.y + p.expanded_uncertainty_y);
    span_r.include(p.residual - p.expanded_uncertainty_y);
    span_r.include(p.residual + p.expanded_uncertainty_y);
  }
  for (const FitChartSample& s : given.curve) {
    span_x.include(s.x);
    span_y.include(s.y - s.expanded_uncertainty);
    span_y.include(s.y + s.expanded_uncertainty);
    span_r.include(-s.expanded_uncertainty);
    span_r.include(s.expanded_uncertainty);
  }
  const int power_x = axis_power(span_x), power_y = axis_power(span_y), power_r = axis_power(span_r);
  const double by_x = std::pow(10.0, -power_x), by_y = std::pow(10.0, -power_y), by_r = std::pow(10.0, -power_r);
  const auto scaled = [](Span span, double by) {
    span.low *= by;
    span.high *= by;
    span.widen(0.06);
    return span;
  };

  const TextStyle title{10, Weight::semibold, kInk, Align::left};
  const TextStyle label{8, Weight::regular, kInk, Align::left};
  const TextStyle tick{7.5, Weight::regular, kInk, Align::left};
  const double line = measure_text(cairo, "0", label).height;
  const double title_height = measure_text(cairo, given.title, title, width).height;
  const double top = y + title_height + line + 8;
  const double plots = height - (top - y) - 2 * line - 8;
  Frame upper{0, top, 0, plots * 0.64, scaled(span_x, by_x), scaled(span_y, by_y)};
  Frame lower{0, top + plots * 0.70, 0, plots * 0.30, upper.x, scaled(span_r, by_r)};
  const Ticks x_ticks = round_ticks(upper.x.low, upper.x.high, std::max(3, static_cast<int>(width / 60)));
  const Ticks y_ticks = round_ticks(upper.y.low, upper.y.high, std::max(3, static_cast<int>(upper.height / 32)));
  const Ticks r_ticks = round_ticks(lower.y.low, lower.y.high, std::max(3, static_cast<int>(lower.height / 28)));
  double widest = 0;
  for (const Ticks* ticks : {&y_ticks, &r_ticks}) {
    for (const double value : ticks->values)
      widest = std::max(widest, measure_number(cairo, tick_text(value, ticks->decimals), tick));
  }
  upper.left = lower.left = x + line + 5 + widest + 5;
  upper.width = lower.width = x + width - upper.left - 4;

  cairo_save(cairo);
  cairo_new_path(cairo);
  draw_text(cairo, x, y, given.title, title, width);
  draw_legend(cairo, x + width - 4, y + title_height + 4, given, label);
  FitChart chart = given;
  for (FitChartSample& s : chart.curve)
    s = {s.x * by_x, s.y * by_y, s.expanded_uncertainty * by_y};
  draw_grid(cairo, upper, y_ticks);
  draw_band(cairo, upper, chart.curve, false);
  Crowd seen(chart.points.size()), seen_below(chart.points.size());
  for (const FitChartPoint& p : chart.points) {
    if (!seen.shows(upper.px(p.x * by_x), upper.py(p.y * by_y))) continue;
    draw_bars(cairo, upper, p.x * by_x, p.y * by_y, p.expanded_uncertainty_x * by_x, p.expanded_uncertainty_y * by_y);
  }
  draw_axes(cairo, upper, {}, y_ticks, tick);
  for (FitChartSample& s : chart.curve)
    s.expanded_uncertainty *= by_r / by_y;
  draw_grid(cairo, lower, r_ticks);
  draw_band(cairo, lower, chart.curve, true);
  for (const FitChartPoint& p : chart.points) {
    if (!seen_below.shows(lower.px(p.x * by_x), lower.py(p.residual * by_r))) continue;
    draw_bars(cairo, lower, p.x * by_x, p.residual * by_r, 0, p.expanded_uncertainty_y * by_r);
  }
  draw_axes(cairo, lower, x_ticks, r_ticks, tick);
  draw_label(cairo, upper.left + upper.width / 2, y + height - line, upper.width,
             {given.x_label, power_suffix(power_x)}, label);
  draw_label_upwards(cairo, x, upper.top + upper.height / 2, upper.height, {given.y_label, power_suffix(power_y)},
                     label);
  draw_label_upwards(cairo, x, lower.top + lower.height / 2, lower.height,
                     {given.residual_label, power_suffix(power_r)}, label);
  cairo_restore(cairo);
}

}  // namespace etalon::archive
