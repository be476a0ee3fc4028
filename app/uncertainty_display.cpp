#include "app/uncertainty_display.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "app/terminal.h"
#include "base/decimal.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/evaluation/reported_numbers.h"
#include "calibration/uncertainty/coverage_region.h"

namespace etalon::app {

using base::tr;
using calibration::BudgetLine;
using calibration::BudgetResult;
using calibration::CoverageFactorOrigin;
using calibration::Distribution;
using calibration::UncertaintyEvaluation;
using calibration::Validation;

namespace {

// Plain notation where it is short, else with a power of ten.
std::string number_text(double value, int digits) {
  if (value == 0) return "0";
  if (!std::isfinite(value)) return "-";
  const double size = std::fabs(value);
  if (size >= 1e-4 && size < 1e7) return base::format_significant(value, digits);
  return fmt::format("{:.{}e}", value, digits - 1);
}

// The estimate to the place of its uncertainty's second digit; a constant as it was written.
std::string estimate_text(double value, double uncertainty) {
  if (!std::isfinite(value)) return "-";  // a distribution without a mean
  if (!(uncertainty > 0)) return base::Decimal::from_double(value).str();
  const int place = base::Decimal::from_double(uncertainty).rounded_significant(2).last_place();
  if (place < -12 || place > 7) return fmt::format("{:.9g}", value);
  return base::Decimal::from_double(value).rounded(place).str();
}

// Eighths of a character, so that small shares still show.
std::string bar(double share, int width) {
  static const std::vector<std::string> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int parts = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width * 8));
  std::string text;
  for (int i = 0; i < parts / 8; ++i)
    text += "█";
  return text + eighths[static_cast<std::size_t>(parts % 8)];
}

std::string distribution_text(Distribution distribution) {
  switch (distribution) {
    case Distribution::constant:
      return tr("constant");
    case Distribution::normal:
      return tr("normal");
    case Distribution::student_t:
      return "t";
    case Distribution::rectangular:
      return tr("rectangular");
    case Distribution::triangular:
      return tr("triangular");
    case Distribution::arcsine:
      return tr("arcsine");
    case Distribution::trapezoidal:
      return tr("trapezoidal");
    case Distribution::curvilinear_trapezoidal:
      return tr("curvilinear trapezoidal");
    case Distribution::exponential:
      return tr("exponential");
    case Distribution::gamma:
      return tr("gamma");
  }
  return "";
}

std::string budget_table(const BudgetResult& result, bool colours) {
  std::vector<std::vector<TableCell>> rows;
  for (const BudgetLine& line : result.lines) {
    const bool constant = line.distribution == Distribution::constant;
    rows.push_back(
        {{line.input},
         {estimate_text(line.estimate, line.standard_uncertainty)},
         {line.unit.empty() ? "" : base::display_unit(line.unit)},
         {constant ? "" : number_text(line.standard_uncertainty, 3)},
         {distribution_text(line.distribution), constant ? Colour::dim : Colour::none},
         {constant ? "" : (std::isinf(line.degrees_of_freedom) ? "∞" : fmt::format("{:.4g}", line.degrees_of_freedom))},
         {constant ? "" : number_text(line.sensitivity, 4)},
         {constant ? "" : number_text(std::fabs(line.contribution), 3)},
         {constant ? "" : fmt::format("{:.1f} %", 100 * line.variance_share)},
         {constant ? "" : bar(line.variance_share, 16), line.variance_share < 0 ? Colour::red : Colour::green}});
  }
  return table_text(
      {tr("input"), tr("estimate"), tr("unit"), "u", tr("distribution"), "ν", "c", "|c|·u", tr("share"), ""}, rows,
      {false, true, false, true, false, true, true, true, true, false}, colours);
}

std::string origin_text(const BudgetResult& result) {
  switch (result.coverage_factor_origin) {
    case CoverageFactorOrigin::none:
      return "";
    case CoverageFactorOrigin::normal:
      return tr("normal distribution");
    case CoverageFactorOrigin::student_t:
      return tr("t distribution");
    case CoverageFactorOrigin::dominant_rectangular:
      return tr("a rectangular input dominates, EA-4/02 S9.14");
    case CoverageFactorOrigin::dominant_trapezoidal:
      return tr("a trapezoidal shape dominates, EA-4/02 S10.13");
  }
  return "";
}

std::string with_unit(const std::string& text, const std::string& unit) {
  return unit.empty() || unit == "1" ? text : text + " " + base::display_unit(unit);
}

// Both ends of an interval to the place of the second digit of u.
std::string interval_text(double lower, double upper, double uncertainty) {
  return "[" + estimate_text(lower, uncertainty) + ", " + estimate_text(upper, uncertainty) + "]";
}

std::string line_of(const std::string& label, const std::string& text) {
  return "  " + padded_right(label, 22) + text + "\n";
}

std::string gum_lines(const BudgetResult& gum, const std::string& unit, bool colours) {
  std::string text;
  const double u = gum.standard_uncertainty;
  if (gum.zero_uncertainty) {
    text += line_of("GUM", with_unit("y = " + number_text(gum.value, 9), unit) + ", u = 0");
    return text;
  }
  // A power of ten that people use (…, -6, -3, 0, 3, …) where plain notation is long.
  const double size = std::max(std::fabs(gum.value), gum.expanded_uncertainty);
  const int tens = static_cast<int>(std::floor(std::log10(size) / 3)) * 3;
  const int ten = tens < -3 || gum.expanded_uncertainty >= 1e7 ? tens : 0;
  const base::RoundedResult rounded =
      base::round_result(gum.value * std::pow(10, -ten), gum.expanded_uncertainty * std::pow(10, -ten));
  const std::string power = ten == 0 ? "" : fmt::format("·10^{}", ten);
  text += line_of(tr("result"),
                  coloured(with_unit("(" + rounded.value + " ± " + rounded.expanded_uncertainty + ")" + power, unit),
                           Colour::bold, colours) +
                      fmt::format(fmt::runtime(tr(",  p = {:.4g} %, k = {:.2f} ({})")), 100 * gum.coverage_probability,
                                  gum.coverage_factor, origin_text(gum)));
  text +=
      line_of("GUM", fmt::format("y = {}, u = {}, ν = {}, U = {}", estimate_text(gum.value, u / 10), number_text(u, 3),
                                 calibration::degrees_of_freedom_text(gum.effective_degrees_of_freedom),
                                 number_text(gum.expanded_uncertainty, 3)));
  return text;
}

// Which number belongs on the certificate when the methods differ (JCGM 101:2008 clause 8).
std::string verdict_lines(const UncertaintyEvaluation& evaluation, std::size_t k, bool colours) {
  const std::optional<Validation>& first = evaluation.validation[k];
  const std::optional<Validation>& second = evaluation.second_order_validation[k];
  if (!first && !second) return "";
  const auto differences = [](const Validation& validation) {
    return fmt::format("d = {}, {}; δ = {}", number_text(validation.d_low, 2), number_text(validation.d_high, 2),
                       number_text(validation.tolerance, 2));
  };
  if (first && first->gum_valid) {
    return line_of(tr("validation"), coloured(tr("GUM and Monte Carlo agree"), Colour::green, colours) + " (" +
                                         differences(*first) + ")");
  }
  std::string text;
  if (first) {
    text += line_of(tr("validation"),
                    coloured(tr("GUM and Monte Carlo differ: trust Monte Carlo"), Colour::yellow, colours) + " (" +
                        differences(*first) + ")");
  }
  const bool bent = second && std::fabs(evaluation.second_order[k].second_order_part) >
                                  0.05 * evaluation.second_order[k].standard_uncertainty;
  if (bent) {
    text += line_of("", (second->gum_valid ? tr("with second-order terms the GUM agrees")
                                           : tr("with second-order terms the GUM differs too")) +
                            " (" + differences(*second) + ")");
  }
  return text;
}

// What several outputs are together: their correlations, and how far a region that holds all of them reaches
// (JCGM 102:2011 6.5).
std::string joint_lines(const UncertaintyEvaluation& evaluation) {
  std::vector<std::vector<TableCell>> rows;
  std::vector<std::string> headings{tr("correlation")};
  for (std::size_t i = 0; i < evaluation.outputs.size(); ++i) {
    headings.push_back(evaluation.outputs[i]);
    std::vector<TableCell> row{{evaluation.outputs[i]}};
    for (std::size_t j = 0; j < evaluation.outputs.size(); ++j) {
      row.push_back(
          {fmt::format("{:.3f}", evaluation.correlation(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)))});
    }
    rows.push_back(std::move(row));
  }
  std::vector<bool> right(headings.size(), true);
  right[0] = false;
  std::string text = table_text(headings, rows, right, false);
  // For normal outputs only: few degrees of freedom reach further.
  for (const BudgetResult& result : evaluation.gum) {
    if (result.effective_degrees_of_freedom < 100) return text;
  }
  const int outputs = static_cast<int>(evaluation.outputs.size());
  const double p = evaluation.coverage_probability;
  return text +
         fmt::format(
             fmt::runtime(tr("all outputs together, {:.4g} %, normal: each within {:.2f} u, or the ellipsoid of "
                             "factor {:.2f}")),
             100 * p, calibration::bonferroni_factor(p, outputs), calibration::ellipsoid_factor(p, outputs)) +
         "\n";
}

}  // namespace

std::string uncertainty_text(const UncertaintyEvaluation& evaluation, bool colours) {
  std::string text;
  if (!evaluation.title.empty()) text += coloured(evaluation.title, Colour::bold, colours) + "\n\n";
  for (std::size_t k = 0; k < evaluation.outputs.size(); ++k) {
    const std::string& unit = evaluation.units[k];
    text += coloured(evaluation.outputs[k] + (unit.empty() ? "" : " [" + base::display_unit(unit) + "]"), Colour::bold,
                     colours) +
            "\n";
    if (!evaluation.gum.empty()) {
      text += budget_table(evaluation.gum[k], colours) + "\n" + gum_lines(evaluation.gum[k], unit, colours);
    }
    // Only where it says something.
    const bool bent = !evaluation.second_order.empty() && std::fabs(evaluation.second_order[k].second_order_part) >
                                                              0.05 * evaluation.second_order[k].standard_uncertainty;
    if (bent || (evaluation.gum.empty() && !evaluation.second_order.empty())) {
      const calibration::SecondOrderResult& second = evaluation.second_order[k];
      text += line_of(tr("second order"), fmt::format("u = {}", number_text(second.standard_uncertainty, 3)));
    }
    if (evaluation.monte_carlo) {
      const calibration::MonteCarloOutput& output = evaluation.monte_carlo->outputs[k];
      const double u = output.standard_uncertainty;
      const double place = (std::isfinite(u) ? u : output.symmetric.length()) / 10;
      text += line_of(tr("Monte Carlo"), fmt::format(fmt::runtime(tr("y = {}, u = {}, {} trials, seed {}")),
                                                     estimate_text(output.mean, place), number_text(u, 3),
                                                     evaluation.monte_carlo->trials, evaluation.monte_carlo->seed));
      text += line_of("", fmt::format(fmt::runtime(tr("{:.4g} % intervals: symmetric {}, shortest {}")),
                                      100 * evaluation.coverage_probability,
                                      interval_text(output.symmetric.lower, output.symmetric.upper, place),
                                      interval_text(output.shortest.lower, output.shortest.upper, place)));
    }
    text += verdict_lines(evaluation, k, colours) + "\n";
  }

  if (evaluation.outputs.size() > 1) {
    text += joint_lines(evaluation) + "\n";
  }

  const auto note = [&](const std::string& what) {
    text += wrapped(tr("note") + ": " + what, terminal_width(STDOUT_FILENO), 2) + "\n";
  };
  if (!evaluation.gum_refusal.empty()) note(tr("no result by the GUM's method: ") + evaluation.gum_refusal);
  if (!evaluation.second_order_refusal.empty()) note(tr("no second-order result: ") + evaluation.second_order_refusal);
  if (evaluation.monte_carlo) {
    for (const std::string& what : evaluation.monte_carlo->notes)
      note(what);
  }
  for (const BudgetResult& result : evaluation.gum) {
    if (result.zero_uncertainty) {
      note(fmt::format(fmt::runtime(tr("no input's uncertainty reaches {} in first order")), result.output));
    }
    if (result.correlated_degrees_of_freedom) {
      note(fmt::format(fmt::runtime(tr("{}: correlated inputs count once in the effective degrees of freedom")),
                       result.output));
    }
  }
  if (!evaluation.non_smooth.empty()) {
    note(
        fmt::format(fmt::runtime(tr("the model uses {}, which is not smooth: first-order propagation is doubtful where "
                                    "it bends")),
                    fmt::format("{}", fmt::join(evaluation.non_smooth, ", "))));
  }
  if (!evaluation.unused_inputs.empty()) {
    note(fmt::format(fmt::runtime(tr("no output depends on {}")),
                     fmt::format("{}", fmt::join(evaluation.unused_inputs, ", "))));
  }
  return text;
}

}  // namespace etalon::app
