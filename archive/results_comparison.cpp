#include "archive/results_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/units.h"
#include "base/visible_text.h"

namespace etalon::archive {

using base::tr;
using nlohmann::json;

namespace {

// What results have had since the first version, by place (without the numbers of members). Where one is missing,
// something was taken out; of other keys the results may be older than they are.
const std::map<std::string, std::vector<std::string>> keys_of_first_version{
    {"",
     {"title", "quantity", "unit", "simulated", "begin", "end", "coverage_probability", "decision_rule", "standards",
      "environment", "points", "curves"}},
    {"/curves",
     {"range", "curve", "method", "points", "parameters", "covariance", "chi_squared", "degrees_of_freedom",
      "covariance_convention", "reported"}},
    {"/curves/parameters", {"name", "value", "standard_uncertainty"}},
    {"/curves/reported", {"name", "unit", "value", "expanded_uncertainty", "coverage_factor"}},
    {"/environment", {"quantity", "unit", "minimum", "maximum", "standard_uncertainty"}},
    {"/points",
     {"id",
      "range",
      "shorted",
      "nominal",
      "attempt",
      "readings",
      "indication",
      "repeatability",
      "reference",
      "error",
      "standard_uncertainty",
      "effective_degrees_of_freedom",
      "coverage_factor",
      "expanded_uncertainty",
      "mpe",
      "acceptance_limit",
      "verdict",
      "reported",
      "budget",
      "components"}},
    {"/points/budget",
     {"input", "identity", "unit", "value", "standard_uncertainty", "degrees_of_freedom", "distribution", "sensitivity",
      "contribution"}},
    {"/points/components", {"identity", "contribution", "degrees_of_freedom"}},
    {"/points/reported",
     {"value_unit", "error_unit", "nominal", "reference", "indication", "error", "expanded_uncertainty", "mpe",
      "acceptance_limit", "coverage_factor", "effective_degrees_of_freedom"}},
    {"/standards", {"maker", "model", "serial", "certificate", "valid_until"}},
    {"/title", {"en", "zh"}},
};

json parsed(const std::string& text) {
  std::vector<std::set<std::string>> open;
  std::string twice;
  const auto watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second && twice.empty()) {
      twice = value.get<std::string>();
    }
    return true;
  };
  json document;
  try {
    document = json::parse(text, watch);
  } catch (const json::exception& e) {
    throw base::InputError(fmt::format(fmt::runtime(tr("is no JSON: {}")), e.what()));
  }
  if (!twice.empty()) throw base::InputError(fmt::format(fmt::runtime(tr("the key \"{}\" stands in it twice")), twice));
  return document;
}

std::string shown(const json& value) {
  std::string text = base::visible_line(value.dump(-1, ' ', false, json::error_handler_t::replace));
  if (text.size() > 60) text = text.substr(0, 57) + "…";
  return text;
}

class Difference {
 public:
  std::vector<std::string> lines;

  // `place` is `kind` with the numbers of members.
  void compare(const json& archived, const json& evaluated, const std::string& place, const std::string& kind) {
    if (archived.is_object() && evaluated.is_object()) {
      for (const auto& [key, value] : archived.items()) {
        if (evaluated.contains(key)) {
          compare(value, evaluated.at(key), place + "/" + key, kind + "/" + key);
        } else {
          lines.push_back(fmt::format(fmt::runtime(tr("{} is not in the evaluation of the run")),
                                      base::visible_line(place + "/" + key)));
        }
      }
      const auto expected = keys_of_first_version.find(kind);
      if (expected == keys_of_first_version.end()) return;
      for (const std::string& key : expected->second) {
        if (!archived.contains(key) && evaluated.contains(key))
          lines.push_back(fmt::format(fmt::runtime(tr("{} is missing in the results")), place + "/" + key));
      }
    } else if (archived.is_array() && evaluated.is_array() && archived.size() == evaluated.size()) {
      for (std::size_t i = 0; i < archived.size(); ++i)
        compare(archived[i], evaluated[i], place + "/" + std::to_string(i + 1), kind);
    } else if (archived.is_array() && evaluated.is_array()) {
      lines.push_back(
          fmt::format(fmt::runtime(tr("{} has {} members, by the run {}")), place, archived.size(), evaluated.size()));
    } else if (archived != evaluated) {
      lines.push_back(
          fmt::format(fmt::runtime(tr("{} is {}, by the run {}")), place, shown(archived), shown(evaluated)));
    }
  }
};

// A member of a list whose one member stands for all; empty when there is none.
std::string member(const Words& words, std::size_t index) {
  if (words.size() == 1) return words.front();
  return index < words.size() ? words[index] : std::string();
}

// The limits and nominal values beside a quantity. Of two that have the same name neither can be chosen.
const DccQuantity* beside(const DccQuantity* quantity, std::string_view ref_type) {
  const DccQuantity* found = nullptr;
  if (!quantity) return found;
  for (const DccMetaData& data : quantity->metadata) {
    for (const DccQuantity& one : data.quantities) {
      if (!one.has_ref_type(ref_type)) continue;
      if (found) return nullptr;
      found = &one;
    }
  }
  return found;
}

Words values_of(const DccQuantity* quantity) {
  return quantity ? quantity->values : Words();
}
Words units_of(const DccQuantity* quantity) {
  return quantity ? quantity->units : Words();
}

// "0.10" and "+0.10" are not the same text, but the same statement; "0.1" states another precision.
std::string without_sign(const std::string& number) {
  return number.starts_with("-") || number.starts_with("+") ? number.substr(1) : number;
}

std::string text_of(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && object.at(key).is_string() ? object.at(key).get<std::string>()
                                                                                  : std::string();
}

std::string d_si(const std::string& unit) {
  try {
    return base::d_si_unit(unit);
  } catch (const base::Error&) {
    return unit;  // then it is no unit of a DCC either
  }
}

class DccRows {
 public:
  std::vector<std::string> lines;

  void compare(const DccDocument& dcc, const json& results) {
    same(tr("begin of the measurement"), dcc.begin_date, text_of(results, "begin"));
    same(tr("end of the measurement"), dcc.end_date, text_of(results, "end"));
    probability_ = results.is_object() && results.contains("coverage_probability") &&
                           results.at("coverage_probability").is_number()
                       ? base::Decimal::from_double(results.at("coverage_probability").get<double>()).str()
                       : std::string();
    std::vector<const DccTable*> tables;
    std::vector<const DccTable*> curves;
    for (const DccTable& table : dcc.tables) {
      // A formula alone makes a table without quantities.
      if (table.is_influence_condition || table.quantities.empty()) continue;
      const bool is_curve =
          std::find(table.ref_types.begin(), table.ref_types.end(), "etalon_curve") != table.ref_types.end();
      (is_curve ? curves : tables).push_back(&table);
    }
    const auto ranges = points_by_range(results);
    count(tr("ranges"), tables.size(), ranges.size());
    for (std::size_t i = 0; i < std::min(tables.size(), ranges.size()); ++i)
      rows(*tables[i], ranges[i].first, ranges[i].second);
    const json fitted = results.is_object() && results.contains("curves") ? results.at("curves") : json::array();
    count(tr("curves"), curves.size(), fitted.size());
    for (std::size_t i = 0; i < std::min(curves.size(), fitted.size()); ++i)
      parameters(*curves[i], fitted[i]);
    environment(dcc, results);
  }

 private:
  void same(const std::string& what, const std::string& in_dcc, const std::string& in_results) {
    if (in_dcc == in_results && !in_dcc.empty()) return;
    lines.push_back(fmt::format(fmt::runtime(tr("{}: \"{}\" in the results, \"{}\" in the DCC")), what,
                                base::visible_line(in_results), base::visible_line(in_dcc)));
  }
  void count(const std::string& what, std::size_t in_dcc, std::size_t in_results) {
    if (in_dcc == in_results) return;
    lines.push_back(
        fmt::format(fmt::runtime(tr("number of {}: {} in the results, {} in the DCC")), what, in_results, in_dcc));
  }

  // As certificates gather them: by range, in the order of the first point of each.
  static std::vector<std::pair<std::string, std::vector<json>>> points_by_range(const json& results) {
    std::vector<std::pair<std::string, std::vector<json>>> ranges;
    if (!results.is_object() || !results.contains("points")) return ranges;
    for (const json& point : results.at("points")) {
      const std::string range = text_of(point, "range");
      auto place = std::find_if(ranges.begin(), ranges.end(), [&](const auto& one) { return one.first == range; });
      if (place == ranges.end()) place = ranges.insert(ranges.end(), {range, {}});
      place->second.push_back(point);
    }
    return ranges;
  }

  void rows(const DccTable& table, const std::string& range, const std::vector<json>& points) {
    const DccQuantity* reference = table.find("basic_referenceValue");
    const DccQuantity* indication = table.find("basic_measuredValue");
    const DccQuantity* error = table.find("basic_measurementError");
    const Words freedom = values_of(table.find("etalon_effectiveDegreesOfFreedom"));
    const Words verdicts = values_of(table.find("etalon_verdict"));
    const DccUncertainty uncertainty =
        error && error->uncertainty && error->uncertainty->kind == DccUncertainty::Kind::expanded ? *error->uncertainty
                                                                                                  : DccUncertainty{};
    count(fmt::format(fmt::runtime(tr("points of the range {}")), range), values_of(error).size(), points.size());
    for (std::size_t i = 0; i < std::min(values_of(error).size(), points.size()); ++i) {
      const json& point = points[i];
      const json reported = point.contains("reported") ? point.at("reported") : json::object();
      const std::string place = fmt::format(fmt::runtime(tr("range {}, point {}")), range, i + 1);
      const auto cell = [&](const std::string& what, const Words& words, const char* key) {
        same(place + ", " + what, member(words, i), text_of(reported, key));
      };
      const auto unit = [&](const Words& words, const char* key) {
        same(place + ", " + tr("unit"), member(words, i), d_si(text_of(reported, key)));
      };
      cell(tr("nominal value"), values_of(beside(reference, "basic_nominalValue")), "nominal");
      unit(units_of(beside(reference, "basic_nominalValue")), "value_unit");
      cell(tr("reference value"), values_of(reference), "reference");
      unit(units_of(reference), "value_unit");
      cell(tr("indication"), values_of(indication), "indication");
      unit(units_of(indication), "value_unit");
      cell(tr("error"), values_of(error), "error");
      unit(units_of(error), "error_unit");
      cell("U", uncertainty.values, "expanded_uncertainty");
      cell("k", uncertainty.coverage_factors, "coverage_factor");
      same(place + ", " + tr("coverage probability"), member(uncertainty.coverage_probabilities, i), probability_);
      cell(tr("degrees of freedom"), freedom, "effective_degrees_of_freedom");
      limits(place, tr("maximum permissible error"), error, "basic_toleranceLimit", i, text_of(reported, "mpe"),
             text_of(reported, "error_unit"));
      limits(place, tr("acceptance limit"), error, "basic_acceptanceLimit", i, text_of(reported, "acceptance_limit"),
             text_of(reported, "error_unit"));
      std::string verdict = text_of(point, "verdict");
      std::replace(verdict.begin(), verdict.end(), '_', '-');
      same(place + ", " + tr("verdict"), member(verdicts, i), verdict);
      if (member(verdicts, i) == verdict) conformity(place, member(conformity_of(error), i), verdict);
    }
  }

  // Of all judgements: with a second one beside ours the words are no longer one for each point.
  static Words conformity_of(const DccQuantity* error) {
    Words words;
    if (!error) return words;
    for (const DccMetaData& data : error->metadata)
      words.insert(words.end(), data.conformity.begin(), data.conformity.end());
    return words;
  }

  // Both limits of the DCC are the half-width of the results.
  void limits(const std::string& place, const std::string& what, const DccQuantity* error, const std::string& ref_type,
              std::size_t i, const std::string& half_width, const std::string& unit) {
    const auto stated = [&](const char* side) {
      const std::string word = member(values_of(beside(error, ref_type + side)), i);
      return word == "NaN" ? std::string() : word;  // a limit that is not there
    };
    const std::string upper = stated("Upper");
    const std::string lower = stated("Lower");
    if (upper.empty() && lower.empty() && half_width.empty()) return;
    same(place + ", " + what, upper, half_width);
    same(place + ", " + what, without_sign(lower), without_sign(half_width));
    same(place + ", " + what + ", " + tr("unit"), member(units_of(beside(error, ref_type + "Upper")), i), d_si(unit));
    same(place + ", " + what + ", " + tr("unit"), member(units_of(beside(error, ref_type + "Lower")), i), d_si(unit));
  }

  // The words that the format knows; 待定 is one of the conditional ones.
  void conformity(const std::string& place, const std::string& word, const std::string& verdict) {
    const bool fits = verdict == "pass"               ? word == "pass"
                      : verdict == "fail"             ? word == "fail"
                      : verdict == "conditional-pass" ? word == "conditionalPass"
                      : verdict == "conditional-fail" ? word == "conditionalFail"
                      : verdict == "inconclusive"     ? word == "conditionalPass" || word == "conditionalFail"
                                                      : word.empty();
    if (!fits) same(place + ", " + tr("conformity"), word, verdict);
  }

  // Results give the conditions unrounded and with the standard uncertainty; certificates give minimum and maximum
  // rounded, and U with a k that is not the same in every version.
  void environment(const DccDocument& dcc, const json& results) {
    std::vector<const DccQuantity*> stated;
    for (const DccTable& table : dcc.tables) {
      for (const DccQuantity& quantity : table.quantities) {
        if (table.is_influence_condition) stated.push_back(&quantity);
      }
    }
    const json conditions =
        results.is_object() && results.contains("environment") ? results.at("environment") : json::array();
    count(tr("environmental conditions"), stated.size(), 2 * conditions.size());
    for (std::size_t i = 0; i < std::min(stated.size(), 2 * conditions.size()); ++i) {
      const json& condition = conditions[i / 2];
      const DccQuantity& quantity = *stated[i];
      const std::string what = fmt::format(fmt::runtime(tr("environment, {}")), text_of(condition, "quantity"));
      same(what + ", " + tr("unit"), member(quantity.units, 0), d_si(text_of(condition, "unit")));
      rounded(what, member(quantity.values, 0), number_of(condition, i % 2 == 0 ? "minimum" : "maximum"), 1);
      const DccUncertainty uncertainty = quantity.uncertainty.value_or(DccUncertainty{});
      const double u = number_of(condition, "standard_uncertainty");
      const std::string expanded = member(uncertainty.values, 0);
      if (u == 0 && expanded.empty()) continue;
      const std::string k = member(uncertainty.coverage_factors, 0);
      rounded(what + ", U", expanded, u * (is_decimal(k) ? base::Decimal::parse(k).to_double() : 0), 2);
    }
  }

  static double number_of(const json& object, const char* key) {
    return object.is_object() && object.contains(key) && object.at(key).is_number()
               ? object.at(key).get<double>()
               : std::numeric_limits<double>::quiet_NaN();
  }
  static bool is_decimal(const std::string& text) {
    try {
      base::Decimal::parse(text);
      return true;
    } catch (const base::Error&) {
      return false;
    }
  }

  // Whether the text is the number at its own last place, or within so many halves of it (U may be rounded up, its k
  // too).
  void rounded(const std::string& what, const std::string& in_dcc, double in_results, int halves) {
    if (is_decimal(in_dcc)) {
      const auto point = in_dcc.find('.');
      const double last_place =
          point == std::string::npos ? 1 : std::pow(10.0, -static_cast<double>(in_dcc.size() - point - 1));
      const double difference = std::abs(base::Decimal::parse(in_dcc).to_double() - in_results);
      if (difference <= 0.5000001 * halves * last_place) return;
    }
    same(what, in_dcc, fmt::format("{}", in_results));
  }

  void parameters(const DccTable& table, const json& curve) {
    const json reported = curve.is_object() && curve.contains("reported") ? curve.at("reported") : json::array();
    const std::string range = text_of(curve, "range");
    for (std::size_t i = 0; i < reported.size(); ++i) {
      const DccQuantity* quantity = i < table.quantities.size() ? &table.quantities[i] : nullptr;
      const DccUncertainty uncertainty = quantity && quantity->uncertainty ? *quantity->uncertainty : DccUncertainty{};
      const std::string place =
          fmt::format(fmt::runtime(tr("curve of the range {}, {}")), range, text_of(reported[i], "name"));
      same(place, quantity ? quantity->name.en : std::string(), text_of(reported[i], "name"));
      same(place, member(values_of(quantity), 0), text_of(reported[i], "value"));
      same(place + ", " + tr("unit"), member(units_of(quantity), 0), d_si(text_of(reported[i], "unit")));
      same(place + ", U", member(uncertainty.values, 0), text_of(reported[i], "expanded_uncertainty"));
      same(place + ", k", member(uncertainty.coverage_factors, 0), text_of(reported[i], "coverage_factor"));
    }
  }

  std::string probability_;
};

}  // namespace

std::vector<std::string> differing_results(const std::string& archived, const std::string& evaluated) {
  Difference difference;
  difference.compare(parsed(archived), parsed(evaluated), "", "");
  return std::move(difference.lines);
}

std::vector<std::string> differing_from_dcc(const DccDocument& dcc, const std::string& results) {
  DccRows rows;
  rows.compare(dcc, parsed(results));
  return std::move(rows.lines);
}

}  // namespace etalon::archive
