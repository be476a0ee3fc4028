#include "app/fit_display.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/terminal.h"
#include "base/decimal.h"
#include "base/language.h"

namespace etalon::app {

using base::Decimal;
using base::tr;
using calibration::CovarianceConvention;
using calibration::CurveData;
using calibration::CurveFit;
using calibration::CurvePrediction;

namespace {

struct Rounded {
  std::string value;
  std::string uncertainty;
};

// The exact decimal digits of a double times 10^-shift.
Decimal shifted(double value, int shift) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const std::string written(text, end);
  const std::size_t e = written.find('e');
  return Decimal::parse(fmt::format("{}e{}", written.substr(0, e), std::stoi(written.substr(e + 1)) - shift));
}

// Two digits of the uncertainty, the value to the same place (GUM 7.2.6); very large and very small ones with a power
// of ten. Without uncertainty the value with twelve digits.
Rounded rounded(double value, double uncertainty) {
  // Exact points leave residuals that are rounding alone.
  if (!(uncertainty > 1e-13 * std::fabs(value)) || !std::isfinite(uncertainty))
    return {fmt::format("{:.12g}", value), "0"};
  const double larger = std::max(std::fabs(value), uncertainty);
  const int leading = static_cast<int>(std::floor(std::log10(larger)));
  const int finest = static_cast<int>(std::floor(std::log10(uncertainty)));
  const int shift = finest < -7 || leading > 6 ? leading : 0;
  const Decimal u = shifted(uncertainty, shift).rounded_significant(2);
  const std::string power = shift == 0 ? "" : fmt::format("e{}", shift);
  return {shifted(value, shift).rounded(u.last_place()).str() + power, u.str() + power};
}

// To the place of the second digit of `scatter`.
std::string to_place_of(double value, double scatter) {
  if (!(scatter > 0)) return fmt::format("{:.3g}", value);
  return rounded(value, scatter).value;
}

std::string parameter_table(const CurveFit& fit, bool colours) {
  std::vector<std::vector<TableCell>> rows;
  for (Eigen::Index k = 0; k < fit.parameters.size(); ++k) {
    const double u = std::sqrt(fit.covariance(k, k));
    const Rounded text = rounded(fit.parameters(k), u);
    std::vector<TableCell> row{{fit.parameter_names[static_cast<std::size_t>(k)]}, {text.value}, {text.uncertainty}};
    for (Eigen::Index j = 0; j < k; ++j) {
      const double size = u * std::sqrt(fit.covariance(j, j));
      row.push_back({size > 0 ? fmt::format("{:.3f}", fit.covariance(k, j) / size) : "-"});
    }
    rows.push_back(row);
  }
  std::vector<std::string> headings{tr("parameter"), tr("value"), "u"};
  std::vector<bool> right{false, true, true};
  const bool correlations = fit.parameters.size() <= 6;
  for (Eigen::Index k = 0; k + 1 < fit.parameters.size() && correlations; ++k) {
    headings.push_back("r(" + fit.parameter_names[static_cast<std::size_t>(k)] + ")");
    right.push_back(true);
  }
  for (auto& row : rows)
    row.resize(headings.size());
  return table_text(headings, rows, right, colours);
}

std::string point_table(const CurveFit& fit, const CurveData& data, const FitNames& names, bool colours) {
  const double scatter = fit.residual_standard_deviation.value_or(0);
  const Eigen::VectorXd uy = data.variance_y().cwiseSqrt();
  const bool weighted = data.has_uncertainty_y() && !data.has_uncertainty_x();
  std::vector<std::vector<TableCell>> rows;
  for (Eigen::Index i = 0; i < data.x.size(); ++i) {
    rows.push_back({{fmt::format("{:.10g}", data.x(i))},
                    {fmt::format("{:.10g}", data.y(i))},
                    {to_place_of(data.y(i) - fit.residuals(i), scatter)},
                    {to_place_of(fit.residuals(i), scatter)}});
    if (weighted) {
      const double times = uy(i) > 0 ? fit.residuals(i) / uy(i) : 0;
      rows.back().push_back({fmt::format("{:.2f}", times), std::fabs(times) > 2 ? Colour::yellow : Colour::none});
    }
  }
  std::vector<std::string> headings{names.x, names.y, tr("curve"), tr("residual")};
  std::vector<bool> right(4, true);
  if (weighted) {
    headings.push_back(tr("residual/u"));
    right.push_back(true);
  }
  return table_text(headings, rows, right, colours);
}

std::vector<std::string> goodness(const CurveFit& fit) {
  std::vector<std::string> lines;
  if (fit.chi_squared) {
    std::string text = fmt::format("χ² = {:.4g}, ν = {}", *fit.chi_squared, fit.degrees_of_freedom);
    if (const auto p = calibration::chi_squared_p_value(fit)) {
      text += fmt::format(", p = {:.3g}: ", *p) +
              (*p < 0.05    ? tr("the residuals are larger than the stated uncertainties explain; the curve or the "
                                    "uncertainties are in doubt")
               : *p > 0.999 ? tr("the residuals are much smaller than the stated uncertainties")
                            : tr("curve and stated uncertainties agree"));
    }
    lines.push_back(text);
  }
  if (fit.largest_weighted_deviation) {
    lines.push_back(fmt::format(fmt::runtime(tr("largest weighted deviation Γ = {:.3g} (ISO 6143: at most 2)")),
                                *fit.largest_weighted_deviation));
  }
  if (fit.residual_standard_deviation) {
    lines.push_back(fmt::format(fmt::runtime(tr("residual standard deviation s = {:.3g}, ν = {}")),
                                *fit.residual_standard_deviation, fit.degrees_of_freedom));
  }
  return lines;
}

std::string convention_note(const CurveFit& fit) {
  switch (fit.covariance_convention) {
    case CovarianceConvention::from_stated_uncertainties:
      return tr("u of the parameters: from the stated uncertainties, not from the residuals (ISO/TS 28037)");
    case CovarianceConvention::scaled_by_residuals:
      return tr(
          "u of the parameters: scaled by the residuals (χ²/ν), as if the uncertainties were known up to a common "
          "factor only");
    case CovarianceConvention::t_inflated:
      return tr(
          "u of the parameters: scaled by the residuals and by ν/(ν - 2), the standard deviation of the t "
          "distribution");
  }
  return "";
}

std::string prediction_table(const std::vector<CurvePrediction>& list, const std::string& given,
                             const std::string& found, bool inverse, bool colours) {
  std::vector<std::vector<TableCell>> rows;
  std::string refusals;
  for (const CurvePrediction& p : list) {
    if (!p.refusal.empty()) {
      rows.push_back({{fmt::format("{:.10g}", inverse ? p.y : p.x)}, {"-"}, {"-"}, {tr("refused"), Colour::yellow}});
      refusals +=
          wrapped(fmt::format("{:.10g}: {}", inverse ? p.y : p.x, p.refusal), terminal_width(STDOUT_FILENO), 2) + "\n";
      continue;
    }
    const Rounded text = rounded(inverse ? p.x : p.y, p.standard_uncertainty);
    rows.push_back({{fmt::format("{:.10g}", inverse ? p.y : p.x)},
                    {text.value},
                    {text.uncertainty},
                    {p.extrapolated ? tr("outside the points: extrapolated") : "", Colour::yellow}});
  }
  return table_text({given, found, "u", ""}, rows, {true, true, true, false}, colours) + refusals;
}

}  // namespace

std::string fit_text(const CurveFit& fit, const CurveData& data, const FitNames& names,
                     const std::vector<CurvePrediction>& predictions, const std::vector<CurvePrediction>& inversions,
                     bool colours) {
  const int width = terminal_width(STDOUT_FILENO);
  const auto title = [&](const std::string& text) { return "\n" + coloured(text, Colour::bold, colours) + "\n"; };
  std::string text =
      coloured(fit.name, Colour::bold, colours) +
      fmt::format("   {}   ({}, {} {})\n\n", fit.formula, to_string(fit.method), data.x.size(), tr("points"));
  text += parameter_table(fit, colours);
  text += wrapped(convention_note(fit), width, 2) + "\n";
  text += title(tr("Points")) + point_table(fit, data, names, colours);
  for (const std::string& line : goodness(fit))
    text += wrapped(line, width, 2) + "\n";
  if (!predictions.empty())
    text += title(tr("Predictions")) + prediction_table(predictions, names.x, names.y, false, colours);
  if (!inversions.empty()) text += title(tr("Inverse")) + prediction_table(inversions, names.y, names.x, true, colours);
  for (const std::string& note : fit.notes)
    text += "\n" + wrapped(tr("note") + ": " + note, width, 2) + "\n";
  return text;
}

}  // namespace etalon::app
