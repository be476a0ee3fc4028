// to_json of uncertainty_evaluation.h.
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "calibration/uncertainty/coverage_region.h"
#include "calibration/uncertainty/uncertainty_evaluation.h"

namespace etalon::calibration {

namespace {

using Json = nlohmann::ordered_json;

// JSON has no infinity and no "not a number".
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
Json interval(double lower, double upper) {
  return Json::array({number(lower), number(upper)});
}

Json gum_json(const BudgetResult& result) {
  Json json;
  json["value"] = number(result.value);
  json["standard_uncertainty"] = number(result.standard_uncertainty);
  json["effective_degrees_of_freedom"] = number(result.effective_degrees_of_freedom);
  json["coverage_probability"] = result.coverage_probability;
  json["coverage_factor"] = number(result.coverage_factor);
  json["coverage_factor_origin"] = to_string(result.coverage_factor_origin);
  json["expanded_uncertainty"] = number(result.expanded_uncertainty);
  json["interval"] = interval(result.value - result.expanded_uncertainty, result.value + result.expanded_uncertainty);
  json["budget"] = Json::array();
  for (const BudgetLine& line : result.lines) {
    Json entry;
    entry["input"] = line.input;
    entry["value"] = number(line.estimate);
    if (!line.unit.empty()) entry["unit"] = line.unit;
    entry["standard_uncertainty"] = number(line.standard_uncertainty);
    entry["degrees_of_freedom"] = number(line.degrees_of_freedom);
    entry["distribution"] = to_string(line.distribution);
    entry["sensitivity"] = number(line.sensitivity);
    entry["contribution"] = number(std::fabs(line.contribution));
    entry["variance_share"] = number(line.variance_share);
    json["budget"].push_back(entry);
  }
  return json;
}

Json second_order_json(const SecondOrderResult& result) {
  return {{"value", number(result.value)},
          {"standard_uncertainty", number(result.standard_uncertainty)},
          {"second_order_part", number(result.second_order_part)},
          {"bias", number(result.bias)}};
}

Json monte_carlo_json(const MonteCarloResult& all, const MonteCarloOutput& output, const MonteCarloValue& value) {
  Json json;
  json["trials"] = all.trials;
  json["seed"] = all.seed;
  json["value"] = number(value.value);
  json["value_origin"] = to_string(value.origin);
  json["mean"] = number(output.mean);
  json["standard_uncertainty"] = number(output.standard_uncertainty);
  json["symmetric_interval"] = interval(output.symmetric.lower, output.symmetric.upper);
  json["shortest_interval"] = interval(output.shortest.lower, output.shortest.upper);
  json["numerical_tolerance"] = number(output.numerical_tolerance);
  if (output.interval_resolution > 0) json["interval_resolution"] = output.interval_resolution;
  if (all.adaptive) json["settled"] = all.settled;
  return json;
}

Json validation_json(const Validation& validation, double trials) {
  Json json{{"significant_digits", validation.significant_digits},
            {"tolerance", number(validation.tolerance)},
            {"d_low", number(validation.d_low)},
            {"d_high", number(validation.d_high)},
            {"u_d_low", number(validation.u_d_low)},
            {"u_d_high", number(validation.u_d_high)},
            {"verdict", to_string(validation.agreement)}};
  json["gum_valid"] = validation.agreement == Agreement::undecided ? Json(nullptr) : Json(validation.gum_valid);
  if (validation.agreement == Agreement::undecided)
    json["trials_needed"] = number(std::round(trials * validation.more_trials));
  return json;
}

}  // namespace

std::string to_json(const UncertaintyEvaluation& evaluation) {
  Json json;
  json["title"] = evaluation.title;
  json["outputs"] = Json::object();
  for (std::size_t k = 0; k < evaluation.outputs.size(); ++k) {
    Json output;
    output["unit"] = evaluation.units[k].empty() ? Json(nullptr) : Json(evaluation.units[k]);
    const std::string trusted = to_string(evaluation.trusted[k]);
    output["trusted"] = trusted.empty() ? Json(nullptr) : Json(trusted);
    if (const BudgetResult* gum = evaluation.gum_of(k)) output["gum"] = gum_json(*gum);
    if (const SecondOrderResult* second = evaluation.second_order_of(k))
      output["second_order"] = second_order_json(*second);
    if (const MonteCarloOutput* monte_carlo = evaluation.monte_carlo_of(k)) {
      output["monte_carlo"] = monte_carlo_json(*evaluation.monte_carlo, *monte_carlo, evaluation.monte_carlo_values[k]);
      output["monte_carlo"]["meaningful"] = static_cast<bool>(evaluation.monte_carlo_meaningful[k]);
    }
    const double trials = evaluation.monte_carlo ? static_cast<double>(evaluation.monte_carlo->trials) : 0;
    if (evaluation.validation[k]) {
      output["validation"] = validation_json(*evaluation.validation[k], trials);
      output["validation"]["exact"] = static_cast<bool>(evaluation.exact[k]);
    }
    if (evaluation.second_order_validation[k]) {
      output["second_order_validation"] = validation_json(*evaluation.second_order_validation[k], trials);
    }
    for (const auto& [method, refusals] : {std::pair{"gum", &evaluation.gum_refusals},
                                           {"second_order", &evaluation.second_order_refusals},
                                           {"monte_carlo", &evaluation.monte_carlo_refusals}}) {
      if (!(*refusals)[k].empty()) output["refused"][method] = (*refusals)[k];
    }
    json["outputs"][evaluation.outputs[k]] = output;
  }
  json["correlation"] = Json::array();
  for (Eigen::Index i = 0; i < evaluation.correlation.rows(); ++i) {
    Json row = Json::array();
    for (Eigen::Index j = 0; j < evaluation.correlation.cols(); ++j)
      row.push_back(number(evaluation.correlation(i, j)));
    json["correlation"].push_back(row);
  }
  const std::string method = to_string(evaluation.correlation_method);
  json["correlation_method"] = method.empty() ? Json(nullptr) : Json(method);
  if (evaluation.outputs.size() > 1 && is_jointly_normal(evaluation)) {
    const int outputs = static_cast<int>(evaluation.outputs.size());
    json["coverage_region"] = {{"coverage_probability", evaluation.coverage_probability},
                               {"ellipsoid_factor", ellipsoid_factor(evaluation.coverage_probability, outputs)},
                               {"rectangle_factor", bonferroni_factor(evaluation.coverage_probability, outputs)}};
  }
  json["notes"] = evaluation.notes;
  if (evaluation.monte_carlo) {
    for (const std::string& note : evaluation.monte_carlo->notes)
      json["notes"].push_back(note);
  }
  for (const auto* refusals :
       {&evaluation.gum_refusals, &evaluation.second_order_refusals, &evaluation.monte_carlo_refusals}) {
    for (const std::string& refusal : *refusals)
      if (!refusal.empty()) json["notes"].push_back(refusal);
  }
  return json.dump(2) + "\n";
}

}  // namespace etalon::calibration
