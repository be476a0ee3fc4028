#include "app/uncertainty_plot.h"

#include <cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "archive/chart_drawing.h"
#include "archive/density_chart.h"
#include "archive/picture_file.h"
#include "base/error.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/statistics/statistics.h"

namespace etalon::app {

using archive::DensityChart;
using base::tr;
using calibration::BudgetLine;
using calibration::BudgetResult;
using calibration::CoverageFactorOrigin;
using calibration::Density;
using calibration::MonteCarloOutput;
using calibration::UncertaintyEvaluation;

namespace {

constexpr double panel_width = 392;
constexpr double margin = 14;
constexpr double panel_gap = 16;
constexpr std::size_t most_bars = 12;
// Quantiles between which both densities are shown, and how much is shown beyond them: enough for the shape of the
// tails, and little enough that the tails of a t with few degrees of freedom leave the middle its room.
constexpr double shown_probability = 0.98;
constexpr double shown_beyond = 1.4;
constexpr double shown_bins = 120;

// The value below which the part p of the trials lies.
double quantile(const Density& density, double p) {
  double total = static_cast<double>(density.below + density.above);
  for (const std::uint64_t count : density.counts)
    total += static_cast<double>(count);
  double sum = static_cast<double>(density.below);
  for (std::size_t i = 0; i < density.counts.size(); ++i) {
    const auto count = static_cast<double>(density.counts[i]);
    if (count > 0 && sum + count >= p * total)
      return density.lower + density.bin_width * (static_cast<double>(i) + std::max(0.0, p * total - sum) / count);
    sum += count;
  }
  return density.lower + density.bin_width * static_cast<double>(density.counts.size());
}

// A bin at an edge with far more than its neighbours: max(a, 0) is 0 in many trials. Its place and share.
std::optional<std::pair<double, double>> point_mass(const Density& density) {
  const std::size_t bins = density.counts.size();
  if (bins < 20) return std::nullopt;
  double total = static_cast<double>(density.below + density.above);
  for (const std::uint64_t count : density.counts)
    total += static_cast<double>(count);
  // A value at the very edge of the bins counts as beyond them, where otherwise one in 2000 is.
  const double width = density.bin_width * static_cast<double>(bins);
  if (static_cast<double>(density.below) > 0.05 * total)
    return std::pair{density.lower, static_cast<double>(density.below) / total};
  if (static_cast<double>(density.above) > 0.05 * total)
    return std::pair{density.lower + width, static_cast<double>(density.above) / total};
  for (std::size_t i = 0; i < bins; ++i) {
    const auto own = static_cast<double>(density.counts[i]);
    double others = 0;  // the most among the neighbours
    for (std::size_t j = i < 3 ? 0 : i - 3; j < std::min(bins, i + 4); ++j)
      if (j != i) others = std::max(others, static_cast<double>(density.counts[j]));
    if (own > 0.05 * total && own > 8 * others)
      return std::pair{density.lower + density.bin_width * (static_cast<double>(i) + 0.5), own / total};
  }
  return std::nullopt;
}

void add_monte_carlo(const MonteCarloOutput& output, double probability, DensityChart& chart, archive::Span& span) {
  const Density& density = output.density;
  if (density.counts.empty()) return;
  chart.histogram_label = tr("Monte Carlo");
  chart.histogram_interval = {output.symmetric.lower, output.symmetric.upper,
                              fmt::format(fmt::runtime(tr("{:.4g} % interval")), 100 * probability)};
  // Distributions with limits are shown to just beyond them.
  if (const auto spike = point_mass(density)) {
    chart.point_mass = {spike->first, fmt::format("{:.0f} %", 100 * spike->second)};
    span.include(spike->first - 0.02 * density.bin_width * static_cast<double>(density.counts.size()));
    span.include(spike->first + 0.02 * density.bin_width * static_cast<double>(density.counts.size()));
  }
  const double low = quantile(density, (1 - shown_probability) / 2);
  const double high = quantile(density, (1 + shown_probability) / 2);
  const double beyond = (high - low) * (shown_beyond - 1) / 2;
  const double edge = density.bin_width * static_cast<double>(density.counts.size());
  span.include(std::max(low - beyond, density.lower - 0.05 * edge));
  span.include(std::min(high + beyond, density.lower + 1.05 * edge));
}

// Once the axis is known: bins that are too narrow for it are drawn together.
void add_histogram(const Density& density, DensityChart& chart) {
  if (density.counts.empty()) return;
  double total = static_cast<double>(density.below + density.above);
  for (const std::uint64_t count : density.counts)
    total += static_cast<double>(count);
  const double bins = static_cast<double>(density.counts.size());
  const double in_sight = std::min(bins, (chart.upper - chart.lower) / density.bin_width);
  const auto together = static_cast<std::size_t>(std::max(1.0, std::floor(in_sight / shown_bins)));
  chart.histogram_lower = density.lower;
  chart.bin_width = density.bin_width * static_cast<double>(together);
  // A value with a share of its own is drawn as a bar; as a bin it would leave the others no height.
  const auto spike = point_mass(density);
  for (std::size_t first = 0; first < density.counts.size(); first += together) {
    double sum = 0;
    for (std::size_t i = first; i < std::min(first + together, density.counts.size()); ++i)
      if (!spike || std::fabs(density.lower + density.bin_width * (static_cast<double>(i) + 0.5) - spike->first) >
                        density.bin_width / 4)
        sum += static_cast<double>(density.counts[i]);
    chart.histogram.push_back(sum / total / chart.bin_width);
  }
}

// The distribution that the GUM gives the output: normal, or scaled and shifted t with the degrees of freedom from
// which k is taken (GUM G.3.2, G.4.1).
void add_gum(const BudgetResult& result, DensityChart& chart, archive::Span& span) {
  const double u = result.standard_uncertainty;
  if (!(u > 0)) return;
  const double nu = calibration::truncated_degrees_of_freedom(result.effective_degrees_of_freedom);
  const double reach = std::isinf(nu) ? calibration::two_sided_normal(shown_probability)
                                      : calibration::two_sided_student_t(shown_probability, nu);
  span.include(result.value - shown_beyond * reach * u);
  span.include(result.value + shown_beyond * reach * u);
  chart.curve_label = std::isinf(nu) ? tr("GUM: normal") : fmt::format(fmt::runtime(tr("GUM: t with ν = {:.7g}")), nu);
  chart.curve_interval = {result.value - result.expanded_uncertainty, result.value + result.expanded_uncertainty,
                          fmt::format(fmt::runtime(tr("y ± U, p = {:.4g} %, k = {:.2f}")),
                                      100 * result.coverage_probability, result.coverage_factor)};
  // The density drawn is the one that the validation judges; k may come from a dominant shape instead.
  if (result.coverage_factor_origin == CoverageFactorOrigin::dominant_rectangular)
    chart.curve_interval->label += " (" + tr("rectangular") + ")";
  if (result.coverage_factor_origin == CoverageFactorOrigin::dominant_trapezoidal)
    chart.curve_interval->label += " (" + tr("trapezoidal") + ")";
}

// Once the axis is known.
void add_gum_curve(const BudgetResult& result, DensityChart& chart) {
  const double u = result.standard_uncertainty;
  if (!(u > 0)) return;
  const double nu = calibration::truncated_degrees_of_freedom(result.effective_degrees_of_freedom);
  const auto density = [&](double t) {
    return std::isinf(nu) ? boost::math::pdf(boost::math::normal(), t)
                          : boost::math::pdf(boost::math::students_t(nu), t);
  };
  // Evenly over the axis, and closely where the curve is: it may be a needle beside a wide histogram.
  std::vector<double> places;
  constexpr int steps = 200;
  for (int i = 0; i <= steps; ++i) {
    places.push_back(chart.lower + (chart.upper - chart.lower) * i / steps);
    places.push_back(result.value + u * (12.0 * i / steps - 6));
  }
  std::sort(places.begin(), places.end());
  for (const double x : places) {
    if (x >= chart.lower && x <= chart.upper) chart.curve.emplace_back(x, density((x - result.value) / u) / u);
  }
}

void add_shares(const BudgetResult& result, DensityChart& chart) {
  for (const BudgetLine& line : result.lines) {
    if (line.variance_share != 0) chart.shares.push_back({line.input, line.variance_share});
  }
  if (chart.shares.empty()) return;
  chart.shares_title = tr("share of u² by input");
  std::stable_sort(chart.shares.begin(), chart.shares.end(),
                   [](const auto& a, const auto& b) { return std::fabs(a.share) > std::fabs(b.share); });
  if (chart.shares.size() <= most_bars) return;
  archive::DensityShare others;
  others.label = fmt::format(fmt::runtime(tr("{} others")), chart.shares.size() - (most_bars - 1));
  for (std::size_t i = most_bars - 1; i < chart.shares.size(); ++i)
    others.share += chart.shares[i].share;
  chart.shares.resize(most_bars - 1);
  chart.shares.push_back(others);
}

DensityChart chart_of(const UncertaintyEvaluation& evaluation, std::size_t k) {
  DensityChart chart;
  const BudgetResult* gum = evaluation.gum_of(k);
  const MonteCarloOutput* monte_carlo = evaluation.monte_carlo_of(k);
  chart.title = evaluation.outputs[k];
  chart.name = evaluation.outputs[k];
  const std::string& unit = evaluation.units[k];
  if (!unit.empty() && unit != "1") chart.unit = base::display_unit(unit);
  chart.density_label = tr("probability density");
  if (evaluation.validation[k]) {
    switch (evaluation.validation[k]->agreement) {
      case calibration::Agreement::agree:
        chart.remark = tr("GUM and Monte Carlo agree");
        break;
      case calibration::Agreement::differ:
        chart.remark = tr("GUM and Monte Carlo differ: trust Monte Carlo");
        break;
      case calibration::Agreement::undecided:
        chart.remark = fmt::format(fmt::runtime(tr("not decided with {} trials")), evaluation.monte_carlo->trials);
        break;
    }
  } else if (!evaluation.monte_carlo_meaningful[k]) {
    chart.remark = tr("below the resolution of double precision");
  }
  const double centre = gum != nullptr ? gum->value : (monte_carlo->symmetric.lower + monte_carlo->symmetric.upper) / 2;
  archive::Span span{centre, centre};
  if (monte_carlo != nullptr) add_monte_carlo(*monte_carlo, evaluation.coverage_probability, chart, span);
  if (gum != nullptr) {
    add_gum(*gum, chart, span);
    add_shares(*gum, chart);
  }
  for (const auto* interval : {&chart.histogram_interval, &chart.curve_interval}) {
    if (!*interval) continue;
    const double more = 0.05 * ((*interval)->upper - (*interval)->lower);
    span.include((*interval)->lower - more);
    span.include((*interval)->upper + more);
  }
  if (!(span.high > span.low)) {
    chart.exact = centre;
    chart.exact_label = tr("value");
    chart.remark = tr("no uncertainty reaches it");
    span.widen(0.1);
  }
  chart.lower = span.low;
  chart.upper = span.high;
  if (monte_carlo != nullptr) add_histogram(monte_carlo->density, chart);
  if (gum != nullptr) add_gum_curve(*gum, chart);
  return chart;
}

}  // namespace

std::string uncertainty_plot(const std::string& file, const UncertaintyEvaluation& evaluation) {
  if (evaluation.gum.empty() && !evaluation.monte_carlo)
    throw base::InputError(tr("--plot needs the result of the GUM's method or of Monte Carlo"));
  std::vector<DensityChart> charts;
  for (std::size_t k = 0; k < evaluation.outputs.size(); ++k) {
    // An output without any result has nothing to draw; the text says why.
    if (evaluation.gum_of(k) || evaluation.monte_carlo_of(k)) charts.push_back(chart_of(evaluation, k));
  }
  // Two panels beside each other where one column would be a long strip.
  const std::size_t columns = charts.size() > 3 ? 2 : 1;
  const double width = 2 * margin + static_cast<double>(columns) * (panel_width + panel_gap) - panel_gap;

  // Heights depend on the fonts, so a surface to measure on comes before the picture.
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, nullptr), &cairo_surface_destroy);
  const std::unique_ptr<cairo_t, decltype(&cairo_destroy)> measure(cairo_create(surface.get()), &cairo_destroy);
  archive::require_fonts();
  const archive::TextStyle title{11, archive::Weight::semibold, archive::kInk, archive::Align::left};
  double top = margin;
  if (!evaluation.title.empty())
    top += archive::measure_text(measure.get(), evaluation.title, title, width - 2 * margin).height + 8;
  std::vector<double> tops;  // of the rows of panels, and the end
  tops.push_back(top);
  for (std::size_t first = 0; first < charts.size(); first += columns) {
    double height = 0;
    for (std::size_t k = first; k < std::min(first + columns, charts.size()); ++k)
      height = std::max(height, archive::density_chart_height(measure.get(), panel_width, charts[k]));
    tops.push_back(tops.back() + height + panel_gap);
  }
  return archive::picture_bytes(file, width, tops.back() - panel_gap + margin, [&](cairo_t* cairo) {
    if (!evaluation.title.empty())
      archive::draw_text(cairo, margin, margin, evaluation.title, title, width - 2 * margin);
    for (std::size_t k = 0; k < charts.size(); ++k) {
      const double left = margin + static_cast<double>(k % columns) * (panel_width + panel_gap);
      archive::draw_density_chart(cairo, left, tops[k / columns], panel_width, charts[k]);
    }
  });
}

}  // namespace etalon::app
