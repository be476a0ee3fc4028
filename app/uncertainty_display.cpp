#include "app/uncertainty_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/budget_table.h"
#include "app/interval_text.h"
#include "app/terminal.h"
#include "base/decimal.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/uncertainty/coverage_factor.h"
#include "calibration/uncertainty/coverage_region.h"

namespace etalon::app {

using base::tr;
using calibration::Agreement;
using calibration::BudgetResult;
using calibration::CoverageFactorOrigin;
using calibration::UncertaintyEvaluation;
using calibration::Validation;

namespace {

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

// Both ends of an interval to the place of the second digit of u; not broken at the blank.
std::string interval_text(double lower, double upper, double uncertainty) {
  return "[" + estimate_text(lower, uncertainty) + ",\u00a0" + estimate_text(upper, uncertainty) + "]";
}

// Under a label, broken into lines of the terminal's width. The beginning may have a colour.
class Lines {
 public:
  Lines(bool colours, int columns) : colours_(colours), columns_(columns) {}
  std::string operator()(const std::string& label, const std::string& text) const {
    return (*this)(label, "", Colour::none, text);
  }
  std::string operator()(const std::string& label, const std::string& head, Colour colour,
                         const std::string& text) const {
    // Blanks in the head and within intervals stay together.
    std::string kept = head;
    replace(kept, " ", "\u00a0");
    std::string lines = wrapped("\u00a0\u00a0" + fixed_label(label) + kept + text, columns_, label_width + 2);
    replace(lines, "\u00a0", " ");
    const std::size_t place = head.empty() ? std::string::npos : lines.find(head);
    if (place != std::string::npos) lines.replace(place, head.size(), coloured(head, colour, colours_));
    return lines + "\n";
  }

 private:
  static constexpr int label_width = 22;
  static std::string fixed_label(const std::string& label) {
    std::string text = padded_right(label, label_width);
    replace(text, " ", "\u00a0");
    return text;
  }
  static void replace(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }

  bool colours_;
  int columns_;
};

std::string degrees_of_freedom_text(double degrees_of_freedom) {
  const double truncated = calibration::truncated_degrees_of_freedom(degrees_of_freedom);
  if (std::isinf(truncated)) return "inf";
  return truncated < 1e6 ? fmt::format("{:.0f}", truncated) : fmt::format("{:.1e}", truncated);
}

// "(10000.178 ± 0.016) Ω"
std::string rounded_text(const BudgetResult& gum, const std::string& unit) {
  // A power of ten that people use (…, -6, -3, 0, 3, …) where plain notation is long.
  const double size = std::max(std::fabs(gum.value), gum.expanded_uncertainty);
  const int tens = static_cast<int>(std::floor(std::log10(size) / 3)) * 3;
  const int ten = tens < -3 || gum.expanded_uncertainty >= 1e7 ? tens : 0;
  // In two steps where the power itself is out of range.
  const auto scaled = [&](double value) { return value * std::pow(10, -(ten / 2)) * std::pow(10, -(ten - ten / 2)); };
  const base::RoundedResult rounded = base::round_result(scaled(gum.value), scaled(gum.expanded_uncertainty));
  const std::string power = ten == 0 ? "" : fmt::format("·10^{}", ten);
  return with_unit("(" + rounded.value + " ± " + rounded.expanded_uncertainty + ")" + power, unit);
}

std::string gum_lines(const BudgetResult& gum, const std::string& unit, bool trusted, const Lines& line_of) {
  const double u = gum.standard_uncertainty;
  if (gum.zero_uncertainty) return line_of("GUM", with_unit("y = " + number_text(gum.value, 9), unit) + ", u = 0");
  const std::string coverage = fmt::format(fmt::runtime(tr(",  p = {:.4g} %, k = {:.2f} ({})")),
                                           100 * gum.coverage_probability, gum.coverage_factor, origin_text(gum));
  const std::string numbers =
      fmt::format("y = {}, u = {}, ν = {}, U = {}", estimate_text(gum.value, u / 10), number_text(u, 3),
                  degrees_of_freedom_text(gum.effective_degrees_of_freedom), number_text(gum.expanded_uncertainty, 3));
  const std::string rounded = rounded_text(gum, unit);
  if (!trusted) return line_of("GUM", rounded, Colour::none, coverage) + line_of("", numbers);
  return line_of(tr("result"), rounded, Colour::bold, coverage) + line_of("GUM", numbers);
}

// The u that says to which place Monte Carlo's numbers are written.
double monte_carlo_uncertainty(const calibration::MonteCarloOutput& output) {
  return std::isfinite(output.standard_uncertainty) ? output.standard_uncertainty : output.symmetric.length() / 4;
}

// Monte Carlo's result as the one to report: the estimate and the probabilistically symmetric interval, which need not
// lie evenly about it.
std::string monte_carlo_result(const UncertaintyEvaluation& evaluation, std::size_t k, const Lines& line_of) {
  const calibration::MonteCarloOutput& output = *evaluation.monte_carlo_of(k);
  const calibration::MonteCarloValue& value = evaluation.monte_carlo_values[k];
  const std::string head =
      with_unit(interval_about_text(value.value, output.symmetric.lower, output.symmetric.upper), evaluation.units[k]);
  std::string rest =
      fmt::format(fmt::runtime(tr(",  p = {:.4g} % (Monte Carlo)")), 100 * evaluation.coverage_probability);
  if (value.origin != calibration::ValueOrigin::mean) {
    rest += value.mean_may_exist ? tr("; the mean is not known with these trials") : tr("; no mean");
    rest += value.origin == calibration::ValueOrigin::model ? tr(": the model's value at the estimates")
                                                            : tr(": the middle of the interval");
  } else if (!std::isfinite(output.standard_uncertainty)) {
    rest += tr("; no standard uncertainty");
  }
  return line_of(tr("result"), head, Colour::bold, rest);
}

std::string monte_carlo_lines(const UncertaintyEvaluation& evaluation, std::size_t k, const Lines& line_of) {
  const calibration::MonteCarloOutput& output = *evaluation.monte_carlo_of(k);
  const double place = monte_carlo_uncertainty(output) / 10;
  std::string intervals = fmt::format(fmt::runtime(tr("{:.4g} % intervals: symmetric {}, shortest {}")),
                                      100 * evaluation.coverage_probability,
                                      interval_text(output.symmetric.lower, output.symmetric.upper, place),
                                      interval_text(output.shortest.lower, output.shortest.upper, place));
  // Each stays with its name.
  for (std::size_t at = intervals.find(" ["); at != std::string::npos; at = intervals.find(" [", at))
    intervals.replace(at, 1, "\u00a0");
  return line_of(tr("Monte Carlo"),
                 fmt::format(fmt::runtime(tr("y = {}, u = {}, {} trials, seed {}")), estimate_text(output.mean, place),
                             number_text(output.standard_uncertainty, 3), evaluation.monte_carlo->trials,
                             evaluation.monte_carlo->seed)) +
         line_of("", intervals);
}

// Which number belongs on the certificate when the methods differ (JCGM 101:2008 clause 8).
std::string verdict_lines(const UncertaintyEvaluation& evaluation, std::size_t k, const Lines& line_of) {
  if (!evaluation.monte_carlo_meaningful[k]) {
    return line_of(tr("validation"), tr("below the resolution of double precision"), Colour::yellow, "");
  }
  const std::optional<Validation>& first = evaluation.validation[k];
  const std::optional<Validation>& second = evaluation.second_order_validation[k];
  if (!first && !second) {
    const BudgetResult* gum = evaluation.gum_of(k);
    return gum && !gum->zero_uncertainty && !evaluation.monte_carlo
               ? line_of(tr("validation"), tr("not validated: Monte Carlo was not run"), Colour::yellow, "")
               : "";
  }
  // Each d with twice its standard error.
  const auto differences = [](const Validation& validation) {
    const auto one = [](double d, double u) {
      return u > 0 ? number_text(d, 2) + "\u00a0±\u00a0" + number_text(2 * u, 1) : number_text(d, 2);
    };
    return fmt::format(" (d\u00a0=\u00a0{},\u00a0{}; δ\u00a0=\u00a0{})", one(validation.d_low, validation.u_d_low),
                       one(validation.d_high, validation.u_d_high), number_text(validation.tolerance, 2));
  };
  std::string text;
  if (first) {
    const std::string by_form =
        evaluation.exact[k] ? tr("; its distribution is known by form, no trial was needed") : "";
    switch (first->agreement) {
      case Agreement::agree:
        return line_of(tr("validation"), tr("GUM and Monte Carlo agree"), Colour::green, differences(*first) + by_form);
      case Agreement::differ:
        text += line_of(tr("validation"), tr("GUM and Monte Carlo differ: trust Monte Carlo"), Colour::yellow,
                        differences(*first) + by_form);
        break;
      case Agreement::undecided: {
        const auto trials = static_cast<double>(evaluation.monte_carlo->trials);
        const std::string more = first->more_trials < 1e6
                                     ? fmt::format(fmt::runtime(tr("; about {} might decide")),
                                                   base::format_significant(trials * first->more_trials, 1))
                                     : "";
        text += line_of(tr("validation"),
                        fmt::format(fmt::runtime(tr("not decided with {} trials")), evaluation.monte_carlo->trials),
                        Colour::yellow, differences(*first) + more + tr("; the GUM's result stands unconfirmed"));
        break;
      }
    }
  }
  const bool bent =
      first && second &&
      std::fabs(evaluation.second_order[k].second_order_part) > 0.05 * evaluation.second_order[k].standard_uncertainty;
  if (bent) {
    const std::string words = second->agreement == Agreement::agree ? tr("with second-order terms the GUM agrees")
                              : second->agreement == Agreement::differ
                                  ? tr("with second-order terms the GUM differs too")
                                  : tr("with second-order terms: not decided");
    text += line_of("", words + differences(*second));
  }
  return text;
}

// What several outputs are together: their correlations, and how far a region that holds all of them reaches
// (JCGM 102:2011 6.5).
std::string joint_lines(const UncertaintyEvaluation& evaluation, int columns) {
  // Where none exists there is nothing to show.
  const Eigen::MatrixXd& r = evaluation.correlation;
  bool any = false;
  for (Eigen::Index i = 0; i < r.rows(); ++i) {
    for (Eigen::Index j = 0; j < i; ++j)
      any = any || std::isfinite(r(i, j));
  }
  if (!any) return "";
  std::vector<std::vector<TableCell>> rows;
  std::vector<std::string> headings{evaluation.correlation_method == calibration::TrustedMethod::monte_carlo
                                        ? tr("correlation (Monte Carlo)")
                                        : tr("correlation")};
  for (std::size_t i = 0; i < evaluation.outputs.size(); ++i) {
    headings.push_back(evaluation.outputs[i]);
    std::vector<TableCell> row{{evaluation.outputs[i]}};
    for (std::size_t j = 0; j < evaluation.outputs.size(); ++j) {
      const double one = r(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
      const std::string number = std::isfinite(one) ? fmt::format("{:.3f}", one) : "-";
      row.push_back({number == "-0.000" ? "0.000" : number});
    }
    rows.push_back(std::move(row));
  }
  std::vector<bool> right(headings.size(), true);
  right[0] = false;
  std::string text = table_text(headings, rows, right, false);
  // For normal outputs only, and no claim for results that were refuted.
  if (!calibration::is_jointly_normal(evaluation)) return text;
  const int outputs = static_cast<int>(evaluation.outputs.size());
  const double p = evaluation.coverage_probability;
  return text +
         wrapped(fmt::format(fmt::runtime(tr("all outputs together, {:.4g} %, normal: each within {:.2f} u, or the "
                                             "ellipsoid of factor {:.2f}")),
                             100 * p, calibration::bonferroni_factor(p, outputs),
                             calibration::ellipsoid_factor(p, outputs)),
                 columns, 2) +
         "\n";
}

}  // namespace

std::string uncertainty_text(const UncertaintyEvaluation& evaluation, bool colours, int columns) {
  const Lines line_of(colours, columns);
  std::string text;
  if (!evaluation.title.empty()) text += coloured(evaluation.title, Colour::bold, colours) + "\n\n";
  for (std::size_t k = 0; k < evaluation.outputs.size(); ++k) {
    const std::string& unit = evaluation.units[k];
    text += coloured(evaluation.outputs[k] + (unit.empty() ? "" : " [" + base::display_unit(unit) + "]"), Colour::bold,
                     colours) +
            "\n";
    // The result to report comes first.
    const bool by_monte_carlo = evaluation.trusted[k] == calibration::TrustedMethod::monte_carlo;
    const BudgetResult* gum = evaluation.gum_of(k);
    const calibration::SecondOrderResult* second = evaluation.second_order_of(k);
    if (gum) text += budget_table(*gum, colours, columns) + "\n";
    if (by_monte_carlo) text += monte_carlo_result(evaluation, k, line_of);
    if (gum) text += gum_lines(*gum, unit, !by_monte_carlo, line_of);
    // Only where it says something.
    if (second && (!gum || std::fabs(second->second_order_part) > 0.05 * second->standard_uncertainty))
      text += line_of(tr("second order"), fmt::format("u = {}", number_text(second->standard_uncertainty, 3)));
    if (evaluation.monte_carlo_of(k)) text += monte_carlo_lines(evaluation, k, line_of);
    text += verdict_lines(evaluation, k, line_of) + "\n";
  }

  if (evaluation.outputs.size() > 1) {
    const std::string joint = joint_lines(evaluation, columns);
    if (!joint.empty()) text += joint + "\n";
  }

  const auto note = [&](const std::string& what) { text += wrapped(tr("note") + ": " + what, columns, 2) + "\n"; };
  for (std::size_t k = 0; k < evaluation.outputs.size(); ++k) {
    if (!evaluation.gum_refusals[k].empty()) note(tr("no result by the GUM's method: ") + evaluation.gum_refusals[k]);
    if (!evaluation.second_order_refusals[k].empty())
      note(tr("no second-order result: ") + evaluation.second_order_refusals[k]);
    if (!evaluation.monte_carlo_refusals[k].empty())
      note(tr("no Monte Carlo result: ") + evaluation.monte_carlo_refusals[k]);
  }
  for (const std::string& what : evaluation.notes)
    note(what);
  if (evaluation.monte_carlo) {
    for (const std::string& what : evaluation.monte_carlo->notes)
      note(what);
  }
  for (std::size_t k = 0; k < evaluation.outputs.size(); ++k) {
    if (!evaluation.gum_of(k)) continue;
    const BudgetResult& result = *evaluation.gum_of(k);
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
