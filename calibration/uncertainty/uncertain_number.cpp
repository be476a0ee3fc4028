#include "calibration/uncertainty/uncertain_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/error.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/uncertainty/coverage_choice.h"

namespace etalon::calibration {

using base::tr;

namespace {

using Json = nlohmann::ordered_json;
constexpr const char* format_name = "etalon uncertain numbers";
constexpr int format_version = 1;
constexpr const char* identities_rule = "stated, or of this evaluation alone";

Json degrees_of_freedom_json(double value) {
  return std::isinf(value) ? Json(nullptr) : Json(value);
}

Json stated_json(const StatedQuantity& stated) {
  Json json{{"value", stated.value},
            {"standard_uncertainty", stated.standard_uncertainty},
            {"degrees_of_freedom", degrees_of_freedom_json(stated.degrees_of_freedom)},
            {"distribution", to_string(stated.distribution)}};
  if (stated.shape != 0) json["shape"] = stated.shape;
  if (stated.limit_uncertainty != 0) json["limit_uncertainty"] = stated.limit_uncertainty;
  if (!stated.unit.empty()) json["unit"] = stated.unit;
  if (!stated.readings.empty()) json["readings"] = stated.readings;
  return json;
}

StatedQuantity stated_from(const Json& json) {
  StatedQuantity stated;
  stated.value = json.at("value").get<double>();
  stated.standard_uncertainty = json.at("standard_uncertainty").get<double>();
  if (!json.at("degrees_of_freedom").is_null()) stated.degrees_of_freedom = json.at("degrees_of_freedom").get<double>();
  stated.distribution = parse_distribution(json.at("distribution").get<std::string>());
  stated.shape = json.value("shape", 0.0);
  stated.limit_uncertainty = json.value("limit_uncertainty", 0.0);
  stated.unit = json.value("unit", "");
  stated.readings = json.value("readings", "");
  return stated;
}

void add_component(UncertainNumber& number, const std::string& identity, const Component& part) {
  const auto [place, is_new] = number.components.emplace(identity, part);
  if (is_new) return;
  if (place->second.degrees_of_freedom != part.degrees_of_freedom) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the quantity '{}' comes with {} and with {} degrees of freedom: one quantity has one number")),
        identity, place->second.degrees_of_freedom, part.degrees_of_freedom));
  }
  place->second.contribution += part.contribution;
  if (place->second.ensemble.empty()) place->second.ensemble = part.ensemble;
}

void add_components(UncertainNumber& number, double sensitivity, const UncertainNumber& input) {
  for (const auto& [identity, part] : input.components)
    add_component(number, identity,
                  {sensitivity * part.contribution, part.degrees_of_freedom, part.ensemble, part.stated});
}

void drop_what_cancels(UncertainNumber& number) {
  std::erase_if(number.components, [](const auto& entry) { return entry.second.contribution == 0; });
}

}  // namespace

UncertainNumber to_uncertain_number(const BudgetResult& result, const std::string& unit) {
  return {.name = result.output, .unit = unit, .value = result.value, .components = result.components};
}

InputQuantity to_input(const UncertainNumber& number) {
  InputQuantity input = from_components(number.value, number.components);
  input.name = number.name;
  input.unit = number.unit;
  return input;
}

UncertainNumber in_unit(const UncertainNumber& number, const std::string& unit) {
  if (number.unit.empty()) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the unit of '{}' is not known: state units in the model that it comes from")), number.name));
  }
  UncertainNumber result = number;
  result.unit = unit;
  if (unit == number.unit) return result;
  result.value = base::convert(number.value, number.unit, unit);
  for (auto& [identity, part] : result.components)
    part.contribution = base::convert_difference(part.contribution, number.unit, unit);
  return result;
}

double standard_uncertainty(const UncertainNumber& number) {
  return standard_uncertainty(number.components);
}

double effective_degrees_of_freedom(const UncertainNumber& number) {
  return effective_degrees_of_freedom(number.components);
}

double covariance(const UncertainNumber& a, const UncertainNumber& b) {
  double sum = 0;
  for (const auto& [identity, part] : a.components) {
    const auto other = b.components.find(identity);
    if (other != b.components.end()) sum += part.contribution * other->second.contribution;
  }
  return sum;
}

std::vector<UncertainNumber> propagate(const MeasurementModel& model, const std::vector<UncertainNumber>& inputs) {
  std::vector<const UncertainNumber*> matched;
  std::vector<double> values;
  std::vector<bool> constant;
  for (const std::string& name : model.inputs()) {
    const auto found =
        std::find_if(inputs.begin(), inputs.end(), [&](const UncertainNumber& input) { return input.name == name; });
    if (found == inputs.end()) {
      throw base::InputError(fmt::format(fmt::runtime(tr("the model's input '{0}' is not given")), name));
    }
    matched.push_back(&*found);
    values.push_back(found->value);
    constant.push_back(found->components.empty());
  }
  const ModelEvaluation evaluation = model.evaluate(values, constant);
  std::vector<UncertainNumber> results;
  for (std::size_t k = 0; k < model.outputs().size(); ++k) {
    const auto row = static_cast<Eigen::Index>(k);
    UncertainNumber result{
        .name = model.outputs()[k], .unit = model.output_units()[k], .value = evaluation.values(row), .components = {}};
    for (std::size_t i = 0; i < matched.size(); ++i)
      add_components(result, evaluation.jacobian(row, static_cast<Eigen::Index>(i)), *matched[i]);
    drop_what_cancels(result);
    results.push_back(std::move(result));
  }
  return results;
}

UncertainNumber linear_combination(const std::string& name, const std::string& unit, double value,
                                   const std::vector<double>& sensitivities,
                                   const std::vector<UncertainNumber>& numbers) {
  if (sensitivities.size() != numbers.size()) throw std::logic_error("a sensitivity for each number");
  UncertainNumber result{.name = name, .unit = unit, .value = value, .components = {}};
  for (std::size_t i = 0; i < numbers.size(); ++i)
    add_components(result, sensitivities[i], numbers[i]);
  drop_what_cancels(result);
  return result;
}

BudgetResult to_budget_result(const UncertainNumber& number, double coverage_probability) {
  BudgetResult result;
  result.output = number.name;
  result.value = number.value;
  result.components = number.components;
  result.standard_uncertainty = standard_uncertainty(number);
  result.zero_uncertainty = result.standard_uncertainty == 0;
  result.effective_degrees_of_freedom = effective_degrees_of_freedom(number);
  result.coverage_probability = coverage_probability;
  CoverageFactors factors(coverage_probability);
  const Coverage coverage =
      choose_coverage({{result.standard_uncertainty, result.effective_degrees_of_freedom}}, result.standard_uncertainty,
                      result.effective_degrees_of_freedom, factors, DominanceRule::none);
  result.coverage_factor = coverage.factor;
  result.coverage_factor_origin = coverage.origin;
  result.expanded_uncertainty = coverage.factor * result.standard_uncertainty;
  return result;
}

std::string to_json(const std::vector<UncertainNumber>& numbers, const std::map<std::string, std::string>& refused) {
  Json json;
  json["format"] = format_name;
  json["version"] = format_version;
  json["identities"] = identities_rule;
  json["numbers"] = Json::array();
  for (const UncertainNumber& number : numbers) {
    Json entry;
    entry["name"] = number.name;
    entry["unit"] = number.unit.empty() ? Json(nullptr) : Json(number.unit);
    entry["value"] = number.value;
    entry["standard_uncertainty"] = standard_uncertainty(number);
    if (!number.method.empty()) entry["method"] = number.method;
    if (!number.validation.empty()) entry["validation"] = number.validation;
    entry["components"] = Json::array();
    for (const auto& [identity, part] : number.components) {
      entry["components"].push_back({{"identity", identity},
                                     {"contribution", part.contribution},
                                     {"degrees_of_freedom", degrees_of_freedom_json(part.degrees_of_freedom)}});
      if (part.stated) entry["components"].back()["quantity"] = stated_json(*part.stated);
      if (!part.ensemble.empty()) entry["components"].back()["ensemble"] = part.ensemble;
    }
    json["numbers"].push_back(entry);
  }
  for (const auto& [name, reason] : refused)
    json["refused"].push_back({{"name", name}, {"reason", reason}});
  return json.dump(2) + "\n";
}

std::map<std::string, std::string> refused_numbers(const std::string& text) {
  std::map<std::string, std::string> refused;
  const Json json = Json::parse(text);
  for (const Json& one : json.value("refused", Json::array()))
    refused.emplace(one.value("name", ""), one.value("reason", ""));
  return refused;
}

std::vector<UncertainNumber> uncertain_numbers_from_json(const std::string& text, const std::string& file_name) {
  const auto refuse = [&](const std::string& what) { throw base::InputError(file_name + ": " + what); };
  std::vector<UncertainNumber> numbers;
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != format_name) refuse(fmt::format(fmt::runtime(tr("is not a file of '{}'")), format_name));
    if (json.at("version") != format_version) {
      refuse(fmt::format(fmt::runtime(tr("has version {}: this program reads version {}")), json.at("version").dump(),
                         format_version));
    }
    for (const Json& entry : json.at("numbers")) {
      UncertainNumber number;
      number.name = entry.at("name").get<std::string>();
      if (std::any_of(numbers.begin(), numbers.end(), [&](const auto& other) { return other.name == number.name; })) {
        refuse(fmt::format(fmt::runtime(tr("'{}' stands twice")), number.name));
      }
      if (!entry.at("unit").is_null()) number.unit = entry.at("unit").get<std::string>();
      if (!number.unit.empty() && !base::is_unit(number.unit)) {
        refuse(fmt::format(fmt::runtime(tr("'{}' has the unknown unit '{}'")), number.name, number.unit));
      }
      number.value = entry.at("value").get<double>();
      number.method = entry.value("method", "");
      number.validation = entry.value("validation", "");
      for (const Json& part : entry.at("components")) {
        Component component;
        component.contribution = part.at("contribution").get<double>();
        if (!part.at("degrees_of_freedom").is_null()) {
          component.degrees_of_freedom = part.at("degrees_of_freedom").get<double>();
        }
        if (part.contains("ensemble")) component.ensemble = part.at("ensemble").get<std::string>();
        if (part.contains("quantity"))
          component.stated = std::make_shared<const StatedQuantity>(stated_from(part.at("quantity")));
        const std::string identity = part.at("identity").get<std::string>();
        if (identity.empty()) {
          refuse(fmt::format(fmt::runtime(tr("'{}' has a component without an identity")), number.name));
        }
        if (!(component.degrees_of_freedom > 0)) {
          refuse(fmt::format(fmt::runtime(tr("'{}': {} degrees of freedom: expected a positive number or null")),
                             identity, component.degrees_of_freedom));
        }
        if (!number.components.emplace(identity, component).second) {
          refuse(fmt::format(fmt::runtime(tr("'{}' has the component '{}' twice")), number.name, identity));
        }
      }
      // The sum that is written beside the components shows a file that was changed by hand or cut.
      const double stated = entry.at("standard_uncertainty").get<double>();
      const double found = standard_uncertainty(number);
      if (std::fabs(stated - found) > 1e-12 * std::max(stated, found)) {
        refuse(fmt::format(fmt::runtime(tr("'{}' states the standard uncertainty {} but its components give {}")),
                           number.name, stated, found));
      }
      numbers.push_back(std::move(number));
    }
  } catch (const nlohmann::json::exception& error) {
    refuse(error.what());
  }
  return numbers;
}

bool says_whose_identities(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  return json.is_object() && json.contains("identities") && json["identities"] == identities_rule;
}

}  // namespace etalon::calibration
