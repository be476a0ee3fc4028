#include "calibration/uncertainty/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/at_key.h"
#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"
#include "calibration/statistics/statistics.h"
#include "calibration/uncertainty/input_correlation.h"
#include "calibration/uncertainty/input_forms.h"
#include "calibration/uncertainty/model_inputs.h"

namespace etalon::calibration {

using base::at_key;
using base::TomlTable;
using base::tr;

namespace {

std::vector<Definition> definitions(const TomlTable& table) {
  std::vector<Definition> result;
  for (const std::string& name : table.keys()) {
    const std::string text = table.text(name);
    at_key(table, name, [&] { return Expression::parse(text); });
    result.push_back({name, text});
  }
  return result;
}

// The correlation coefficient of two series of simultaneous readings (GUM 5.2.3, equation (17)).
double correlation_of(const std::vector<double>& a, const std::vector<double>& b) {
  const Summary first = summarise(a);
  const Summary second = summarise(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += (a[i] - first.mean) * (b[i] - second.mean);
  const double scale = first.standard_deviation * second.standard_deviation * static_cast<double>(a.size() - 1);
  return scale == 0 ? 0 : std::clamp(sum / scale, -1.0, 1.0);
}

void read_correlations(const TomlTable& root, const std::map<std::string, std::vector<double>>& readings,
                       UncertaintyProblem& problem) {
  const std::vector<std::string>& names = problem.model.inputs();
  const auto n = static_cast<Eigen::Index>(names.size());
  Eigen::MatrixXd& r = problem.joint.correlation;
  r = Eigen::MatrixXd::Identity(n, n);
  Eigen::MatrixXi given = Eigen::MatrixXi::Identity(n, n);
  for (const TomlTable& table : root.tables("correlations")) {
    std::vector<std::size_t> members;
    for (const std::string& name : table.texts("inputs")) {
      const auto place = std::find(names.begin(), names.end(), name);
      if (place == names.end()) {
        const std::string nearest = base::nearest_word(name, names);
        table.fail("inputs",
                   fmt::format(fmt::runtime(nearest.empty() ? tr("'{0}' is not an input")
                                                            : tr("'{0}' is not an input: did you mean '{1}'?")),
                               name, nearest));
      }
      const auto index = static_cast<std::size_t>(place - names.begin());
      if (std::find(members.begin(), members.end(), index) != members.end()) {
        table.fail("inputs", fmt::format(fmt::runtime(tr("'{}' stands twice")), name));
      }
      if (!problem.joint.inputs[index].components.empty()) {
        table.fail("inputs", fmt::format(fmt::runtime(tr("'{}' comes with its components, which say how it is "
                                                         "correlated: a coefficient does not go with that")),
                                         name));
      }
      members.push_back(index);
    }
    if (members.size() < 2) table.fail("inputs", tr("expected at least two inputs"));
    const bool from_readings = table.has("from");
    if (from_readings == table.has("coefficient")) {
      table.fail("inputs", tr("needs either coefficient, or from = \"readings\""));
    }
    if (from_readings) {
      if (table.text("from") != "readings") table.fail("from", tr("expected \"readings\""));
      const std::size_t count = [&] {
        const auto first = readings.find(names[members[0]]);
        return first == readings.end() ? 0 : first->second.size();
      }();
      for (const std::size_t member : members) {
        const auto own = readings.find(names[member]);
        if (own == readings.end()) {
          table.fail("inputs",
                     fmt::format(fmt::runtime(tr("'{}' has no readings to take the correlation from")), names[member]));
        }
        if (own->second.size() != count) {
          table.fail("inputs",
                     fmt::format(fmt::runtime(tr("'{}' has {} readings and '{}' has {}: readings taken together "
                                                 "are as many")),
                                 names[members[0]], count, names[member], own->second.size()));
        }
      }
      problem.joint.observed_together.push_back(members);
    } else if (members.size() > 2) {
      table.fail("inputs", tr("a coefficient belongs to two inputs: give one entry for each pair"));
    }
    for (std::size_t a = 0; a < members.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        const auto i = static_cast<Eigen::Index>(members[a]);
        const auto j = static_cast<Eigen::Index>(members[b]);
        const double value = from_readings
                                 ? correlation_of(readings.at(names[members[a]]), readings.at(names[members[b]]))
                                 : table.number("coefficient");
        if (!(std::fabs(value) <= 1)) table.fail("coefficient", tr("expected a number from -1 to 1"));
        if (given(i, j) != 0) {
          table.fail("inputs", fmt::format(fmt::runtime(tr("the correlation of '{}' and '{}' is given twice")),
                                           names[members[b]], names[members[a]]));
        }
        given(i, j) = given(j, i) = 1;
        r(i, j) = r(j, i) = value;
      }
    }
  }
  if (root.has("correlations"))
    at_key(root, "correlations", [&] { return relate_inputs(problem.joint.inputs, r).matrix; });
}

}  // namespace

UncertaintyProblem read_uncertainty_problem(const std::string& text, const std::string& file_name,
                                            const OtherFile& other_file) {
  const TomlTable root = TomlTable::parse_text(text, file_name);
  // A slip such as [input] first: names that are missing for it would hide it.
  root.leave({"title", "coverage_probability", "outputs", "intermediates", "units", "inputs", "correlations"});
  root.finish();
  const std::string title = root.text_or("title", "");
  const double probability = root.number_or("coverage_probability", 0.95);
  if (!(probability > 0 && probability < 1)) {
    root.fail("coverage_probability", tr("expected a number between 0 and 1, such as 0.95"));
  }

  const TomlTable output_table = root.table("outputs");
  const std::vector<Definition> outputs = definitions(output_table);
  if (outputs.empty()) root.fail("outputs", tr("expected at least one, such as y = \"a + b\""));
  const std::optional<TomlTable> intermediate_table = root.table_if_any("intermediates");
  const std::vector<Definition> intermediates =
      intermediate_table ? definitions(*intermediate_table) : std::vector<Definition>{};

  std::vector<std::string> names;
  JointInputs joint;
  ModelUnits units;
  std::map<std::string, std::vector<double>> readings;
  bool any_unit = false;
  const std::string evaluation = evaluation_id(text, file_name, other_file);
  ModelInputs model_inputs(other_file, evaluation);
  if (const auto inputs = root.table_if_any("inputs")) {
    std::vector<TomlTable> tables;
    for (const std::string& name : inputs->keys()) {
      const TomlTable table = inputs->table(name);
      const bool from_file = table.has("from") || table.has("quantity");
      if (from_file) check_input_form(table);
      InputQuantity input =
          from_file ? model_inputs.read(table, name) : read_input_form(table, {table.text_or("unit", "")});
      input.name = name;
      if (!from_file) input.unit = table.text_or("unit", "");
      if (!from_file) model_inputs.identify(table, input);
      if (from_file && input.components.empty()) input.identity = name;  // exact
      input.description = table.local_text_or_none("description");
      if (!input.unit.empty()) {
        at_key(table, "unit", [&] { return known_unit(input.unit); });
        units.inputs[name] = input.unit;
      }
      any_unit = any_unit || !input.unit.empty();
      if (table.has("readings") && !table.has("evaluation")) readings[name] = table.numbers("readings");
      names.push_back(name);
      tables.push_back(table);
      joint.inputs.push_back(std::move(input));
    }
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (joint.inputs[i].components.empty()) model_inputs.check_own_input(tables[i], joint.inputs[i]);
    }
  }
  // A constant without a unit is a plain number, as if it stood in the formula.
  for (const InputQuantity& input : joint.inputs) {
    if (!any_unit || !input.unit.empty() || input.distribution != Distribution::constant) continue;
    units.inputs[input.name] = "";
    units.constants[input.name] = input.estimate;
  }
  if (const auto unit_table = root.table_if_any("units")) {
    for (const std::string& name : unit_table->keys()) {
      const bool is_output =
          std::any_of(outputs.begin(), outputs.end(), [&](const Definition& output) { return output.name == name; });
      if (!is_output) unit_table->fail(name, tr("is not an output; inputs carry their own unit"));
      units.outputs[name] = unit_table->text(name);
      at_key(*unit_table, name, [&] { return known_unit(units.outputs[name]); });
    }
  }

  const auto make_model = [&] {
    try {
      return MeasurementModel(outputs, names, intermediates, units);
    } catch (const DefinitionError& error) {
      const bool intermediate = intermediate_table && intermediate_table->has(error.name());
      // Names without any input to look for them in.
      const std::string what =
          root.has("inputs") ? error.what() : tr("there is no [inputs] table") + std::string("; ") + error.what();
      (intermediate ? *intermediate_table : output_table).fail(error.name(), what);
    } catch (const base::FileError&) {
      throw;
    } catch (const base::InputError& error) {
      root.fail("outputs", error.what());
    }
  };
  UncertaintyProblem problem{title, probability, make_model(), std::move(joint), evaluation, model_inputs.notes()};
  read_correlations(root, readings, problem);
  if (root.has("inputs")) at_key(root, "inputs", [&] { return quantities_behind(problem.joint.inputs, {}); });
  root.finish();
  return problem;
}

}  // namespace etalon::calibration
