// `etalon conformity`.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <iostream>

#include "app/commands.h"
#include "app/conformity_display.h"
#include "app/terminal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "calibration/conformity/conformity_statement.h"

namespace etalon::app {

using base::InputError;
using base::tr;
namespace po = boost::program_options;

namespace {

std::optional<double> number(const CommandLine& line, const std::string& option) {
  if (!line.has(option)) return std::nullopt;
  const std::string given = line.text(option);
  const std::string text = given.starts_with("+") ? given.substr(1) : given;
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || !std::isfinite(value))
    throw InputError(fmt::format(fmt::runtime(tr("--{} {}: a number belongs here")), option, given));
  return value;
}

double needed(const CommandLine& line, const std::string& option) {
  const auto value = number(line, option);
  if (!value) throw InputError(fmt::format(fmt::runtime(tr("--{} is missing")), option));
  return *value;
}

calibration::PermissibleLimits limits_from(const CommandLine& line) {
  const auto lower = number(line, "lower");
  const auto upper = number(line, "upper");
  if (const auto mpe = number(line, "mpe")) {
    if (lower || upper) throw InputError(tr("--mpe stands for both limits: leave --lower and --upper away"));
    return calibration::symmetric_limits(*mpe);
  }
  if (!lower && !upper) throw InputError(tr("the limits are missing: give --lower, --upper or both, or --mpe"));
  calibration::PermissibleLimits limits;
  if (lower) limits.lower = *lower;
  if (upper) limits.upper = *upper;
  return limits;
}

// Mean and standard deviation, or the part in tolerance instead of the standard deviation.
std::optional<calibration::ItemPopulation> population_from(const CommandLine& line,
                                                           const calibration::PermissibleLimits& limits) {
  const auto mean = number(line, "prior-mean");
  const auto deviation = number(line, "prior-sd");
  const auto in_tolerance = number(line, "in-tolerance");
  if (!mean && !deviation && !in_tolerance) return std::nullopt;
  if (deviation.has_value() == in_tolerance.has_value())
    throw InputError(tr("the items before the measurement need either --prior-sd or --in-tolerance"));
  if (!mean && (std::isinf(limits.lower) || std::isinf(limits.upper)))
    throw InputError(tr("--prior-mean is missing: with a single limit there is no middle to take instead"));
  const double centre = mean.value_or((limits.lower + limits.upper) / 2);
  return calibration::normal_population(
      centre, deviation ? *deviation : calibration::population_standard_deviation(*in_tolerance, limits, centre));
}

void add_options(CommandLine& line) {
  const auto text = [] { return po::value<std::string>(); };
  line.add_options()                                                                         //
      ("value", text(), tr("the measured value or error, not rounded").c_str())              //
      ("uncertainty", text(), tr("its expanded uncertainty U").c_str())                      //
      ("coverage-factor", text(), tr("k of U (2)").c_str())                                  //
      ("degrees-of-freedom", text(), tr("probability from Student's t with these").c_str())  //
      ("lower", text(), tr("lower limit of permissible error").c_str())                      //
      ("upper", text(), tr("upper limit of permissible error").c_str())                      //
      ("mpe", text(), tr("maximum permissible error: limits on either side of 0").c_str())   //
      ("rule", text(),
       tr("simple acceptance, guard band, guard band R (w = R·U), ISO 14253-1, non-binary, JJF 1094, or all (all)")
           .c_str())                                                                                         //
      ("prior-mean", text(), tr("mean of the items before the measurement (middle of the limits)").c_str())  //
      ("prior-sd", text(), tr("their standard deviation: adds the global risks").c_str())                    //
      ("in-tolerance", text(), tr("instead of --prior-sd: the part of them in tolerance, 0.95").c_str())     //
      ("risk", text(), tr("false accept probability for the guard band (0.02)").c_str())                     //
      ("json", text(), tr("write the statement as JSON to this file (- for standard output)").c_str());
}

}  // namespace

int conformity_command(const Arguments& arguments) {
  CommandLine line(
      "etalon conformity --value Y --uncertainty U [--coverage-factor K] --lower L --upper H [--rule RULE] "
      "[--prior-mean M --prior-sd S] [--json FILE|-]",
      tr("Judges a result against limits by one decision rule or all of them, with the probabilities and risks. Exit "
         "code 0 when every rule says pass, else 1."),
      "etalon conformity --value 10.03 --uncertainty 0.02 --lower 9.9 --upper 10.1 --rule \"guard band\"");
  add_options(line);
  if (!line.parse(arguments)) return 0;
  calibration::ConformityQuestion question;
  question.value = needed(line, "value");
  question.expanded_uncertainty = needed(line, "uncertainty");
  question.coverage_factor = number(line, "coverage-factor").value_or(2);
  question.degrees_of_freedom = number(line, "degrees-of-freedom");
  question.limits = limits_from(line);
  const std::string rule = line.text("rule", "all");
  question.rules = rule == "all" ? calibration::all_decision_rules(question.limits)
                                 : std::vector{calibration::parse_decision_rule(rule)};
  question.population = population_from(line, question.limits);
  if (const auto risk = number(line, "risk")) {
    if (!question.population)
      throw InputError(tr("--risk needs the items before the measurement: --prior-sd or --in-tolerance"));
    question.accepted_risk = *risk;
  }
  const calibration::ConformityStatement statement = calibration::state_conformity(question);
  const int exit_code = statement.passes() ? 0 : 1;
  const std::string json = line.text("json");
  if (!json.empty()) base::write_file_or_standard_output(json, calibration::conformity_to_json(statement));
  if (json == "-") return exit_code;
  std::cout << conformity_text(statement, wants_colour(STDOUT_FILENO), terminal_width(STDOUT_FILENO));
  return exit_code;
}

}  // namespace etalon::app
