// Decision rules: from an error, its expanded uncertainty and the limits of permissible error to a verdict. Rules take
// the numbers as computed, never as rounded for print.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "base/language.h"

namespace etalon::calibration {

enum class Verdict { pass, conditional_pass, conditional_fail, fail, inconclusive };
// "pass", "conditional pass", ... 合格, 有条件合格, 有条件不合格, 不合格, 待定.
base::LocalText verdict_text(Verdict verdict);
// "pass", "conditional_pass", "conditional_fail", "fail", "inconclusive", for JSON and records.
std::string to_string(Verdict verdict);

enum class RuleKind {
  simple_acceptance,  // ILAC-G8:09/2019 4.2.1: pass when T_L <= E <= T_U, else fail
  guard_band,         // 4.2.2: pass when T_L + w <= E <= T_U - w with w = r*U, else fail
  // 4.2.3: pass as for guard_band; conditional pass up to the limit (E = T is one); conditional fail beyond it by up to
  // w (E = T + w is one); fail further out.
  non_binary,
  // JJF 1094-2002 5.3.1.4-5.3.1.6, with MPEV half the distance of the limits: when U <= MPEV/3, as simple acceptance;
  // else pass when |E| <= MPEV - U, fail when |E| >= MPEV + U, inconclusive (待定) between. E is counted from the
  // middle.
  jjf_1094
};

struct DecisionRule {
  RuleKind kind = RuleKind::simple_acceptance;
  double guard_band_ratio = 1;  // r, for guard_band and non_binary: w = r*U
};

// "simple acceptance", "guard band", "guard band 0.83", "ISO 14253-1" (the same), "non-binary", "JJF 1094".
// Letters' case, "-", "_" and repeated blanks do not matter. InputError lists the names.
DecisionRule parse_decision_rule(const std::string& name);
std::string to_string(const DecisionRule& rule);
// What the certificate prints about the rule (ISO/IEC 17025:2017 7.8.6).
base::LocalText decision_rule_text(const DecisionRule& rule);

// Limits of permissible error in the unit of the error; one side may be infinite.
struct PermissibleLimits {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
};
// -mpe to +mpe.
PermissibleLimits symmetric_limits(double maximum_permissible_error);

// `expanded_uncertainty` at about 95 % (k close to 2), in the unit of the error. On a boundary means within 1e-9 of the
// larger of U and half the distance of two limits, and 16 units of rounding of the numbers themselves: 10.3 - 10 and
// 0.3 are the same number to a person though not to a computer. InputError: a number that is not finite (limits may
// be), U negative, limits both infinite or upside down, a negative guard band, JJF 1094 with a single limit.
Verdict decide(const DecisionRule& rule, double error, const PermissibleLimits& limits, double expanded_uncertainty);

// Probability that the true error lies within the limits, for a normal distribution about the measured error (JCGM
// 106:2012 7.3, 7.4); both tails are subtracted. u must be positive.
double conformance_probability(double error, const PermissibleLimits& limits, double standard_uncertainty);

}  // namespace etalon::calibration
