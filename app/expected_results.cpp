#include "app/expected_results.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "acquisition/run_setup.h"
#include "app/terminal.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/evaluation/evaluation_rules.h"
#include "calibration/evaluation/standard_on_bench.h"

namespace etalon::app {

using base::tr;
using calibration::EvaluatedPoint;

namespace {

constexpr double most_of_limit = 100;
constexpr double most_of_range = 0.01;

// The error of a rehearsed reading, which is the nominal value, is the correction with the other sign.
std::string with_other_sign(const std::string& number) {
  if (number.starts_with('-')) return number.substr(1);
  return number.find_first_of("123456789") == std::string::npos ? number : "-" + number;
}

}  // namespace

void require_believable(const calibration::Results& rehearsed) {
  for (const EvaluatedPoint& point : rehearsed.points) {
    const double expanded = point.error.expanded_uncertainty;
    const double most = std::max(most_of_range * point.point.range, 10 * (point.mpe + expanded));
    if (std::fabs(point.error.value) > most) {
      throw base::InputError(fmt::format(
          fmt::runtime(tr("point {}: for an indication equal to the nominal value {} {} the model gives an error of {} "
                          "{}: that cannot be meant. Look for a wrong sign or a missing part in the model \"error\", "
                          "and for a wrong exponent in the standard's file")),
          point.point.id, point.point.nominal, rehearsed.unit, point.error.value,
          calibration::difference_unit(rehearsed.unit)));
    }
    if (expanded <= point.point.range && (point.mpe <= 0 || expanded <= most_of_limit * point.mpe)) continue;
    throw base::InputError(fmt::format(
        fmt::runtime(
            tr("point {}: U would be at least {} {}, with a limit of {} {} in a range of {} {}: that cannot be "
               "meant. Look for a wrong prefix or exponent in the procedure's inputs and in the standard's file")),
        point.point.id, expanded, rehearsed.unit, point.mpe, rehearsed.unit, point.point.range, rehearsed.unit));
  }
}

std::string expected_results_text(const RunInputs& inputs, const calibration::Results& rehearsed) {
  std::vector<std::vector<TableCell>> rows;
  for (const EvaluatedPoint& point : rehearsed.points) {
    const auto& reported = point.reported;
    const std::string unit = " " + base::display_unit(reported.error_unit);
    rows.push_back({{point.point.id},
                    {with_other_sign(reported.error) + unit},
                    {reported.expanded_uncertainty + unit},
                    {"±" + reported.mpe + unit}});
  }
  std::string text = table_text({tr("point"), tr("correction of the standard"), tr("U, at least"), tr("limit")}, rows,
                                {false, true, true, true}, false);
  for (const auto& instrument : inputs.bench.instruments) {
    if (instrument.standard.empty()) continue;
    const std::string name = acquisition::standard_input(inputs.texts, instrument.standard);
    const auto standard = calibration::parse_standard(inputs.texts.at(name), inputs.paths.at(name));
    for (const std::string& line : calibration::not_compared(standard, instrument))
      text += "\n" + wrapped(line, terminal_width(STDOUT_FILENO), 2);
  }
  return text;
}

}  // namespace etalon::app
