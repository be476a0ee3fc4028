// Results as JSON for scripts (docs/results.md): unrounded numbers, and under "reported" the certificate's texts.
#include <cmath>
#include <nlohmann/json.hpp>

#include "calibration/evaluation/evaluate.h"

namespace etalon::calibration {

using Json = nlohmann::ordered_json;

namespace {

Json finite_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
Json local(const base::LocalText& text) {
  return {{"en", text.en}, {"zh", text.zh}};
}

Json budget_json(const BudgetResult& budget) {
  Json lines = Json::array();
  for (const BudgetLine& line : budget.lines) {
    lines.push_back({{"input", line.input},
                     {"identity", line.identity},
                     {"unit", line.unit},
                     {"value", line.estimate},
                     {"standard_uncertainty", line.standard_uncertainty},
                     {"degrees_of_freedom", finite_or_null(line.degrees_of_freedom)},
                     {"distribution", to_string(line.distribution)},
                     {"sensitivity", line.sensitivity},
                     {"contribution", line.contribution}});
  }
  return lines;
}

Json components_json(const BudgetResult& result) {
  Json components = Json::array();
  for (const auto& [identity, component] : result.components) {
    components.push_back({{"identity", identity},
                          {"contribution", component.contribution},
                          {"degrees_of_freedom", finite_or_null(component.degrees_of_freedom)}});
  }
  return components;
}

Json attempts_json(const std::vector<acquisition::Attempt>& attempts) {
  Json rows = Json::array();
  for (const acquisition::Attempt& attempt : attempts) {
    rows.push_back({{"attempt", attempt.number},
                    {"cause", acquisition::to_string(attempt.cause)},
                    {"finished", attempt.finished},
                    {"day", attempt.day},
                    {"reason", attempt.reason}});
  }
  return rows;
}

Json point_json(const EvaluatedPoint& point) {
  const ReportedPoint& reported = point.reported;
  return {{"id", point.point.id},
          {"range", point.point.range_text},
          {"shorted", point.point.shorted},
          {"nominal", point.point.nominal},
          {"attempt", point.attempt},
          {"attempts", attempts_json(point.attempts)},
          {"repeated", repeated_by_choice(point)},
          {"touch", point.touch},
          {"contradicts_wiring", point.contradicts_wiring},
          {"readings", point.readings},
          {"indication", point.indication},
          {"repeatability", point.repeatability},
          {"reference", point.reference},
          {"error", point.error.value},
          {"standard_uncertainty", point.error.standard_uncertainty},
          {"effective_degrees_of_freedom", finite_or_null(point.error.effective_degrees_of_freedom)},
          {"coverage_factor", point.error.coverage_factor},
          {"expanded_uncertainty", point.error.expanded_uncertainty},
          {"mpe", point.mpe},
          {"decision_expanded_uncertainty", point.decision_expanded_uncertainty},
          {"acceptance_limit", point.acceptance_limit ? Json(*point.acceptance_limit) : Json(nullptr)},
          {"verdict", to_string(point.verdict)},
          {"reported",
           {{"value_unit", reported.value_unit},
            {"error_unit", reported.error_unit},
            {"nominal", reported.nominal},
            {"reference", reported.reference},
            {"indication", reported.indication},
            {"error", reported.error},
            {"expanded_uncertainty", reported.expanded_uncertainty},
            {"mpe", reported.mpe},
            {"acceptance_limit", reported.acceptance_limit},
            {"coverage_factor", reported.coverage_factor},
            {"effective_degrees_of_freedom", reported.degrees_of_freedom}}},
          {"budget", budget_json(point.error)},
          {"components", components_json(point.error)}};
}

Json curve_json(const EvaluatedCurve& curve, const std::vector<EvaluatedPoint>& points) {
  Json ids = Json::array();
  for (const std::size_t p : curve.points)
    ids.push_back(points[p].point.id);
  Json reported = Json::array();
  for (const ReportedParameter& parameter : curve.reported) {
    reported.push_back({{"name", parameter.name},
                        {"unit", parameter.unit},
                        {"value", parameter.value},
                        {"expanded_uncertainty", parameter.expanded_uncertainty},
                        {"coverage_factor", parameter.coverage_factor}});
  }
  const auto& covariance = curve.fit.covariance;
  return {
      {"range", curve.range_text},
      {"curve", "line"},
      {"method", to_string(curve.fit.method)},
      {"points", ids},
      {"parameters",
       {{{"name", "b0"},
         {"value", curve.intercept.value},
         {"standard_uncertainty", curve.intercept.standard_uncertainty}},
        {{"name", "b1"}, {"value", curve.slope.value}, {"standard_uncertainty", curve.slope.standard_uncertainty}}}},
      {"covariance", {{covariance(0, 0), covariance(0, 1)}, {covariance(1, 0), covariance(1, 1)}}},
      {"chi_squared", curve.fit.chi_squared ? Json(*curve.fit.chi_squared) : Json(nullptr)},
      {"degrees_of_freedom", curve.fit.degrees_of_freedom},
      {"covariance_convention", to_string(curve.fit.covariance_convention)},
      {"reported", reported}};
}

}  // namespace

std::string results_to_json(const Results& results) {
  Json json{{"title", local(results.title)},
            {"quantity", results.quantity},
            {"unit", results.unit},
            {"simulated", results.simulated},
            {"sealed", results.sealed},
            {"begin", results.begin},
            {"end", results.end},
            {"timezone", results.calendar.timezone()},
            {"coverage_probability", results.coverage_probability},
            {"decision_rule", to_string(results.decision)}};
  Json standards = Json::array();
  for (const Standard& standard : results.standards) {
    standards.push_back({{"maker", standard.maker},
                         {"model", standard.model},
                         {"serial", standard.serial},
                         {"certificate", standard.certificate_number},
                         {"valid_until", standard.valid_until}});
  }
  json["standards"] = standards;
  Json environment = Json::array();
  for (const EnvironmentRange& range : results.environment) {
    environment.push_back({{"quantity", range.quantity},
                           {"unit", range.unit},
                           {"minimum", range.minimum},
                           {"maximum", range.maximum},
                           {"standard_uncertainty", range.standard_uncertainty},
                           {"coverage_factor", range.coverage_factor},
                           {"uncertainty_from", to_string(range.origin)},
                           {"uncertainty_source", range.source}});
  }
  json["environment"] = environment;
  Json points = Json::array();
  for (const EvaluatedPoint& point : results.points)
    points.push_back(point_json(point));
  json["points"] = points;
  Json curves = Json::array();
  for (const EvaluatedCurve& curve : results.curves)
    curves.push_back(curve_json(curve, results.points));
  json["curves"] = curves;
  return json.dump(2) + "\n";
}

}  // namespace etalon::calibration
