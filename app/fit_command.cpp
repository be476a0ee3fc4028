// `etalon fit`: a calibration curve from a table of points.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <utility>

#include "app/column_unit.h"
#include "app/commands.h"
#include "app/csv_table.h"
#include "app/fit_display.h"
#include "app/fit_options.h"
#include "app/fit_plot.h"
#include "app/terminal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/curve/common_error.h"
#include "calibration/curve/curve_fit_json.h"
#include "calibration/curve/curve_units.h"
#include "calibration/curve/fit_curve.h"

namespace etalon::app {

using base::InputError;
using base::tr;
namespace po = boost::program_options;

namespace {

// What looks like a unit, but stands in no form that says so, is not guessed at and not passed over.
void refuse_unit_word(const std::string& heading, const std::string& like) {
  const std::string word = unit_word_of_heading(heading, like);
  if (word.empty()) return;
  throw InputError(fmt::format(fmt::runtime(tr("'{}' has '{}' in its header, in no form that says a unit: expected the "
                                               "name and behind it the unit, as \"T / degC\" or \"T (degC)\"")),
                               heading, word));
}

// Standard uncertainties: a column of the table by its name, or one number for all points, in the unit of `values`, the
// column that they belong to, or the one that the curve needs where that has none. A column in another unit is brought
// to that.
Eigen::VectorXd uncertainties_from(const CsvTable& table, const std::string& text, const std::string& values,
                                   const std::string& needed) {
  double number = 0;
  const bool is_column = std::any_of(table.header.begin(), table.header.end(),
                                     [&](const CsvCell& heading) { return heading.text == text; });
  if (!is_column && is_number(text, number))
    return Eigen::VectorXd::Constant(static_cast<Eigen::Index>(table.rows.size()), number);
  const std::size_t column = table.column(text);
  Eigen::VectorXd u = table.uncertainties(column);
  const HeadingUnit values_unit = unit_of_heading(table.header[table.column(values)].text, needed);
  const std::string of_values = values_unit.written.empty() ? needed : values_unit.unit;
  const HeadingUnit own_unit = unit_of_heading(table.header[column].text, of_values);
  if (own_unit.written.empty() && !of_values.empty()) refuse_unit_word(table.header[column].text, of_values);
  const std::string own = own_unit.unit;
  if (own.empty() || of_values.empty() || own == of_values) return u;
  for (double& one : u)
    one = base::convert_difference(one, own, of_values);
  return u;
}

// The unit of a column for a curve whose formula takes `needed`; what is missing is assumed, and said.
std::string unit_for_curve(const CsvTable& table, const std::string& column, const std::string& needed,
                           const std::string& curve, std::vector<std::string>& notes) {
  if (needed.empty()) return "";
  const std::string& heading = table.header[table.column(column)].text;
  const HeadingUnit found = unit_of_heading(heading, needed);
  const std::string wanted = needed == "1" ? tr("a ratio") : base::display_unit(needed);
  if (found.written.empty()) {
    refuse_unit_word(heading, needed);
    notes.push_back(fmt::format(fmt::runtime(tr("'{}' has no unit in the header: taken as {}, which {} needs")),
                                heading, wanted, curve));
    return needed;
  }
  if (found.unit.empty() || !base::convertible(found.unit, needed)) {
    throw InputError(
        fmt::format(fmt::runtime(tr("'{}' is in '{}', but {} needs {}: expected a unit of that kind behind the "
                                    "name, or none")),
                    heading, found.written, curve, wanted));
  }
  if (found.unit != needed) {
    notes.push_back(fmt::format(fmt::runtime(tr("the constants of {} are for {}: '{}' was converted; residuals, "
                                                "predictions and inverses are in the table's unit")),
                                curve, wanted, heading));
  }
  return found.unit;
}

// Each value by itself: one that is refused leaves the others, and the fit, theirs.
template <class Use>
std::vector<calibration::CurvePrediction> each_value(const std::vector<ValueWithUncertainty>& given, bool inverse,
                                                     const Use& use) {
  std::vector<calibration::CurvePrediction> found;
  for (const auto& [value, u] : given) {
    try {
      found.push_back(use(value, u));
    } catch (const InputError& error) {
      calibration::CurvePrediction refused;
      (inverse ? refused.y : refused.x) = value;
      refused.refusal = error.what();
      found.push_back(refused);
    }
  }
  return found;
}

bool any_refused(const std::vector<calibration::CurvePrediction>& list) {
  return std::any_of(list.begin(), list.end(), [](const auto& one) { return !one.refusal.empty(); });
}

calibration::CurveData data_from(const CommandLine& line, const CsvTable& table,
                                 const calibration::CurveUnits& needed) {
  calibration::CurveData data;
  data.x = table.numbers(table.column(line.text("x")));
  data.y = table.numbers(table.column(line.text("y")));
  if (line.has("ux"))
    data.standard_uncertainty_x = uncertainties_from(table, line.text("ux"), line.text("x"), needed.x);
  if (line.has("uy"))
    data.standard_uncertainty_y = uncertainties_from(table, line.text("uy"), line.text("y"), needed.y);
  if (line.has("cov-x")) data.covariance_x = read_csv_matrix(line.text("cov-x"));
  if (line.has("cov-y")) data.covariance_y = read_csv_matrix(line.text("cov-y"));
  if (line.has("cov-xy")) data.covariance_xy = read_csv_matrix(line.text("cov-xy"));
  return data;
}

void add_options(CommandLine& line) {
  const auto text = [] { return po::value<std::string>(); };
  line.positional("DATA", true);
  line.add_options()("x", text(), tr("column of x").c_str())                                      //
      ("y", text(), tr("column of y").c_str())                                                    //
      ("ux", text(), tr("standard uncertainties of x: a column, or one number for all").c_str())  //
      ("uy", text(), tr("standard uncertainties of y: a column, or one number for all").c_str())  //
      ("cov-x", text(), tr("covariance matrix of x (CSV without header)").c_str())                //
      ("cov-y", text(), tr("covariance matrix of y").c_str())                                     //
      ("cov-xy", text(), tr("covariances of x (rows) with y (columns)").c_str())                  //
      ("shared-x", text(),
       tr("standard uncertainty of an error that all x share, also that of --predict, beside --ux: U, or P% of each x")
           .c_str())  //
      ("shared-y", text(),
       tr("standard uncertainty of an error that all y share, also that of --invert, beside --uy: U, or P% of each y")
           .c_str())  //
      ("curve", text()->default_value("line"),
       tr("line, line-through-origin, polynomial:N, polynomial:auto:MAX, power, exponential, callendar-van-dusen, "
          "steinhart-hart, iso-376, spline, its-90-deviation:SUBRANGE, or \"expression: b1*(1-exp(-b2*x))\"")
           .c_str())                                                               //
      ("start", text(), tr("start values of parameters: b1=500,b2=1e-4").c_str())  //
      ("fix", text(), tr("parameters that are known: b0=0").c_str())               //
      ("covariance", text(),
       tr("iso28037 (from stated uncertainties), chi-squared-scaled, or t-inflated").c_str())     //
      ("predict", text(), tr("y at these x: X[±U],…").c_str())                                    //
      ("invert", text(), tr("x at these y: Y[±U],…").c_str())                                     //
      ("json", text(), tr("write the fit as JSON to this file (- for standard output)").c_str())  //
      ("plot", text(), tr("draw curve and residuals into this file (.svg, .png or .pdf)").c_str());
}

// What the points and the values of --predict or --invert have in common.
calibration::CommonErrors common_errors_from(const CommandLine& line,
                                             std::optional<calibration::CovarianceConvention> convention) {
  calibration::CommonErrors common;
  for (const auto& [option, error] : {std::pair{"shared-x", &common.x}, std::pair{"shared-y", &common.y}}) {
    if (!line.has(option)) continue;
    *error = parse_common_error(line.text(option), option);
    if (convention && *convention != calibration::CovarianceConvention::from_stated_uncertainties) {
      throw InputError(fmt::format(
          fmt::runtime(tr("--{} goes with the stated uncertainties alone (--covariance iso28037): the residuals do not "
                          "show an error that all points share")),
          option));
    }
  }
  return common;
}

// So that the results say what they were computed with.
void note_common_errors(const CommandLine& line, calibration::CurveFit& fit) {
  if (line.has("shared-x")) {
    fit.notes.push_back(fmt::format(
        fmt::runtime(tr("the x of all points and of predictions share an error of standard uncertainty {}")),
        line.text("shared-x")));
  }
  if (line.has("shared-y")) {
    fit.notes.push_back(
        fmt::format(fmt::runtime(tr("the y of all points and of inverses share an error of standard uncertainty {}")),
                    line.text("shared-y")));
  }
}

}  // namespace

int fit_command(const Arguments& arguments) {
  CommandLine line(
      "etalon fit DATA.csv --x COLUMN --y COLUMN [--ux …] [--uy …] [--curve CURVE] [--predict X[±U],…] "
      "[--invert Y[±U],…] [--json FILE|-] [--plot FILE]",
      tr("A calibration curve from a table of points, with the uncertainties of its parameters, of what it "
         "predicts and of its inverse."),
      "etalon fit points.csv --x t --y R --uy 0.0005 --curve callendar-van-dusen --invert 138.5±0.001");
  add_options(line);
  if (!line.parse(with_joined_numbers(arguments, {"--predict", "--invert", "--ux", "--uy", "--x", "--y"}))) return 0;
  for (const char* needed : {"x", "y"}) {
    if (!line.has(needed)) throw InputError(fmt::format(fmt::runtime(tr("--{} is missing: name a column")), needed));
  }
  calibration::CurveChoice choice = calibration::parse_curve(line.text("curve"));
  if (line.has("start")) choice.start = parse_assignments(line.text("start"), "start");
  if (line.has("fix")) choice.fixed = parse_assignments(line.text("fix"), "fix");
  std::optional<calibration::CovarianceConvention> convention;
  if (line.has("covariance")) convention = calibration::parse_covariance_convention(line.text("covariance"));
  std::vector<ValueWithUncertainty> given_x, given_y;
  if (line.has("predict")) given_x = parse_values(line.text("predict"), "predict");
  if (line.has("invert")) given_y = parse_values(line.text("invert"), "invert");
  const calibration::CommonErrors common = common_errors_from(line, convention);
  const std::string plot = line.text("plot");
  if (!plot.empty()) check_plot_name(plot);

  const CsvTable table = read_csv_table(line.text("DATA"));
  const calibration::CurveUnits needed = calibration::needed_units(choice);
  const calibration::CurveData data = calibration::with_common_errors(data_from(line, table, needed), common);
  std::vector<std::string> unit_notes;
  const calibration::CurveUnits own{unit_for_curve(table, line.text("x"), needed.x, line.text("curve"), unit_notes),
                                    unit_for_curve(table, line.text("y"), needed.y, line.text("curve"), unit_notes)};
  calibration::CurveFit fit = calibration::converted(
      calibration::fit_curve(calibration::converted(data, own, needed), choice, convention), needed, own);
  fit.notes.insert(fit.notes.end(), unit_notes.begin(), unit_notes.end());
  note_common_errors(line, fit);
  const std::vector<calibration::CurvePrediction> predictions = each_value(given_x, false, [&](double x, double u) {
    return calibration::predict_with_common_error(fit, data, common, x, u);
  });
  const std::vector<calibration::CurvePrediction> inversions = each_value(given_y, true, [&](double y, double u) {
    return calibration::invert_with_common_error(fit, data, common, y, u);
  });

  const FitNames names{table.header[table.column(line.text("x"))].text,
                       table.header[table.column(line.text("y"))].text};
  // The picture last: whatever becomes of it, the numbers are there.
  const std::string json = line.text("json");
  const std::string text = json.empty() ? "" : calibration::curve_fit_to_json(fit, predictions, inversions);
  if (!json.empty()) base::write_file_or_standard_output(json, text);
  if (json != "-") {
    std::cout << fit_text(fit, data, names, predictions, inversions, wants_colour(STDOUT_FILENO)) << std::flush;
  }
  if (!plot.empty()) write_fit_plot(plot, fit, data, names);
  const bool refused = any_refused(predictions) || any_refused(inversions);
  return static_cast<int>(refused ? base::ExitCode::undecided : base::ExitCode::done);
}

}  // namespace etalon::app
