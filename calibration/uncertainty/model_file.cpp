#include "calibration/uncertainty/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"
#include "calibration/statistics/autocorrelation.h"
#include "calibration/statistics/linear_drift.h"
#include "calibration/statistics/range_method.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/type_a.h"
#include "calibration/uncertainty/input_correlation.h"
#include "calibration/uncertainty/model_inputs.h"

namespace etalon::calibration {

using base::TomlTable;
using base::tr;

namespace {

// Runs `make`; what is wrong with the numbers is said with the place of `key`.
template <class Make>
auto at_key(const TomlTable& table, const std::string& key, Make make) {
  try {
    return make();
  } catch (const base::FileError&) {
    throw;
  } catch (const base::InputError& error) {
    table.fail(key, error.what());
  }
}

std::optional<double> number_if_any(const TomlTable& table, const std::string& key) {
  if (!table.has(key)) return std::nullopt;
  return table.number(key);
}

// Events counted in a number of equal intervals (JCGM 101:2008 6.4.11).
InputQuantity read_counts(const TomlTable& table, const std::string& key) {
  const long long observations = table.integer_or("observations", 1);
  if (observations < 1 || observations > 1'000'000'000)
    table.fail("observations", tr("expected a whole number of intervals, at least 1"));
  return from_counts(table.number(key), static_cast<int>(observations));
}

// A form is told by its key; these are all it may have. Two forms at once are two answers to one question, and a key
// that would be passed over is a slip.
struct Form {
  const char* key;
  std::vector<std::string> keys;
};

const std::vector<Form>& forms() {
  static const std::vector<Form> all{
      {"from", {"quantity"}},
      {"quantity", {"from"}},
      {"readings", {"pooled_standard_deviation", "degrees_of_freedom", "evaluation", "times", "at"}},
      {"count", {"observations", "distribution"}},
      {"standard_uncertainty", {"value", "degrees_of_freedom", "distribution"}},
      {"expanded_uncertainty",
       {"value", "coverage_factor", "coverage_probability", "degrees_of_freedom", "distribution"}},
      {"half_width", {"value", "distribution", "shape", "limit_uncertainty", "degrees_of_freedom"}},
      {"lower", {"upper", "distribution", "shape", "limit_uncertainty", "degrees_of_freedom"}},
      {"upper", {"lower", "distribution", "shape", "limit_uncertainty", "degrees_of_freedom"}},
      {"distribution", {"value", "observations"}},
      {"value", {}}};
  return all;
}

void check_form(const TomlTable& table) {
  std::set<std::string> of_some_form;
  for (const Form& one : forms()) {
    of_some_form.insert(one.key);
    of_some_form.insert(one.keys.begin(), one.keys.end());
  }
  const auto form = std::find_if(forms().begin(), forms().end(), [&](const Form& one) { return table.has(one.key); });
  if (form == forms().end()) return;
  for (const std::string& key : of_some_form) {
    if (!table.has(key) || key == form->key) continue;
    if (std::find(form->keys.begin(), form->keys.end(), key) == form->keys.end()) {
      if (form->keys.empty()) table.fail(key, tr("says something about an uncertainty that is not given"));
      table.fail(key, fmt::format(fmt::runtime(tr("does not go with {}: beside it stands {} (an input has one form)")),
                                  form->key, fmt::join(form->keys, ", ")));
    }
  }
}

// The distribution of a stated uncertainty is normal, or t; anything else has a form of its own.
void check_stated_distribution(const TomlTable& table, double nu) {
  if (!table.has("distribution")) return;
  at_key(table, "distribution", [&] {
    const Distribution distribution = parse_distribution(table.text("distribution"));
    if (distribution != (std::isinf(nu) ? Distribution::normal : Distribution::student_t)) {
      table.fail("distribution",
                 tr("a stated uncertainty is normal, or t with degrees_of_freedom; limits are half_width, or lower and "
                    "upper"));
    }
  });
}

// Readings that a plain mean does not do justice to.
InputQuantity read_type_a(const TomlTable& table, const std::vector<double>& readings) {
  const std::string evaluation = table.text("evaluation");
  if (evaluation != "drift" && (table.has("times") || table.has("at"))) {
    table.fail(table.has("times") ? "times" : "at", tr("belongs to evaluation = \"drift\" alone"));
  }
  TypeA result;
  if (evaluation == "mean") {
    result = type_a(readings);
  } else if (evaluation == "range") {
    result = range_method(readings);
  } else if (evaluation == "autocorrelated") {
    result = correlated_readings(readings).result;
  } else if (evaluation == "drift") {
    std::vector<double> times;
    for (std::size_t i = 0; i < readings.size(); ++i)
      times.push_back(static_cast<double>(i));
    if (table.has("times")) times = table.numbers("times");
    result = value_at(linear_drift(times, readings), number_if_any(table, "at"));
  } else {
    table.fail("evaluation", tr("expected \"mean\", \"range\", \"autocorrelated\" or \"drift\""));
  }
  return from_standard_uncertainty(result.value, result.standard_uncertainty, result.degrees_of_freedom);
}

// One of the forms of docs/uncertainty.md, told apart by the keys that are there.
InputQuantity read_form(const TomlTable& table) {
  check_form(table);
  const double nu = table.number_or("degrees_of_freedom", infinite);
  const auto has = [&](const char* key) { return table.has(key); };
  if (has("readings")) {
    const std::vector<double> readings = table.numbers("readings");
    if (has("degrees_of_freedom") && !has("pooled_standard_deviation")) {
      table.fail("degrees_of_freedom", tr("readings have n - 1: this goes with pooled_standard_deviation alone"));
    }
    return at_key(table, "readings", [&] {
      if (has("pooled_standard_deviation")) {
        return from_readings(readings, table.number("pooled_standard_deviation"), nu);
      }
      return has("evaluation") ? read_type_a(table, readings) : from_readings(readings);
    });
  }
  if (has("count")) {
    if (has("distribution") && table.text("distribution") != "gamma")
      table.fail("distribution", tr("counts have \"gamma\""));
    return at_key(table, "count", [&] { return read_counts(table, "count"); });
  }
  if (has("standard_uncertainty")) {
    check_stated_distribution(table, nu);
    return at_key(table, "standard_uncertainty", [&] {
      return from_standard_uncertainty(table.number("value"), table.number("standard_uncertainty"), nu);
    });
  }
  if (has("expanded_uncertainty")) {
    check_stated_distribution(table, nu);
    const double value = table.number("value");
    const double expanded = table.number("expanded_uncertainty");
    if (has("coverage_factor") == has("coverage_probability")) {
      table.fail("expanded_uncertainty",
                 tr("needs either coverage_factor (such as 2) or coverage_probability (such as 0.95)"));
    }
    return at_key(table, "expanded_uncertainty", [&] {
      if (has("coverage_factor")) {
        return from_certificate(value, expanded, CoverageFactor{table.number("coverage_factor")}, nu);
      }
      return from_certificate(value, expanded, CoverageProbability{table.number("coverage_probability")}, nu);
    });
  }
  const bool bounds = has("lower") || has("upper");
  if (has("half_width") || bounds) {
    const std::string key = bounds ? "lower" : "half_width";
    const std::string name = table.text_or("distribution", "rectangular");
    const double shape = table.number_or("shape", 0);
    const std::optional<double> limit_uncertainty = number_if_any(table, "limit_uncertainty");
    return at_key(table, has("distribution") ? "distribution" : key, [&] {
      const Distribution distribution = parse_distribution(name);
      if (has("shape") && distribution != Distribution::trapezoidal) {
        table.fail("shape", tr("belongs to distribution = \"trapezoidal\" alone"));
      }
      if (!has("shape") && distribution == Distribution::trapezoidal) {
        table.fail("distribution", tr("trapezoidal needs shape: the ratio of top to base width, from 0 to 1"));
      }
      const double lower = bounds ? table.number("lower") : 0;
      const double upper = bounds ? table.number("upper") : 0;
      const double value = bounds ? lower + (upper - lower) / 2 : table.number("value");
      const double half_width = bounds ? (upper - lower) / 2 : table.number("half_width");
      if (distribution == Distribution::curvilinear_trapezoidal) {
        if (!limit_uncertainty) {
          table.fail("distribution",
                     tr("curvilinear-trapezoidal needs limit_uncertainty: how well the limits are known"));
        }
        return from_uncertain_limits(value, half_width, *limit_uncertainty, nu);
      }
      if (limit_uncertainty) {
        table.fail("limit_uncertainty", tr("belongs to distribution = \"curvilinear-trapezoidal\" alone"));
      }
      return bounds ? from_bounds(lower, upper, distribution, shape, nu)
                    : from_limits(value, half_width, distribution, shape, nu);
    });
  }
  if (has("distribution")) {
    return at_key(table, "distribution", [&] {
      const Distribution distribution = parse_distribution(table.text("distribution"));
      if (distribution == Distribution::gamma) return read_counts(table, "value");
      if (has("observations")) table.fail("observations", tr("goes with counted events alone"));
      if (distribution == Distribution::exponential) return from_positive_estimate(table.number("value"));
      if (distribution == Distribution::normal || distribution == Distribution::student_t) {
        table.fail("distribution", fmt::format(fmt::runtime(tr("{} needs standard_uncertainty, or "
                                                               "expanded_uncertainty with coverage_factor")),
                                               to_string(distribution)));
      }
      table.fail("distribution",
                 fmt::format(fmt::runtime(tr("{} needs half_width, or lower and upper")), to_string(distribution)));
    });
  }
  if (has("value")) {
    return at_key(table, "value", [&] { return constant(table.number("value")); });
  }
  throw base::FileError(
      table.position(),
      tr("says nothing about the input: expected readings, value with standard_uncertainty, value with "
         "expanded_uncertainty, value with half_width, lower and upper, from with quantity, or value alone"));
}

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
      if (from_file) check_form(table);
      InputQuantity input = from_file ? model_inputs.read(table, name) : read_form(table);
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
