#include "calibration/evaluation/evaluation_rules.h"

#include <fmt/format.h>

#include "base/language.h"
#include "base/toml.h"
#include "calibration/model/expression.h"

namespace etalon::calibration {

using base::tr;

using base::TomlTable;

namespace {

FurtherInput further_input(const std::string& name, const TomlTable& table, const std::string& unit) {
  FurtherInput input;
  const std::string own_unit = table.text_or("unit", unit);
  const auto number = [&](const std::string& key) { return table.quantity(key, own_unit); };
  const double value = table.has("value") ? number("value") : 0;
  try {
    if (table.has("half_width")) {
      input.quantity =
          from_limits(value, number("half_width"), parse_distribution(table.text_or("distribution", "rectangular")));
    } else {
      input.quantity = from_standard_uncertainty(value, number("standard_uncertainty"),
                                                 table.number_or("degrees_of_freedom", infinite));
    }
  } catch (const base::FileError&) {
    throw;
  } catch (const base::InputError& error) {
    throw base::FileError(table.position(), error.what());
  }
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

std::string compiled(const TomlTable& table, const std::string& key, const std::vector<std::string>& known) {
  const std::string text = table.text(key);
  try {
    Expression::parse(text).check_names(known);
  } catch (const base::InputError& error) {
    table.fail(key, error.what());
  }
  return text;
}

}  // namespace

const std::vector<std::string>& names_of_run_inputs() {
  static const std::vector<std::string> names{"indication", "resolution", "setting",     "gain",
                                              "offset",     "gain_drift", "offset_drift"};
  return names;
}

EvaluationRules parse_evaluation_rules(const std::string& procedure_text, const std::string& file_name,
                                       const std::string& unit) {
  const TomlTable root = TomlTable::parse_text(procedure_text, file_name);
  root.leave({"procedure", "roles", "settings", "environment", "settling", "wiring"});
  EvaluationRules rules;
  std::vector<std::string> known = names_of_run_inputs();
  if (const auto inputs = root.table_if_any("inputs")) {
    for (const std::string& name : inputs->keys()) {
      for (const std::string& taken : names_of_run_inputs()) {
        if (name == taken) inputs->fail(name, tr("is a name that the run itself fills in; choose another"));
      }
      rules.inputs[name] = further_input(name, inputs->table(name), unit);
      known.push_back(name);
    }
  }
  const TomlTable model = root.table("model");
  rules.error_model = compiled(model, "error", known);
  rules.error_model_shorted = rules.error_model;
  if (const auto shorted = model.table_if_any("short")) rules.error_model_shorted = compiled(*shorted, "error", known);
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
  try {
    rules.decision = parse_decision_rule(decision.text("rule"));
  } catch (const base::FileError&) {
    throw;
  } catch (const base::InputError& error) {
    decision.fail("rule", error.what());
  }
  root.finish();
  return rules;
}

}  // namespace etalon::calibration
