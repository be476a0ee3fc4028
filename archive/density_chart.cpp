#include "archive/density_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "archive/axis_power.h"
#include "archive/chart_drawing.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

constexpr Colour histogram_fill{0.80, 0.87, 0.95};
constexpr Colour negative_share{0.72, 0.16, 0.16};
constexpr double plot_height = 128;
constexpr double row_height = 12.5;
constexpr double bar_height = 7;
const TextStyle title_style{10, Weight::semibold, kInk, Align::left};
const TextStyle label_style{8, Weight::regular, kInk, Align::left};
const TextStyle tick_style{7.5, Weight::regular, kInk, Align::left};

void require_drawable(const DensityChart& chart) {
  bool finite = std::isfinite(chart.lower) && std::isfinite(chart.upper) && chart.upper > chart.lower &&
                std::isfinite(chart.histogram_lower + chart.bin_width);
  for (const double density : chart.histogram)
    finite = finite && std::isfinite(density);
  for (const auto& [x, density] : chart.curve)
    finite = finite && std::isfinite(x) && std::isfinite(density);
  for (const auto* interval : {&chart.histogram_interval, &chart.curve_interval})
    finite = finite && (!*interval || std::isfinite((*interval)->lower + (*interval)->upper));
  for (const DensityShare& share : chart.shares)
    finite = finite && std::isfinite(share.share);
  if (!finite)
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the chart \"{}\" has a number that is not finite")), chart.title));
}

void stroke_dashed(cairo_t* cairo, const ChartLine& line, const Colour& colour, double width, bool dashed) {
  constexpr double dashes[] = {4, 2.5};
  if (dashed) cairo_set_dash(cairo, dashes, 2, 0);
  stroke_line(cairo, line, colour, width);
  cairo_set_dash(cairo, nullptr, 0, 0);
}

// The remark stands beside the title where both have room, else on the next line.
bool remark_beside_title(cairo_t* cairo, double width, const DensityChart& chart) {
  return chart.remark.empty() || measure_text(cairo, chart.title, title_style).width + 12 +
                                         measure_text(cairo, chart.remark, label_style).width <=
                                     width;
}

struct LegendEntry {
  std::string label;
  enum class Key { histogram, curve, interval, curve_interval, exact } key;
};

std::vector<LegendEntry> legend_of(const DensityChart& chart) {
  std::vector<LegendEntry> entries;
  if (!chart.histogram.empty()) entries.push_back({chart.histogram_label, LegendEntry::Key::histogram});
  if (chart.histogram_interval) entries.push_back({chart.histogram_interval->label, LegendEntry::Key::interval});
  if (!chart.curve.empty()) entries.push_back({chart.curve_label, LegendEntry::Key::curve});
  if (chart.curve_interval) entries.push_back({chart.curve_interval->label, LegendEntry::Key::curve_interval});
  if (chart.exact) entries.push_back({chart.exact_label, LegendEntry::Key::exact});
  return entries;
}

constexpr double key_width = 14;
constexpr double key_gap = 4;
constexpr double entry_gap = 12;

// Draws (or only measures) the entries from left to right, in as many lines as it takes; the height.
double legend(cairo_t* cairo, double x, double y, double width, const DensityChart& chart, bool draw) {
  const TextExtent digit = measure_text(cairo, "0", label_style);
  const double line = digit.height + 2;
  double at = x, top = y;
  bool any = false;
  for (const LegendEntry& entry : legend_of(chart)) {
    const TextExtent extent = measure_text(cairo, entry.label, label_style);
    const double wide = key_width + key_gap + extent.width;
    if (at > x && at + wide > x + width) {
      at = x;
      top += line;
    }
    any = true;
    if (draw) {
      const double middle = top + line / 2 - 1;
      const ChartLine across{{at, middle}, {at + key_width, middle}};
      const ChartLine upright{{at + key_width / 2, middle - 4.5}, {at + key_width / 2, middle + 4.5}};
      switch (entry.key) {
        case LegendEntry::Key::histogram:
          fill_band(cairo, {{at, middle - 4}, {at + key_width, middle - 4}},
                    {{at, middle + 4}, {at + key_width, middle + 4}}, histogram_fill);
          break;
        case LegendEntry::Key::curve:
          stroke_line(cairo, across, kCurve, 1.4);
          break;
        case LegendEntry::Key::interval:
          stroke_dashed(cairo, upright, kPoint, 1.2, false);
          break;
        case LegendEntry::Key::exact:
          stroke_line(cairo, upright, kPoint, 1.6);
          break;
        case LegendEntry::Key::curve_interval:
          stroke_dashed(cairo, upright, kCurve, 1.2, true);
          break;
      }
      // One baseline for both scripts.
      draw_text(cairo, at + key_width + key_gap, top + digit.baseline - extent.baseline, entry.label, label_style);
    }
    at += wide + entry_gap;
  }
  return any ? top + line - y + 3 : 0;
}

void draw_histogram(cairo_t* cairo, const Frame& frame, const DensityChart& chart) {
  if (chart.histogram.empty()) return;
  ChartLine steps;
  // In lengths of the picture: where the axis shows the last digits of a double, bins have no room between two numbers.
  const double begin = frame.px(chart.histogram_lower);
  const double width = chart.bin_width / (frame.x.high - frame.x.low) * frame.width;
  for (std::size_t i = 0; i < chart.histogram.size(); ++i) {
    const double left = begin + static_cast<double>(i) * width;
    const double top = frame.py(chart.histogram[i]);
    steps.emplace_back(left, top);
    steps.emplace_back(left + width, top);
  }
  const double ground = frame.py(0);
  fill_band(cairo, steps, {{steps.front().first, ground}, {steps.back().first, ground}}, histogram_fill);
}

void draw_interval(cairo_t* cairo, const Frame& frame, const std::optional<DensityInterval>& interval,
                   const Colour& colour, bool dashed) {
  if (!interval) return;
  for (const double end : {interval->lower, interval->upper}) {
    if (end < frame.x.low || end > frame.x.high) continue;
    stroke_dashed(cairo, {{frame.px(end), frame.top}, {frame.px(end), frame.top + frame.height}}, colour, 1.2, dashed);
  }
}

// The highest density, so that a flat histogram under a narrow curve still shows.
double highest(const DensityChart& chart) {
  double bars = 0, curve = 0;
  for (const double density : chart.histogram)
    bars = std::max(bars, density);
  for (const auto& [x, density] : chart.curve)
    curve = std::max(curve, density);
  if (bars > 0 && curve > 4 * bars) curve = 4 * bars;
  const double top = std::max(bars, curve);
  return top > 0 ? top * 1.08 : 1;
}

void draw_shares(cairo_t* cairo, double x, double y, double width, const DensityChart& chart) {
  double names = 0, numbers = 0, low = 0, high = 0;
  const auto number_of = [](const DensityShare& share) { return fmt::format("{:.1f} %", 100 * share.share); };
  for (const DensityShare& share : chart.shares) {
    names = std::max(names, measure_text(cairo, share.label, label_style).width);
    numbers = std::max(numbers, measure_number(cairo, number_of(share), tick_style));
    low = std::min(low, share.share);
    high = std::max(high, share.share);
  }
  names = std::min(names, width * 0.4);
  const double left = x + names + 8;
  const double room = width - names - 8 - numbers - 8;
  const double scale = high - low > 0 ? room / (high - low) : 0;
  const double zero = left - low * scale;
  draw_text(cairo, x, y, chart.shares_title, label_style);
  double top = y + row_height + 2;
  for (const DensityShare& share : chart.shares) {
    const std::string label = shortened(cairo, share.label, label_style, names + 0.1);
    const auto extent = measure_text(cairo, label, label_style);
    draw_text(cairo, x, top + (row_height - extent.height) / 2, label, label_style);
    const double end = zero + share.share * scale;
    const double from = std::min(zero, end), to = std::max(zero, end);
    const double upper = top + (row_height - bar_height) / 2;
    fill_band(cairo, {{from, upper}, {to, upper}}, {{from, upper + bar_height}, {to, upper + bar_height}},
              share.share < 0 ? negative_share : kPoint);
    const std::string number = number_of(share);
    const auto number_extent = measure_text(cairo, number, tick_style);
    draw_number(cairo, x + width - measure_number(cairo, number, tick_style),
                top + (row_height - number_extent.height) / 2 + number_extent.baseline, number, tick_style);
    top += row_height;
  }
  stroke_line(cairo, {{zero, y + row_height + 1}, {zero, top + 1}}, kAxis, 0.6);
}

double heading_height(cairo_t* cairo, double width, const DensityChart& chart) {
  const double title = measure_text(cairo, shortened(cairo, chart.title, title_style, width), title_style).height + 3;
  return remark_beside_title(cairo, width, chart) ? title
                                                  : title + measure_text(cairo, chart.remark, label_style).height + 2;
}

double shares_height(const DensityChart& chart) {
  return chart.shares.empty() ? 0 : 8 + row_height + 2 + row_height * static_cast<double>(chart.shares.size());
}

}  // namespace

double density_chart_height(cairo_t* cairo, double width, const DensityChart& chart) {
  const double line = measure_text(cairo, "0", label_style).height;
  return heading_height(cairo, width, chart) + legend(cairo, 0, 0, width, chart, false) + plot_height + 3 + 2 * line +
         2 + shares_height(chart);
}

void draw_density_chart(cairo_t* cairo, double x, double y, double width, const DensityChart& chart) {
  require_drawable(chart);
  cairo_save(cairo);
  cairo_new_path(cairo);
  const std::string title = shortened(cairo, chart.title, title_style, width);
  draw_text(cairo, x, y, title, title_style);
  if (remark_beside_title(cairo, width, chart)) {
    draw_text(cairo, x + width - measure_text(cairo, chart.remark, label_style).width, y + 2, chart.remark,
              label_style);
  } else {
    draw_text(cairo, x, y + measure_text(cairo, title, title_style).height + 2, chart.remark, label_style);
  }
  y += heading_height(cairo, width, chart);
  y += legend(cairo, x, y, width, chart, true);

  const double line = measure_text(cairo, "0", label_style).height;
  const double left = x + line + 5;
  // Ticks in the power of ten that the label names.
  const int power = axis_power(std::max(std::fabs(chart.lower), std::fabs(chart.upper)));
  const double by = std::pow(10.0, -power);
  const Span scaled_x{chart.lower * by, chart.upper * by};
  Frame frame{left, y, x + width - left, plot_height, {chart.lower, chart.upper}, {0, highest(chart)}};
  const Ticks ticks = ticks_with_room(cairo, scaled_x, frame.width, tick_style);
  frame.width -= last_number_overhang(cairo, ticks, scaled_x, frame.left, frame.width, x + width, tick_style);
  cairo_save(cairo);
  cairo_rectangle(cairo, frame.left, frame.top, frame.width, frame.height);
  cairo_clip(cairo);
  draw_histogram(cairo, frame, chart);
  ChartLine curve;
  for (const auto& [at, density] : chart.curve)
    curve.emplace_back(frame.px(at), frame.py(density));
  if (!curve.empty()) stroke_line(cairo, curve, kCurve, 1.4);
  draw_interval(cairo, frame, chart.histogram_interval, kPoint, false);
  draw_interval(cairo, frame, chart.curve_interval, kCurve, true);
  if (chart.point_mass) {
    const double at = frame.px(chart.point_mass->first);
    fill_band(cairo, {{at - 2, frame.top + 14}, {at + 2, frame.top + 14}},
              {{at - 2, frame.top + frame.height}, {at + 2, frame.top + frame.height}}, kPoint);
    // Beside the lines that may stand there.
    const double wide = measure_text(cairo, chart.point_mass->second, label_style).width;
    const bool right = at + 5 + wide < frame.left + frame.width;
    draw_text(cairo, right ? at + 5 : at - 5 - wide, frame.top + 2, chart.point_mass->second, label_style);
  }
  if (chart.exact)
    stroke_line(cairo, {{frame.px(*chart.exact), frame.top}, {frame.px(*chart.exact), frame.top + frame.height}},
                kPoint, 1.6);
  cairo_restore(cairo);

  Frame scaled = frame;
  scaled.x = scaled_x;
  draw_axes(cairo, scaled, ticks, {}, tick_style);
  const std::string factor = power == 0 ? "" : power_of_ten_text(power);
  const std::string unit = factor + (factor.empty() || chart.unit.empty() ? "" : " ") + chart.unit;
  const std::string after = unit.empty() ? "" : " (" + unit + ")";
  const std::string label =
      shortened(cairo, chart.name, label_style, frame.width - measure_text(cairo, after, label_style).width) + after;
  draw_text(cairo, frame.left + (frame.width - measure_text(cairo, label, label_style).width) / 2,
            frame.top + frame.height + 3 + line, label, label_style);
  draw_label_upwards(cairo, x, frame.top + frame.height / 2, frame.height, {chart.density_label, ""}, label_style);
  if (!chart.shares.empty()) draw_shares(cairo, x, frame.top + frame.height + 3 + 2 * line + 2 + 8, width, chart);
  cairo_restore(cairo);
}

}  // namespace etalon::archive
