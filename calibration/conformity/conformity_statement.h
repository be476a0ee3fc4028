// A whole statement of conformity for one result: verdicts by one or several rules, what they rest on, and the risks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibration/conformity/conformance_probability.h"
#include "calibration/conformity/decision_rule.h"
#include "calibration/conformity/global_risk.h"
#include "calibration/conformity/guard_band.h"

namespace etalon::calibration {

struct ConformityQuestion {
  double value = 0;  // or error, in the unit of the limits
  double expanded_uncertainty = 0;
  double coverage_factor = 2;
  std::optional<double> degrees_of_freedom;  // probability from t instead of the normal distribution
  PermissibleLimits limits;
  std::vector<DecisionRule> rules;  // at least one
  // The items this one comes from, for the global risks and for what is known besides the measurement.
  std::optional<ItemPopulation> population;
  double accepted_risk = 0.02;  // PFA to which the guard band for the population is found (ANSI/NCSL Z540.3)
};

struct RuleStatement {
  DecisionRule rule;
  Verdict verdict = Verdict::inconclusive;
  AcceptanceLimits acceptance;            // values that pass without condition
  std::optional<GlobalRisk> global_risk;  // of passing by this rule, with a population
};

struct ConformityStatement {
  ConformityQuestion question;
  double standard_uncertainty = 0;  // U/k
  // What the rules take for U: they mean about 95 %, and U with a smaller k than a normal distribution needs for that
  // (1.96) would let too much pass, so then it is 2 U/k. A larger k may come from few degrees of freedom and stays.
  double rules_expanded_uncertainty = 0;
  // From the measurement alone; without uncertainty 1 or 0, by simple acceptance.
  double conformance_probability = 0;
  double nonconformance_probability = 0;
  std::vector<RuleStatement> rules;
  // With a normal population: what measurement and population together say of this item.
  std::optional<NormalKnowledge> posterior;
  std::optional<double> posterior_conformance_probability;
  std::optional<double> guard_band;  // with a population: the w that holds PFA at accepted_risk
  bool passes() const;               // every rule says pass, without condition
};

// All rules that fit the limits: simple acceptance, guard band w = U, w = 0.83 U (ISO 14253-1), non-binary, and JJF
// 1094 with two limits.
std::vector<DecisionRule> all_decision_rules(const PermissibleLimits& limits);

// Decided on the numbers as they are, not as printed. InputError as decide(), global_risk(); k not positive.
ConformityStatement state_conformity(const ConformityQuestion& question);

// {"value", "expanded_uncertainty", "coverage_factor", "standard_uncertainty", "rules_expanded_uncertainty", "limits":
// {"lower", "upper"} (null: none), "conformance_probability", "nonconformance_probability", "distribution", "pass",
// "rules": [{"rule", "verdict", "acceptance_limits", "text": {"en", "zh"}, "global_risk": {"in_tolerance", "accepted",
// "false_accept", "false_reject", "false_accept_of_accepted"}}], "population", "posterior", "guard_band"}
std::string conformity_to_json(const ConformityStatement& statement);

}  // namespace etalon::calibration
