#include "calibration/evaluation/evaluation_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/at_key.h"
#include "base/language.h"
#include "base/toml.h"
#include "base/units.h"
#include "calibration/uncertainty/input_forms.h"

namespace etalon::calibration {

using base::at_key;
using base::TomlTable;
using base::tr;

namespace {

constexpr std::array of_a_setting{"setting", "gain", "offset", "gain_drift", "offset_drift"};
constexpr std::array of_every_point{"indication", "resolution"};

FurtherInput further_input(const std::string& name, const TomlTable& table, const std::string& unit) {
  FurtherInput input;
  const std::string own_unit = table.text_or("unit", unit);
  at_key(table, "unit", [&] { return known_unit(own_unit); });
  // Whether 0.3 is in V or in mV is plain only when a unit stands beside it.
  input.quantity = read_input_form(table, {own_unit, table.has("unit"), 0.0});
  input.quantity.name = name;
  input.quantity.unit = own_unit;
  input.quantity.description = table.local_text_or_none("description");
  const std::string per = table.text_or("per", "point");
  if (per == "point") {
    input.per = SharedPer::point;
  } else if (per == "touch") {
    input.per = SharedPer::touch;
  } else if (per == "run") {
    input.per = SharedPer::run;
  } else {
    table.fail("per", tr("expected \"point\", \"touch\" or \"run\": for which points it is the same quantity"));
  }
  return input;
}

bool uses(const PointModel& model, const std::string& name) {
  const auto& names = model.model.inputs();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// `units` are those of every name that the model may use.
PointModel point_model(const TomlTable& table, const std::map<std::string, std::string>& units,
                       const std::string& unit) {
  const std::string text = table.text("error");
  const std::vector<std::string> without = table.texts_or_none("without");
  PointModel model = at_key(table, "error", [&] {
    const Expression expression = Expression::parse(text);
    std::vector<std::string> known;
    for (const auto& [name, unused] : units)
      known.push_back(name);
    expression.check_names(known);
    ModelUnits model_units;
    for (const std::string& name : expression.names())
      model_units.inputs[name] = units.at(name);
    model_units.outputs["error"] = difference_unit(unit);
    return PointModel{text, MeasurementModel({{"error", text}}, expression.names(), {}, model_units)};
  });
  const auto run_inputs = units_of_run_inputs(unit);
  for (const std::string& name : without) {
    if (run_inputs.count(name) == 0 || units.count(name) == 0)
      table.fail("without", fmt::format(fmt::runtime(tr("{} is nothing that the run fills in here")), name));
    if (uses(model, name))
      table.fail("without", fmt::format(fmt::runtime(tr("{} stands in the model all the same")), name));
  }
  model.position = table.position();
  model.without = without;
  return model;
}

EvaluationRules models_from(const TomlTable& root, const std::map<std::string, FurtherInput>& inputs,
                            const std::string& unit) {
  auto units = units_of_run_inputs(unit);
  for (const auto& [name, input] : inputs)
    units[name] = input.quantity.unit;
  const TomlTable model = root.table("model");
  const PointModel fed = point_model(model, units, unit);
  const auto shorted = model.table_if_any("short");
  if (!shorted) return {fed, fed};
  for (const char* name : of_a_setting)
    units.erase(name);  // nothing is set
  return {fed, point_model(*shorted, units, unit)};
}

void require_whole(const PointModel& model, const auto& names) {
  for (const char* name : names) {
    if (uses(model, name) || std::find(model.without.begin(), model.without.end(), name) != model.without.end())
      continue;
    throw base::FileError(
        model.position,
        fmt::format(fmt::runtime(tr("the model \"{0}\" does not use {1}: its value and its uncertainty would be left "
                                    "out of every result. If that is meant, say so in the model's table: without = "
                                    "[\"{1}\"]")),
                    model.expression, name));
  }
}

}  // namespace

void require_whole_models(const EvaluationRules& rules, bool fed, bool shorted) {
  if (fed) {
    require_whole(rules.fed, of_a_setting);
    require_whole(rules.fed, of_every_point);
  }
  if (shorted) require_whole(rules.shorted, of_every_point);
  for (const auto& [name, input] : rules.inputs) {
    if (uses(rules.fed, name) || uses(rules.shorted, name)) continue;
    throw base::FileError(
        rules.fed.position,
        fmt::format(
            fmt::runtime(tr("inputs.{} is used by no model: its uncertainty would be left out of every result")),
            name));
  }
}

std::string difference_unit(const std::string& unit) {
  if (!base::has_offset(unit)) return unit;
  if (unit == "degC") return "K";
  throw base::InputError(
      fmt::format(fmt::runtime(tr("a quantity in {} cannot be evaluated: its driver file must say degC or K")), unit));
}

std::map<std::string, std::string> units_of_run_inputs(const std::string& unit) {
  const std::string difference = difference_unit(unit);
  return {{"indication", unit},   {"resolution", difference}, {"setting", unit},           {"gain", "1"},
          {"offset", difference}, {"gain_drift", "1"},        {"offset_drift", difference}};
}

EvaluationRules parse_evaluation_rules(const std::string& procedure_text, const std::string& file_name,
                                       const std::string& unit) {
  const TomlTable root = TomlTable::parse_text(procedure_text, file_name);
  root.leave({"procedure", "roles", "settings", "environment", "settling", "wiring", "wiring_check"});
  std::map<std::string, FurtherInput> further;
  if (const auto inputs = root.table_if_any("inputs")) {
    const auto taken = units_of_run_inputs(unit);
    for (const std::string& name : inputs->keys()) {
      if (taken.count(name)) inputs->fail(name, tr("is a name that the run itself fills in; choose another"));
      further[name] = further_input(name, inputs->table(name), unit);
    }
  }
  EvaluationRules rules = models_from(root, further, unit);
  rules.inputs = std::move(further);
  if (const auto evaluation = root.table_if_any("evaluation")) {
    rules.coverage_probability = evaluation->number_or("coverage_probability", rules.coverage_probability);
    if (!(rules.coverage_probability > 0 && rules.coverage_probability < 1)) {
      evaluation->fail("coverage_probability", tr("expected a number between 0 and 1"));
    }
    const std::string count = evaluation->text_or("repeatability_or_resolution", "larger");
    if (count != "larger" && count != "both") {
      evaluation->fail("repeatability_or_resolution", tr("expected \"larger\" or \"both\""));
    }
    rules.repeatability_or_resolution =
        count == "both" ? RepeatabilityAndResolution::both : RepeatabilityAndResolution::larger;
    const std::string curve = evaluation->text_or("curve", "line");
    if (curve != "line" && curve != "none") evaluation->fail("curve", tr("expected \"line\" or \"none\""));
    rules.line = curve == "line";
  }
  const TomlTable decision = root.table("decision");
  rules.decision = at_key(decision, "rule", [&] { return parse_decision_rule(decision.text("rule")); });
  root.finish();
  return rules;
}

}  // namespace etalon::calibration
