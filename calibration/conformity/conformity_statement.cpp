#include "calibration/conformity/conformity_statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
using Json = nlohmann::ordered_json;

namespace {

constexpr double least_coverage_factor = 1.95;  // 1.96, as people round it

}  // namespace

bool ConformityStatement::passes() const {
  return std::all_of(rules.begin(), rules.end(), [](const RuleStatement& r) { return r.verdict == Verdict::pass; });
}

std::vector<DecisionRule> all_decision_rules(const PermissibleLimits& limits) {
  std::vector<DecisionRule> rules{{RuleKind::simple_acceptance, 1},
                                  {RuleKind::guard_band, 1},
                                  {RuleKind::guard_band, 0.83},
                                  {RuleKind::non_binary, 1}};
  if (std::isfinite(limits.lower) && std::isfinite(limits.upper)) rules.push_back({RuleKind::jjf_1094, 1});
  return rules;
}

ConformityStatement state_conformity(const ConformityQuestion& question) {
  if (!(question.coverage_factor > 0) || std::isinf(question.coverage_factor)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the coverage factor is {}: expected a positive number")),
                                       question.coverage_factor));
  }
  if (question.rules.empty()) throw base::InputError(tr("no decision rule was chosen"));
  ConformityStatement result;
  result.question = question;
  const double u = result.standard_uncertainty = question.expanded_uncertainty / question.coverage_factor;
  const double expanded = result.rules_expanded_uncertainty =
      question.coverage_factor < least_coverage_factor ? 2 * u : question.expanded_uncertainty;
  for (const DecisionRule& rule : question.rules) {
    RuleStatement statement;
    statement.rule = rule;
    statement.verdict = decide(rule, question.value, question.limits, expanded);
    statement.acceptance = acceptance_limits(rule, question.limits, expanded);
    if (question.population)
      statement.global_risk = global_risk(*question.population, question.limits, statement.acceptance, u);
    result.rules.push_back(statement);
  }
  if (!(u > 0)) {
    const bool inside = decide({RuleKind::simple_acceptance, 1}, question.value, question.limits, 0) == Verdict::pass;
    result.conformance_probability = inside ? 1 : 0;
    result.nonconformance_probability = inside ? 0 : 1;
    return result;
  }
  if (question.degrees_of_freedom) {
    result.conformance_probability =
        conformance_probability_of_t(question.value, question.limits, u, *question.degrees_of_freedom);
    result.nonconformance_probability =
        nonconformance_probability_of_t(question.value, question.limits, u, *question.degrees_of_freedom);
  } else {
    result.conformance_probability = conformance_probability(question.value, question.limits, u);
    result.nonconformance_probability = nonconformance_probability(question.value, question.limits, u);
  }
  if (question.population) {
    result.guard_band = guard_band_for_false_accept(*question.population, question.limits, u, question.accepted_risk);
    if (question.population->shape == ItemPopulation::Shape::normal) {
      result.posterior =
          posterior({question.population->mean, question.population->standard_deviation}, question.value, u);
      result.posterior_conformance_probability =
          conformance_probability(result.posterior->mean, question.limits, result.posterior->standard_deviation);
    }
  }
  return result;
}

namespace {

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
Json interval(double lower, double upper) {
  return {{"lower", number(lower)}, {"upper", number(upper)}};
}

}  // namespace

std::string conformity_to_json(const ConformityStatement& statement) {
  const ConformityQuestion& question = statement.question;
  Json json;
  json["value"] = question.value;
  json["expanded_uncertainty"] = question.expanded_uncertainty;
  json["coverage_factor"] = question.coverage_factor;
  json["standard_uncertainty"] = statement.standard_uncertainty;
  json["rules_expanded_uncertainty"] = statement.rules_expanded_uncertainty;
  if (question.degrees_of_freedom) json["degrees_of_freedom"] = number(*question.degrees_of_freedom);
  json["limits"] = interval(question.limits.lower, question.limits.upper);
  json["conformance_probability"] = statement.conformance_probability;
  json["nonconformance_probability"] = statement.nonconformance_probability;
  json["distribution"] = question.degrees_of_freedom ? "t" : "normal";
  json["pass"] = statement.passes();
  json["rules"] = Json::array();
  for (const RuleStatement& r : statement.rules) {
    const base::LocalText text = decision_rule_text(r.rule);
    Json rule;
    rule["rule"] = to_string(r.rule);
    rule["verdict"] = to_string(r.verdict);
    rule["acceptance_limits"] = interval(r.acceptance.lower, r.acceptance.upper);
    rule["text"] = {{"en", text.en}, {"zh", text.zh}};
    if (r.global_risk) {
      rule["global_risk"] = {{"in_tolerance", r.global_risk->in_tolerance},
                             {"accepted", r.global_risk->accepted},
                             {"false_accept", r.global_risk->false_accept},
                             {"false_reject", r.global_risk->false_reject},
                             {"false_accept_of_accepted", r.global_risk->false_accept_of_accepted}};
    }
    json["rules"].push_back(rule);
  }
  if (question.population) {
    const ItemPopulation& items = *question.population;
    if (items.shape == ItemPopulation::Shape::normal) {
      json["population"] = {{"mean", items.mean}, {"standard_deviation", items.standard_deviation}};
    } else {
      json["population"] = interval(items.lower, items.upper);
    }
  }
  if (statement.posterior) {
    json["posterior"] = {{"mean", statement.posterior->mean},
                         {"standard_deviation", statement.posterior->standard_deviation},
                         {"conformance_probability", *statement.posterior_conformance_probability}};
  }
  if (statement.guard_band)
    json["guard_band"] = {{"false_accept", question.accepted_risk}, {"width", *statement.guard_band}};
  return json.dump(2) + "\n";
}

}  // namespace etalon::calibration
