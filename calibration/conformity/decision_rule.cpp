#include "calibration/conformity/decision_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using base::tr;
namespace {

// Lower case, with '-' and '_' as blanks and single blanks only.
std::string plain(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '-' || c == '_' || std::isspace(static_cast<unsigned char>(c)) != 0) c = ' ';
    if (c == ' ' && (result.empty() || result.back() == ' ')) continue;
    result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

void check_ratio(double ratio) {
  if (!(ratio >= 0) || std::isinf(ratio)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the guard band is {} times U: expected a finite number that is not negative")), ratio));
  }
}

// Comparisons in which a difference of rounding size counts as equal.
class Comparison {
 public:
  explicit Comparison(double slack) : slack_(slack) {}
  bool inside(double value, double lower, double upper) const {
    return value >= lower - slack_ && value <= upper + slack_;
  }
  bool at_most(double value, double limit) const { return value <= limit + slack_; }
  bool at_least(double value, double limit) const { return value >= limit - slack_; }

 private:
  double slack_;
};

}  // namespace

base::LocalText verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return {"pass", "合格"};
    case Verdict::conditional_pass:
      return {"conditional pass", "有条件合格"};
    case Verdict::conditional_fail:
      return {"conditional fail", "有条件不合格"};
    case Verdict::fail:
      return {"fail", "不合格"};
    case Verdict::inconclusive:
      return {"inconclusive", "待定"};
  }
  throw std::logic_error("a verdict without a text");
}

std::string to_string(Verdict verdict) {
  std::string text = verdict_text(verdict).en;
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

DecisionRule parse_decision_rule(const std::string& name) {
  const std::string text = plain(name);
  if (text == "simple acceptance") return {RuleKind::simple_acceptance, 1};
  if (text == "non binary") return {RuleKind::non_binary, 1};
  if (text == "jjf 1094" || text == "jjf 1094 2002") return {RuleKind::jjf_1094, 1};
  // ISO 14253-1:2017: 95 % conformance probability, one-sided: w = 1.65 u = 0.83 U.
  if (text == "iso 14253 1" || text == "iso 14253") return {RuleKind::guard_band, 0.83};
  const std::string guard = "guard band";
  if (text == guard) return {RuleKind::guard_band, 1};
  const std::size_t last_blank = name.find_last_of(" \t");
  const bool negative = last_blank != std::string::npos && name.compare(last_blank + 1, 1, "-") == 0;
  if (text.rfind(guard + " ", 0) == 0 && !negative) {
    double ratio = 0;
    const char* const begin = text.data() + guard.size() + 1;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(begin, end, ratio);
    if (error == std::errc() && stop == end && std::isfinite(ratio)) return {RuleKind::guard_band, ratio};
  }
  throw base::InputError(
      fmt::format(fmt::runtime(tr("unknown decision rule '{}': expected 'simple acceptance', 'guard band', 'guard band "
                                  "R' with R such as 0.83, 'ISO 14253-1', 'non-binary' or 'JJF 1094'")),
                  name));
}

std::string to_string(const DecisionRule& rule) {
  switch (rule.kind) {
    case RuleKind::simple_acceptance:
      return "simple acceptance";
    case RuleKind::guard_band:
      return rule.guard_band_ratio == 1 ? "guard band" : fmt::format("guard band {}", rule.guard_band_ratio);
    case RuleKind::non_binary:
      return "non-binary";
    case RuleKind::jjf_1094:
      return "JJF 1094";
  }
  throw std::logic_error("a decision rule without a name");
}

base::LocalText decision_rule_text(const DecisionRule& rule) {
  const double r = rule.guard_band_ratio;
  const std::string width = r == 1 ? "U" : fmt::format("{} U", r);
  switch (rule.kind) {
    case RuleKind::simple_acceptance:
      return {
          "Simple acceptance (ILAC-G8:09/2019, 4.2.1): pass when the error lies within the limits of permissible "
          "error, limits included; otherwise fail. For an error on a limit the probability of a false decision is "
          "up to 50 %.",
          "简单接受（ILAC-G8:09/2019，4.2.1）：误差在最大允许误差限以内（含限值）判为合格，否则判为不合格。"
          "误差恰在限值上时，误判概率最大为 50 %。"};
    case RuleKind::guard_band:
      return {fmt::format("Guard band w = {} (ILAC-G8:09/2019, 4.2.2): pass when the error lies within the limits of "
                          "permissible error, each narrowed by w, narrowed limits included; otherwise fail.",
                          width),
              fmt::format("保护带 w = {}（ILAC-G8:09/2019，4.2.2）：误差在最大允许误差限各向内收缩 w 后的接受限以内"
                          "（含接受限）判为合格，否则判为不合格。",
                          width)};
    case RuleKind::non_binary:
      return {
          fmt::format("Non-binary with guard band w = {} (ILAC-G8:09/2019, 4.2.3): pass when the error lies within "
                      "the limits of permissible error narrowed by w; conditional pass between there and the limit; "
                      "conditional fail beyond the limit by not more than w; fail further out.",
                      width),
          fmt::format("非二元判定，保护带 w = {}（ILAC-G8:09/2019，4.2.3）：误差在最大允许误差限向内收缩 w 后的范围内"
                      "判为合格；超出该范围但未超过最大允许误差限判为有条件合格；超过最大允许误差限但不多于 w "
                      "判为有条件不合格；超过更多判为不合格。",
                      width)};
    case RuleKind::jjf_1094:
      return {
          "JJF 1094-2002: when U (about 95 %; k = 2 for a normal distribution) is not larger than one third of the "
          "maximum permissible error MPEV, pass when |E| <= MPEV, otherwise fail. When U is larger, pass when |E| <= "
          "MPEV - U, fail when |E| >= MPEV + U, and "
          "inconclusive between.",
          "JJF 1094—2002：当 U（包含概率约 95 %，正态分布时 k=2）不大于最大允许误差绝对值 MPEV 的三分之一时，|E| ≤ "
          "MPEV 判为合格，否则判为不合格；"
          "当 U 大于 MPEV 的三分之一时，|E| ≤ MPEV−U 判为合格，|E| ≥ MPEV+U 判为不合格，介于两者之间为待定。"};
  }
  throw std::logic_error("a decision rule without a text");
}

PermissibleLimits symmetric_limits(double maximum_permissible_error) {
  if (!(maximum_permissible_error >= 0) || std::isinf(maximum_permissible_error)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the maximum permissible error is {}: expected a finite number, not negative")),
                    maximum_permissible_error));
  }
  return {0 - maximum_permissible_error, maximum_permissible_error};  // 0 and not -0
}

Verdict decide(const DecisionRule& rule, double error, const PermissibleLimits& limits, double expanded_uncertainty) {
  const double lower = limits.lower;
  const double upper = limits.upper;
  const double U = expanded_uncertainty;
  if (!std::isfinite(error))
    throw base::InputError(fmt::format(fmt::runtime(tr("cannot judge an error of {}")), error));
  if (!(U >= 0) || std::isinf(U)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("cannot judge with an expanded uncertainty of {}: expected a finite number, not negative")),
        U));
  }
  if (!(lower <= upper) || (std::isinf(lower) && std::isinf(upper))) {
    throw base::InputError(fmt::format(
        fmt::runtime(
            tr("the limits of permissible error are {} to {}: expected a lower and an upper one, or one of them")),
        lower, upper));
  }
  check_ratio(rule.guard_band_ratio);
  // What a person calls the same number: a billionth of the tolerance or of U (never of the value: 10 V within 1 uV),
  // and what rounding leaves of the largest number.
  const bool two_sided = std::isfinite(lower) && std::isfinite(upper);
  const double largest =
      std::max({std::fabs(error), std::isinf(lower) ? 0 : std::fabs(lower), std::isinf(upper) ? 0 : std::fabs(upper)});
  const Comparison compare(1e-9 * std::max(U, two_sided ? (upper - lower) / 2 : 0) +
                           16 * std::numeric_limits<double>::epsilon() * largest);
  const double w = rule.guard_band_ratio * U;

  switch (rule.kind) {
    case RuleKind::simple_acceptance:
      return compare.inside(error, lower, upper) ? Verdict::pass : Verdict::fail;
    case RuleKind::guard_band:
      return compare.inside(error, lower + w, upper - w) ? Verdict::pass : Verdict::fail;
    case RuleKind::non_binary:
      if (compare.inside(error, lower + w, upper - w)) return Verdict::pass;
      if (compare.inside(error, lower, upper)) return Verdict::conditional_pass;
      if (compare.inside(error, lower - w, upper + w)) return Verdict::conditional_fail;
      return Verdict::fail;
    case RuleKind::jjf_1094: {
      if (std::isinf(lower) || std::isinf(upper)) {
        throw base::InputError(
            tr("JJF 1094 compares U with the maximum permissible error: expected two finite limits"));
      }
      const double mpe = (upper - lower) / 2;
      const double deviation = std::fabs(error - (lower + upper) / 2);
      if (compare.at_most(3 * U, mpe)) return compare.at_most(deviation, mpe) ? Verdict::pass : Verdict::fail;
      if (compare.at_most(deviation, mpe - U)) return Verdict::pass;
      return compare.at_least(deviation, mpe + U) ? Verdict::fail : Verdict::inconclusive;
    }
  }
  throw std::logic_error("a decision rule without a meaning");
}

double conformance_probability(double error, const PermissibleLimits& limits, double standard_uncertainty) {
  if (!std::isfinite(error) || !(standard_uncertainty > 0) || std::isinf(standard_uncertainty)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("no conformance probability for an error of {} with standard uncertainty {}: "
                                    "expected finite numbers, the uncertainty positive")),
                    error, standard_uncertainty));
  }
  if (!(limits.lower <= limits.upper)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the limits of permissible error are {} to {}: upside down")),
                                       limits.lower, limits.upper));
  }
  const auto up_to = [&](double limit) {
    if (std::isinf(limit)) return limit > 0 ? 1.0 : 0.0;
    return normal_probability((limit - error) / standard_uncertainty);
  };
  return up_to(limits.upper) - up_to(limits.lower);
}

}  // namespace etalon::calibration
