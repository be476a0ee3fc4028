#include "app/conformity_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/terminal.h"
#include "app/verdict_colour.h"
#include "base/language.h"

namespace etalon::app {

using base::interface_language;
using base::tr;
using calibration::ConformityStatement;
using calibration::RuleStatement;
using calibration::Verdict;

namespace {

// With as many digits as show `scale` to five: limits of 10 MHz that are 1 Hz apart must not both read 10000000.
std::string shown(double value, double scale) {
  int digits = 5;
  if (scale > 0 && std::fabs(value) > scale)
    digits += static_cast<int>(std::ceil(std::log10(std::fabs(value) / scale)));
  return fmt::format("{:.{}g}", value, scale > 0 ? std::min(digits, 17) : 12);
}

// Written by `text`, one number at a time.
template <class Text>
std::string interval(double lower, double upper, const Text& text) {
  if (std::isinf(lower)) return "≤ " + text(upper);
  if (std::isinf(upper)) return "≥ " + text(lower);
  if (lower > upper) return tr("none");
  return text(lower) + " … " + text(upper);
}

std::string rules_table(const ConformityStatement& statement, bool colours) {
  const bool risks = statement.question.population.has_value();
  std::vector<std::string> headings{tr("rule"), tr("accepted values"), tr("verdict")};
  std::vector<bool> right{false, false, false};
  if (risks) {
    headings.insert(headings.end(), {"PFA", "PFR", "CPFA"});
    right.insert(right.end(), {true, true, true});
  }
  const calibration::PermissibleLimits& limits = statement.question.limits;
  const double width = limits.upper - limits.lower;
  const auto accepted = [&](double value) {
    return shown(value, std::isfinite(width) ? width : statement.rules_expanded_uncertainty);
  };
  std::vector<std::vector<TableCell>> rows;
  for (const RuleStatement& r : statement.rules) {
    std::vector<TableCell> row{{calibration::to_string(r.rule)},
                               {interval(r.acceptance.lower, r.acceptance.upper, accepted)},
                               {calibration::verdict_text(r.verdict).in(interface_language()), colour_of(r.verdict)}};
    if (r.global_risk) {
      row.push_back({percent(r.global_risk->false_accept)});
      row.push_back({percent(r.global_risk->false_reject)});
      row.push_back({percent(r.global_risk->false_accept_of_accepted)});
    }
    rows.push_back(row);
  }
  return table_text(headings, rows, right, colours);
}

}  // namespace

std::string percent(double probability) {
  if (probability > 0.999999 && probability < 1) return "> 99.9999 %";
  if (probability >= 0.999) return fmt::format("{:.4f} %", 100 * probability);
  if (probability >= 0.01) return fmt::format("{:.2f} %", 100 * probability);
  return fmt::format("{:.2g} %", 100 * probability);
}

std::string conformity_text(const ConformityStatement& statement, bool colours, int width) {
  const auto& question = statement.question;
  const auto line = [&](const std::string& label, const std::string& value) {
    return wrapped(padded_right(label, 31) + value, width, 31) + "\n";
  };
  std::string text =
      line(tr("value"), fmt::format("{}", question.value)) +
      line("U", fmt::format("{} (k = {})", question.expanded_uncertainty, question.coverage_factor)) +
      (statement.rules_expanded_uncertainty == question.expanded_uncertainty
           ? ""
           : line(tr("U for the rules"), fmt::format(fmt::runtime(tr("{:.6g} (k = 2, since they mean about 95 %)")),
                                                     statement.rules_expanded_uncertainty))) +
      line(tr("limits"), interval(question.limits.lower, question.limits.upper,
                                  [](double value) { return fmt::format("{}", value); })) +
      line(tr("probability of conformance"), percent(statement.conformance_probability)) +
      line(tr("probability of nonconformance"), percent(statement.nonconformance_probability));
  if (statement.posterior) {
    text += line(tr("items before the measurement"),
                 fmt::format(fmt::runtime(tr("mean {}, standard deviation {:.5g}, in tolerance {}")),
                             shown(question.population->mean, question.population->standard_deviation),
                             question.population->standard_deviation,
                             percent(statement.rules.front().global_risk->in_tolerance)));
    text += line(
        tr("this item, both together"),
        fmt::format(fmt::runtime(tr("mean {}, standard deviation {:.5g}, conformance {}")),
                    shown(statement.posterior->mean, statement.posterior->standard_deviation),
                    statement.posterior->standard_deviation, percent(*statement.posterior_conformance_probability)));
  }
  if (statement.guard_band) {
    text += line(fmt::format(fmt::runtime(tr("guard band for PFA <= {}")), percent(question.accepted_risk)),
                 fmt::format("{:.6g} ({:.4g} U)", *statement.guard_band,
                             *statement.guard_band / statement.rules_expanded_uncertainty));
  }
  text += "\n" + rules_table(statement, colours) + "\n";
  if (question.population) {
    text += wrapped(tr("PFA: probability that an item does not conform and is accepted. PFR: that it conforms and is "
                       "rejected. CPFA: that an accepted item does not conform."),
                    width, 2) +
            "\n";
  }
  for (const RuleStatement& r : statement.rules)
    text += wrapped(calibration::decision_rule_text(r.rule).in(interface_language()), width, 2) + "\n";
  return text;
}

}  // namespace etalon::app
