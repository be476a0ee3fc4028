#include "app/results_display.h"

#include <fmt/format.h>
#include <unistd.h>

#include <map>

#include "acquisition/run_file_version.h"
#include "app/terminal.h"
#include "app/verdict_colour.h"
#include "base/language.h"
#include "base/units.h"
#include "base/visible_text.h"
#include "calibration/evaluation/decision_statement.h"

namespace etalon::app {

using base::display_unit;
using base::interface_language;
using base::tr;
using calibration::EvaluatedCurve;
using calibration::EvaluatedPoint;
using calibration::Results;
using calibration::Verdict;

namespace {

std::vector<TableCell> row_of(const EvaluatedPoint& point) {
  const auto& reported = point.reported;
  const std::string value_unit = " " + display_unit(reported.value_unit);
  const std::string error_unit = " " + display_unit(reported.error_unit);
  return {{point.point.range_text},
          {reported.nominal + value_unit + (point.point.shorted ? " (" + tr("short") + ")" : "") +
           (point.attempts.size() > 1 ? "*" : "")},
          {reported.indication + value_unit},
          {reported.error + error_unit},
          {reported.expanded_uncertainty + error_unit},
          {reported.coverage_factor},
          {"±" + reported.mpe + error_unit},
          {calibration::verdict_text(point.verdict).in(interface_language()), colour_of(point.verdict)}};
}

std::string curve_line(const EvaluatedCurve& curve) {
  std::string line = fmt::format("  {}  E = b0 + b1·x", padded_left(curve.range_text, 7));
  for (const auto& parameter : curve.reported) {
    line += fmt::format("   {} = ({} ± {}) {}", parameter.name, parameter.value, parameter.expanded_uncertainty,
                        display_unit(parameter.unit));
  }
  if (curve.fit.chi_squared)
    line += fmt::format("   χ² = {:.1f} / {}", *curve.fit.chi_squared, curve.fit.degrees_of_freedom);
  return line + "\n";
}

}  // namespace

std::string verdict_counts(const Results& results) {
  std::map<Verdict, int> counts;
  for (const EvaluatedPoint& point : results.points)
    ++counts[point.verdict];
  std::string text;
  for (const auto& [verdict, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count,
                        calibration::verdict_text(verdict).in(interface_language()));
  }
  return text;
}

std::string results_text(const Results& results, bool colours) {
  std::vector<std::vector<TableCell>> rows;
  for (const EvaluatedPoint& point : results.points)
    rows.push_back(row_of(point));
  std::string text =
      coloured(base::visible_line(results.title.in(interface_language())), Colour::bold, colours) + "\n\n";
  text += table_text({tr("range"), tr("applied"), tr("indication"), tr("error"), "U", "k", tr("limit"), tr("verdict")},
                     rows, {true, true, true, true, true, true, true, false}, colours);
  for (const EvaluatedPoint& point : results.points) {
    const std::string more = calibration::attempts_text(point).in(interface_language());
    if (!more.empty()) text += "\n" + wrapped("* " + more, terminal_width(STDOUT_FILENO), 2);
  }
  text += "\n";
  const std::string rule = calibration::decision_statement(results).in(interface_language());
  text += wrapped(fmt::format("{}: {}", tr("decision rule"), rule), terminal_width(STDOUT_FILENO), 2) + "\n";
  if (!results.curves.empty()) {
    text += "\n" + coloured(tr("Calibration curves (error over applied value; ± is U)"), Colour::bold, colours) + "\n";
    for (const EvaluatedCurve& curve : results.curves)
      text += curve_line(curve);
  }
  return text;
}

std::string unsealed_note(const acquisition::RunRecord& run) {
  if (run.version >= acquisition::first_sealed_version) return "";
  return tr(
      "note: this run file is of version 1, which did not seal its inputs: what it states twice agrees, but another "
      "change of it would not be noticed");
}

}  // namespace etalon::app
