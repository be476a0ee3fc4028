#include "calibration/evaluation/decision_statement.h"

#include <algorithm>
#include <cmath>

#include "base/decimal.h"

namespace etalon::calibration {

base::LocalText decision_statement(const Results& results) {
  const auto any = [&](auto is) { return std::any_of(results.points.begin(), results.points.end(), is); };
  base::LocalText text = decision_rule_text(results.decision);
  const auto add = [&](const char* en, const char* zh) {
    text.en += std::string(" ") + en;
    text.zh += zh;
  };
  add("Decided with the unrounded values.", "判定采用未修约的数值。");
  if (results.decision.kind != RuleKind::simple_acceptance) {
    if (any([](const EvaluatedPoint& p) { return p.decision_expanded_uncertainty > p.error.expanded_uncertainty; })) {
      add("For results with a coverage factor below 1.95 the rule takes 2 U/k for U.",
          "包含因子小于 1.95 的结果，判定时以 2U/k 代替 U。");
    }
    if (any([](const EvaluatedPoint& p) { return !p.acceptance_limit.has_value(); })) {
      add("Where no acceptance limit is given, U is so large beside the limits that no error could pass.",
          "未给出接受限的点，其 U 相对于最大允许误差过大，任何误差均不能判为合格。");
    }
  }
  return text;
}

bool printed_numbers_contradict(const EvaluatedPoint& point) {
  if (!point.acceptance_limit) return false;
  const double error = std::fabs(base::Decimal::parse(point.reported.error).to_double());
  const double limit = base::Decimal::parse(point.reported.acceptance_limit).to_double();
  return (error <= limit) != (point.verdict == Verdict::pass);
}

}  // namespace etalon::calibration
