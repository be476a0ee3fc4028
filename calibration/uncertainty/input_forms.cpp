#include "calibration/uncertainty/input_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/at_key.h"
#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/autocorrelation.h"
#include "calibration/statistics/linear_drift.h"
#include "calibration/statistics/range_method.h"
#include "calibration/statistics/type_a.h"

namespace etalon::calibration {

using base::at_key;
using base::TomlTable;
using base::tr;

namespace {

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

// The form's numbers in the unit of the input. A difference or an uncertainty knows no zero: 0.5 K is 0.5 degC.
class InUnit {
 public:
  InUnit(const TomlTable& table, const FormNumbers& numbers) : table_(table), numbers_(numbers) {}

  double value(const std::string& key) const {
    if (key == "value" && numbers_.value && !table_.has(key)) return *numbers_.value;
    return is_plain(key) ? table_.number(key) : table_.quantity(key, numbers_.unit);
  }
  double difference(const std::string& key) const {
    return is_plain(key) ? table_.number(key) : table_.quantity_difference(key, numbers_.unit);
  }
  std::optional<double> difference_if_any(const std::string& key) const {
    if (!table_.has(key)) return std::nullopt;
    return difference(key);
  }
  std::vector<double> readings() const {
    if (!numbers_.plain) table_.fail("readings", tr("are plain numbers: say their unit with the key unit"));
    return table_.numbers("readings");
  }

 private:
  bool is_plain(const std::string& key) const {
    return numbers_.unit.empty() || (numbers_.plain && !table_.is_text(key));
  }

  const TomlTable& table_;
  const FormNumbers& numbers_;
};

}  // namespace

void check_input_form(const TomlTable& table) {
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

InputQuantity read_input_form(const TomlTable& table, const FormNumbers& numbers) {
  check_input_form(table);
  const InUnit in_unit(table, numbers);
  const double nu = table.number_or("degrees_of_freedom", infinite);
  const auto has = [&](const char* key) { return table.has(key); };
  if (has("readings")) {
    const std::vector<double> readings = in_unit.readings();
    if (has("degrees_of_freedom") && !has("pooled_standard_deviation")) {
      table.fail("degrees_of_freedom", tr("readings have n - 1: this goes with pooled_standard_deviation alone"));
    }
    return at_key(table, "readings", [&] {
      if (has("pooled_standard_deviation")) {
        return from_readings(readings, in_unit.difference("pooled_standard_deviation"), nu);
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
      return from_standard_uncertainty(in_unit.value("value"), in_unit.difference("standard_uncertainty"), nu);
    });
  }
  if (has("expanded_uncertainty")) {
    check_stated_distribution(table, nu);
    const double value = in_unit.value("value");
    const double expanded = in_unit.difference("expanded_uncertainty");
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
    const std::optional<double> limit_uncertainty = in_unit.difference_if_any("limit_uncertainty");
    return at_key(table, has("distribution") ? "distribution" : key, [&] {
      const Distribution distribution = parse_distribution(name);
      if (has("shape") && distribution != Distribution::trapezoidal) {
        table.fail("shape", tr("belongs to distribution = \"trapezoidal\" alone"));
      }
      if (!has("shape") && distribution == Distribution::trapezoidal) {
        table.fail("distribution", tr("trapezoidal needs shape: the ratio of top to base width, from 0 to 1"));
      }
      const double lower = bounds ? in_unit.value("lower") : 0;
      const double upper = bounds ? in_unit.value("upper") : 0;
      const double value = bounds ? lower + (upper - lower) / 2 : in_unit.value("value");
      const double half_width = bounds ? (upper - lower) / 2 : in_unit.difference("half_width");
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
      if (distribution == Distribution::exponential) return from_positive_estimate(in_unit.value("value"));
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
    return at_key(table, "value", [&] { return constant(in_unit.value("value")); });
  }
  throw base::FileError(
      table.position(),
      tr("says nothing about the input: expected readings, value with standard_uncertainty, value with "
         "expanded_uncertainty, value with half_width, lower and upper, from with quantity, or value alone"));
}

}  // namespace etalon::calibration
