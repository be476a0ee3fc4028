#include "calibration/curve/curve_fit_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace etalon::calibration {

using Json = nlohmann::ordered_json;

namespace {

Json number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json vector_json(const Eigen::VectorXd& values) {
  Json json = Json::array();
  for (const double value : values)
    json.push_back(value);
  return json;
}

// A value that was refused is null beside the reason.
Json value_json(const char* given_name, double given, const char* found_name, double found, const CurvePrediction& p) {
  if (!p.refusal.empty()) {
    return {{given_name, given},
            {found_name, nullptr},
            {"standard_uncertainty", nullptr},
            {"extrapolated", nullptr},
            {"refused", p.refusal}};
  }
  return {{given_name, given},
          {found_name, found},
          {"standard_uncertainty", p.standard_uncertainty},
          {"extrapolated", p.extrapolated}};
}

}  // namespace

std::string curve_fit_to_json(const CurveFit& fit, const std::vector<CurvePrediction>& predictions,
                              const std::vector<CurvePrediction>& inversions) {
  Json parameters = Json::array();
  for (Eigen::Index k = 0; k < fit.parameters.size(); ++k) {
    parameters.push_back({{"name", fit.parameter_names[static_cast<std::size_t>(k)]},
                          {"value", fit.parameters(k)},
                          {"standard_uncertainty", std::sqrt(fit.covariance(k, k))}});
  }
  Json covariance = Json::array();
  for (Eigen::Index k = 0; k < fit.covariance.rows(); ++k)
    covariance.push_back(vector_json(fit.covariance.row(k)));
  Json json{{"curve", fit.name},
            {"formula", fit.formula},
            {"method", to_string(fit.method)},
            {"parameters", parameters},
            {"covariance", covariance},
            {"chi_squared", number_or_null(fit.chi_squared)},
            {"chi_squared_p_value", number_or_null(chi_squared_p_value(fit))},
            {"degrees_of_freedom", fit.degrees_of_freedom},
            {"residual_standard_deviation", number_or_null(fit.residual_standard_deviation)},
            {"covariance_convention", to_string(fit.covariance_convention)},
            {"residuals", vector_json(fit.residuals)},
            {"domain", {fit.smallest_x, fit.largest_x}}};
  if (fit.largest_weighted_deviation) json["largest_weighted_deviation"] = *fit.largest_weighted_deviation;
  Json list = Json::array();
  for (const CurvePrediction& p : predictions)
    list.push_back(value_json("x", p.x, "y", p.y, p));
  json["predictions"] = list;
  list = Json::array();
  for (const CurvePrediction& p : inversions)
    list.push_back(value_json("y", p.y, "x", p.x, p));
  json["inversions"] = list;
  json["notes"] = fit.notes;
  return json.dump(2) + "\n";
}

}  // namespace etalon::calibration
