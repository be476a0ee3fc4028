#include "calibration/model/unit_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/model/expression_text.h"

namespace etalon::calibration {

using base::tr;

namespace {

using Kind = ExpressionUnit::Kind;

// From 0 degC to 0 K: ITS-90.
constexpr double ice_point = 273.15;

ExpressionUnit simple(std::string text) {
  ExpressionUnit unit;
  unit.kind = Kind::known;
  unit.text = std::move(text);
  return unit;
}
const ExpressionUnit ratio = simple("1");

ExpressionUnit plain_number(std::optional<double> value) {
  ExpressionUnit unit;
  unit.kind = Kind::plain_number;
  unit.value = value;
  return unit;
}

bool is_known(const ExpressionUnit& unit) {
  return unit.kind == Kind::known;
}
bool is_plain(const ExpressionUnit& unit) {
  return unit.kind == Kind::plain_number;
}
// Weights are sums of coefficients such as 1/3, which cancel but for rounding.
double sum_of_weights(double a, double b) {
  const double sum = a + b;
  if (std::fabs(sum) < 1e-12 * std::fabs(a)) return 0;
  return std::fabs(sum - 1) < 1e-12 ? 1 : sum;
}
bool is_on_scale(const ExpressionUnit& unit) {
  return is_known(unit) && (unit.weight != 0 || unit.is_scale_power);
}

// Both units to the power of their common root.
std::pair<std::string, std::string> to_common_power(const ExpressionUnit& a, const ExpressionUnit& b, int root) {
  return {base::raise_unit(a.text, root / a.root), base::raise_unit(b.text, root / b.root)};
}

// The factor that brings a difference in one unit to the other; nothing when they are of different kinds.
std::optional<double> factor_between(const ExpressionUnit& from, const ExpressionUnit& to) {
  const int root = std::lcm(from.root, to.root);
  const auto [a, b] = to_common_power(from, to, root);
  if (a == b) return 1;
  if (!base::convertible(a, b)) return std::nullopt;
  const double factor = base::convert_difference(1, a, b);
  return root == 1 ? factor : std::pow(factor, 1.0 / root);
}

bool is_ratio(const ExpressionUnit& unit) {
  return unit.text == "1" || factor_between(unit, ratio).has_value();
}
bool is_temperature(const ExpressionUnit& unit) {
  return unit.root == 1 && base::convertible(unit.text, "K");
}

std::string shown(const ExpressionUnit& unit) {
  if (unit.root == 1) return unit.text;
  return fmt::format("({})^(1/{})", unit.text, unit.root);
}

class UnitChecker {
 public:
  UnitChecker(const Syntax& syntax, const std::vector<ExpressionUnit>& units) : old_(syntax), units_(units) {
    result_.syntax = syntax;
    result_.syntax.steps.clear();
  }

  CheckedSyntax run(const std::optional<std::string>& wanted, UnitPurpose purpose) {
    for (std::size_t i = 0; i < old_.steps.size(); ++i)
      step(i);
    if (wanted) {
      result_.unit = finish(known_unit(*wanted));
    } else {
      if (purpose == UnitPurpose::output) check_output();
      result_.unit = found_.back();
    }
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(std::size_t i, const std::string& what) const {
    const SyntaxStep& at = old_.steps[i];
    const std::string part = quoted(std::string_view(old_.text).substr(at.begin, at.end - at.begin));
    throw base::InputError(with_caret(old_.text, at.begin, part + " " + what + hint_about_start()));
  }

  // Inside an equation whose start has no unit, the fault is most often there.
  std::string hint_about_start() const {
    const std::size_t here = found_.size();
    for (const SyntaxEquation& equation : old_.equations) {
      if (equation.start < here && here <= equation.residual && is_plain(found_[equation.start])) {
        return fmt::format(fmt::runtime(tr(" (the unknown '{}' has the unit of its start, which has none: give the "
                                           "start as an input with a unit)")),
                           equation.unknown);
      }
    }
    return "";
  }

  // Adds a step; its place in the new list.
  std::size_t append(SyntaxStep step) {
    result_.syntax.steps.push_back(step);
    return result_.syntax.steps.size() - 1;
  }

  // A step of the new list joined with a number.
  std::size_t with_number(Operation operation, std::size_t place, double value, const SyntaxStep& origin) {
    SyntaxStep number = origin;
    number.operation = Operation::number;
    number.number = value;
    number.is_unknown = false;
    SyntaxStep joined = number;
    joined.operation = operation;
    joined.first = append(number);
    joined.second = place;
    return append(joined);
  }

  // Old step i multiplied by a factor.
  std::size_t multiplied(std::size_t i, double factor) {
    return factor == 1 ? places_[i] : with_number(Operation::multiply, places_[i], factor, old_.steps[i]);
  }

  // Old step i brought to a unit.
  std::size_t converted(std::size_t i, const ExpressionUnit& to, const std::string& refusal) {
    if (!is_known(found_[i])) return places_[i];
    const std::optional<double> factor = factor_between(found_[i], to);
    if (!factor) fail(i, refusal);
    return multiplied(i, *factor);
  }
  std::size_t as_ratio(std::size_t i) {
    return converted(
        i, ratio,
        fmt::format(fmt::runtime(tr("has the unit {}: expected a ratio or an angle here")), shown(found_[i])));
  }

  // Temperatures -------------------------------------------------------------------------------------------------

  [[noreturn]] void fail_on_scale(std::size_t i) const {
    fail(i, fmt::format(fmt::runtime(tr("is in {0}, which counts from the zero of its scale and not from nothing: "
                                        "subtract a reference temperature, give the other factor for {0} (such as "
                                        "1/{0}), or the input in K")),
                        found_[i].text));
  }
  [[noreturn]] void fail_weight(std::size_t i) const {
    fail(i, fmt::format(fmt::runtime(tr("counts the zero of the scale of {} {:.6g} times: a temperature counts it "
                                        "once, a difference not at all; check the formula, or give the inputs in K")),
                        found_[i].text, found_[i].weight));
  }
  [[noreturn]] void fail_number_beside(std::size_t i, const std::string& unit) const {
    fail(i, fmt::format(fmt::runtime(tr("is a plain number beside a value in {}: make it an input with a unit (a "
                                        "correction of a temperature has the unit K)")),
                        unit));
  }
  void require_no_scale(std::size_t i) const {
    if (is_on_scale(found_[i])) fail_on_scale(i);
  }

  // A sum in which the zero of a scale stands `weight` times; differences are in K.
  ExpressionUnit weighed(const ExpressionUnit& on_scale, double weight, bool from_number) {
    ExpressionUnit unit = on_scale;
    unit.is_from_number = from_number;
    unit.is_above_ice_point = false;
    unit.weight = weight;
    if (weight != 0) return unit;
    unit.is_difference = true;
    after_ = base::convert_difference(1, unit.text, "K");
    unit.text = "K";
    return unit;
  }

  // What T - 273.15 is beside a temperature in degC.
  static ExpressionUnit on_celsius_scale(ExpressionUnit unit) {
    unit.text = "degC";
    unit.weight = 1;
    unit.is_above_ice_point = unit.is_difference = unit.is_from_number = false;
    return unit;
  }

  // Two terms of which at least one is on a scale.
  ExpressionUnit together_on_scale(const SyntaxStep& step, ExpressionUnit a, ExpressionUnit b, std::size_t& first,
                                   std::size_t& second) {
    for (const std::size_t i : {step.first, step.second}) {
      if (found_[i].is_scale_power) fail_on_scale(i);
    }
    const bool sum = step.operation == Operation::add || step.operation == Operation::subtract;
    const bool choice = step.operation == Operation::minimum || step.operation == Operation::maximum;
    if (!sum && !choice) fail_on_scale(is_on_scale(a) ? step.first : step.second);
    const double sign = step.operation == Operation::subtract ? -1 : 1;
    if (is_plain(a) || is_plain(b)) return scale_and_number(step, choice, sign);

    if (a.is_above_ice_point && b.text == "degC") a = on_celsius_scale(a);
    if (b.is_above_ice_point && a.text == "degC") b = on_celsius_scale(b);
    if (a.weight != 0 && b.weight != 0) {
      if (a.text != b.text) {
        fail(step.second, fmt::format(fmt::runtime(tr("is in {}, what stands before it in {}: give both in one unit")),
                                      b.text, a.text));
      }
      const bool from_number = a.is_from_number || b.is_from_number;
      if (sum) return weighed(a, sum_of_weights(a.weight, sign * b.weight), from_number);
      if (a.weight != 1) fail_weight(step.first);
      if (b.weight != 1) fail_weight(step.second);
      return weighed(a, 1, from_number);
    }
    const bool scale_first = a.weight != 0;
    const ExpressionUnit& scale = scale_first ? a : b;
    const ExpressionUnit& other = scale_first ? b : a;
    const std::size_t other_step = scale_first ? step.second : step.first;
    if (!is_temperature(other)) {
      fail(step.second,
           fmt::format(fmt::runtime(tr("has the unit {}, which cannot be added to {}")), shown(b), shown(a)));
    }
    // A temperature in K and a difference look the same; what was found to be a difference is one.
    if (choice || other.is_above_ice_point || (!scale_first && !other.is_difference)) {
      fail(step.second, fmt::format(fmt::runtime(tr("is in {}, what stands before it in {}: give both in one unit, or "
                                                    "write the difference second")),
                                    shown(b), shown(a)));
    }
    (scale_first ? second : first) = multiplied(other_step, base::convert_difference(1, other.text, scale.text));
    return weighed(scale, scale_first ? scale.weight : sign * scale.weight,
                   scale.is_from_number || other.is_from_number);
  }

  ExpressionUnit scale_and_number(const SyntaxStep& step, bool choice, double sign) {
    const bool number_first = is_plain(found_[step.first]);
    const std::size_t number_step = number_first ? step.first : step.second;
    const std::size_t scale_step = number_first ? step.second : step.first;
    const ExpressionUnit& scale = found_[scale_step];
    if (choice) {
      if (scale.weight != 1) fail_weight(scale_step);
      return scale;
    }
    if (step.operation == Operation::add && scale.text == "degC" && scale.weight == 1 &&
        found_[number_step].value == ice_point) {
      return simple("K");
    }
    // t - 20 is a difference of temperatures; t + 0.1 may be anything. In degF the two readings of t - 0.1 would have
    // different values.
    const double weight = number_first ? sum_of_weights(1, sign * scale.weight) : sum_of_weights(scale.weight, sign);
    if (weight != 0 || scale.text != "degC") fail_number_beside(number_step, scale.text);
    return weighed(scale, weight, true);
  }

  // A temperature on its scale, multiplied or divided by a number: the zero of the scale counts as often.
  ExpressionUnit scale_times_number(const SyntaxStep& step, std::size_t scale_step, std::size_t number_step) {
    ExpressionUnit unit = found_[scale_step];
    if (unit.is_scale_power) return unit;
    const std::optional<double> number = found_[number_step].value;
    if (!number || *number == 0) {
      fail(number_step,
           fmt::format(fmt::runtime(tr("multiplies a temperature in {}: write its value in the formula, or "
                                       "give the temperature in K")),
                       unit.text));
    }
    const double weight = step.operation == Operation::multiply ? unit.weight * *number : unit.weight / *number;
    return weighed(unit, sum_of_weights(weight, 0), unit.is_from_number);
  }

  ExpressionUnit product_on_scale(const SyntaxStep& step) {
    const ExpressionUnit& a = found_[step.first];
    const ExpressionUnit& b = found_[step.second];
    if (is_on_scale(a) && is_plain(b)) return scale_times_number(step, step.first, step.second);
    const bool multiply = step.operation == Operation::multiply;
    if (is_on_scale(b) && (!multiply || is_on_scale(a))) fail_on_scale(step.second);
    if (is_plain(a)) return scale_times_number(step, step.second, step.first);
    // 20 degC times 3 V/K is not 60 V: degrees Celsius have a place in a product only where the other factor is given
    // for degrees Celsius (1/degC) and they cancel.
    const std::size_t scale_step = is_on_scale(a) ? step.first : step.second;
    const ExpressionUnit& other = is_on_scale(a) ? b : a;
    if (other.root != 1) fail_on_scale(scale_step);
    const std::string inverse = multiply ? other.text : base::raise_unit(other.text, -1);
    const std::string text = base::multiply_units(found_[scale_step].text, inverse);
    const std::string& scale = found_[scale_step].text.rfind("degF", 0) == 0 ? "degF" : "degC";
    if (text.substr(0, text.find('/')).find(scale) != std::string::npos) fail_on_scale(scale_step);
    return reduced(text);
  }

  // Sums ---------------------------------------------------------------------------------------------------------

  [[noreturn]] void fail_sum(std::size_t i, const ExpressionUnit& b, const ExpressionUnit& a) const {
    if (a.root == 1 && b.root == 1 && base::periods_against_angles(a.text, b.text)) {
      fail(i, fmt::format(fmt::runtime(tr("has the unit {}, what it stands with {}: they differ by 2*pi; give the "
                                          "frequency in 1/s where the formula has the factor 2*pi")),
                          b.text, a.text));
    }
    fail(i, fmt::format(fmt::runtime(tr("has the unit {}, which cannot be added to {}")), shown(b), shown(a)));
  }

  // Two terms of a sum: their places, and the unit of both.
  ExpressionUnit together(const SyntaxStep& step, std::size_t& first, std::size_t& second) {
    const ExpressionUnit& a = found_[step.first];
    const ExpressionUnit& b = found_[step.second];
    first = places_[step.first];
    second = places_[step.second];
    if (is_on_scale(a) || is_on_scale(b)) return together_on_scale(step, a, b, first, second);
    if (is_known(a) && is_known(b)) {
      const std::optional<double> factor = factor_between(b, a);
      if (!factor) fail_sum(step.second, b, a);
      second = multiplied(step.second, *factor);
      return sum_of(step, a, b);
    }
    if (is_known(a) || is_known(b)) return with_plain_number(step, first, second);
    if (is_plain(a) && is_plain(b)) return plain_number(result_of(step));
    return {};
  }

  static ExpressionUnit sum_of(const SyntaxStep& step, const ExpressionUnit& a, const ExpressionUnit& b) {
    ExpressionUnit unit = a;
    unit.is_difference = a.is_difference && b.is_difference;
    unit.is_from_number = a.is_from_number || b.is_from_number;
    unit.is_above_ice_point = a.is_above_ice_point && !b.is_above_ice_point;
    if (a.is_above_ice_point && b.is_above_ice_point && step.operation == Operation::subtract)
      unit.is_from_number = false;
    return unit;
  }

  ExpressionUnit with_plain_number(const SyntaxStep& step, std::size_t& first, std::size_t& second) {
    const bool first_known = is_known(found_[step.first]);
    const std::size_t known_step = first_known ? step.first : step.second;
    const std::size_t number_step = first_known ? step.second : step.first;
    const ExpressionUnit& known = found_[known_step];
    const std::optional<double> number = found_[number_step].value;
    if (!is_plain(found_[number_step])) return known;  // nothing is stated of it
    if (is_ratio(known)) {
      if (number == 0.0) return known;
      // Is phi - 90 meant in degrees or in radians?
      for (const char* angle : {"deg", "arcmin", "arcsec"}) {
        if (known.text == angle) fail_number_beside(number_step, known.text);
      }
      // 1 + 12 ppm is not 13 ppm.
      (first_known ? first : second) = as_ratio(known_step);
      return ratio;
    }
    if (first_known && step.operation == Operation::subtract && known.root == 1 && known.text == "K" &&
        !known.is_difference && number == ice_point) {
      ExpressionUnit unit = known;
      unit.is_difference = unit.is_from_number = unit.is_above_ice_point = true;
      return unit;
    }
    return known;
  }

  // Products, powers and roots -----------------------------------------------------------------------------------

  // The unit of a product, with what is without dimension brought to 1; the product is multiplied by after_.
  ExpressionUnit reduced(const std::string& text) {
    const base::ScaledUnit unit = base::reduced_unit(text);
    after_ = unit.factor;
    return simple(unit.text);
  }

  // A known unit times a number or a ratio.
  static ExpressionUnit times_one(ExpressionUnit unit, const ExpressionUnit& one) {
    unit.is_above_ice_point = false;
    // A reading would have been refused as a factor: it was a difference.
    if (is_known(one)) unit.is_from_number = false;
    return unit;
  }

  // Old step i in coherent SI units, so that its root combines with others.
  ExpressionUnit in_coherent_units(std::size_t i, std::size_t& place) {
    if (found_[i].root != 1 || !is_known(found_[i])) return found_[i];
    const base::ScaledUnit unit = base::coherent_unit(found_[i].text);
    place = multiplied(i, unit.factor);
    return simple(unit.text);
  }

  ExpressionUnit product(const SyntaxStep& step, std::size_t& first, std::size_t& second) {
    const ExpressionUnit& a = found_[step.first];
    const ExpressionUnit& b = found_[step.second];
    if (a.kind == Kind::unstated || b.kind == Kind::unstated) return {};
    if (is_plain(a) && is_plain(b)) return plain_number(result_of(step));
    if (is_on_scale(a) || is_on_scale(b)) return product_on_scale(step);
    const bool multiply = step.operation == Operation::multiply;
    const auto is_one = [](const ExpressionUnit& unit) { return is_plain(unit) || unit.text == "1"; };
    if (is_known(a) && is_one(b)) return times_one(a, b);
    if (is_known(b) && is_one(a) && multiply) return times_one(b, a);
    const int sign = multiply ? 1 : -1;
    if (a.root == 1 && b.root == 1) {
      return reduced(base::multiply_units(is_known(a) ? a.text : "1", base::raise_unit(b.text, sign)));
    }
    const ExpressionUnit left = in_coherent_units(step.first, first);
    const ExpressionUnit right = in_coherent_units(step.second, second);
    const int root = std::lcm(left.root, right.root);
    const std::string text = base::multiply_units(base::raise_unit(left.text, root / left.root),
                                                  base::raise_unit(right.text, sign * root / right.root));
    return rooted(text, root);
  }

  static ExpressionUnit rooted(const std::string& text, int root) {
    const base::UnitRoot found = base::unit_root(text, root);
    ExpressionUnit unit = simple(found.text);
    unit.root = found.left;
    return unit;
  }

  // Old step i brought to a unit whose root can be drawn; that root.
  ExpressionUnit root_of(std::size_t i, int root, std::size_t& place) {
    const ExpressionUnit& unit = found_[i];
    const base::UnitRoot found = base::unit_root(unit.text, root * unit.root);
    // What is a root already is in coherent units: its factor is 1.
    place = multiplied(i, unit.root == 1 ? found.factor : 1);
    ExpressionUnit result = simple(found.text);
    result.root = found.left;
    return result;
  }

  ExpressionUnit power(const SyntaxStep& step, std::size_t& first, std::size_t& second) {
    const ExpressionUnit& base_unit = found_[step.first];
    const ExpressionUnit& exponent = found_[step.second];
    second = as_ratio(step.second);
    if (is_plain(base_unit) && is_known(exponent)) return ratio;
    if (is_plain(base_unit)) return plain_number(result_of(step));
    if (!is_known(base_unit)) return {};
    if (!is_on_scale(base_unit) && is_ratio(base_unit)) {
      // A ratio may have any power, as a plain number.
      first = as_ratio(step.first);
      return ratio;
    }
    if (!exponent.value) fail(step.second, tr("must be a number, because what is raised has a unit"));
    if (is_on_scale(base_unit)) {
      const double times = *exponent.value;
      if (base_unit.weight != 1 || times != std::round(times) || times < 1 || times > 9) fail_on_scale(step.first);
      if (times == 1) return base_unit;
      ExpressionUnit unit = simple(base::raise_unit(base_unit.text, static_cast<int>(times)));
      unit.is_scale_power = true;
      return unit;
    }
    for (const int root : {1, 2, 3, 4, 5, 6}) {
      const double times = *exponent.value * root;
      if (std::fabs(times - std::round(times)) > 1e-12 || std::fabs(times) > 9) continue;
      const int whole = static_cast<int>(std::round(times));
      if (whole == 0) return ratio;
      if (whole == 1 && root == 1) return base_unit;
      if (root == 1 && base_unit.root == 1) return simple(base::raise_unit(base_unit.text, whole));
      const ExpressionUnit drawn = root_of(step.first, root, first);
      if (drawn.root == 1) return simple(base::raise_unit(drawn.text, whole));
      const int common = std::gcd(whole, drawn.root);
      return rooted(base::raise_unit(drawn.text, whole / common), drawn.root / common);
    }
    fail(step.second, tr("must be a whole number or a simple fraction, because what is raised has a unit"));
  }

  // Steps --------------------------------------------------------------------------------------------------------

  // The value of an operation on numbers that are known beforehand.
  std::optional<double> result_of(const SyntaxStep& step) const {
    const std::optional<double> a = found_[step.first].value;
    const std::optional<double> b = found_[step.second].value;
    if (!a || !b) return std::nullopt;
    const double result = apply(step.operation, *a, *b);
    return std::isfinite(result) ? std::optional(result) : std::nullopt;
  }

  ExpressionUnit unit_of_start(const SyntaxEquation& equation) const {
    ExpressionUnit unit = found_[equation.start];
    if (is_on_scale(unit) && (unit.weight != 1 || unit.is_scale_power)) fail_weight(equation.start);
    unit.value.reset();
    return unit;
  }

  void step(std::size_t i) {
    try {
      check(i);
    } catch (const base::UnitPowerError& error) {
      fail(i, error.what());
    }
  }

  void check(std::size_t i) {
    const SyntaxStep& old = old_.steps[i];
    SyntaxStep step = old;
    ExpressionUnit unit;
    after_ = 1;
    const auto keep_places = [&] {
      step.first = places_[old.first];
      step.second = places_[old.second];
    };
    switch (old.operation) {
      case Operation::number:
        unit = plain_number(old.number);
        break;
      case Operation::input:
        // The unknown of an equation has the unit of its start.
        unit = old.is_unknown ? unit_of_start(old_.equations[old.first]) : units_[old.first];
        break;
      case Operation::solve: {
        SyntaxEquation& equation = result_.syntax.equations[old.first];
        unit = unit_of_start(old_.equations[old.first]);
        require_no_scale(equation.residual);
        equation.residual = places_[equation.residual];
        equation.start = places_[equation.start];
        break;
      }
      case Operation::negate:
        unit = found_[old.first];
        unit.weight = -unit.weight;
        unit.is_above_ice_point = false;
        if (unit.value) unit.value = -*unit.value;
        keep_places();
        break;
      case Operation::absolute:
        require_no_scale(old.first);
        unit = found_[old.first];
        unit.is_above_ice_point = false;
        if (unit.value) unit.value = std::fabs(*unit.value);
        keep_places();
        break;
      case Operation::add:
      case Operation::subtract:
      case Operation::minimum:
      case Operation::maximum:
      case Operation::hypotenuse:
      case Operation::arc_tangent2:
        unit = together(old, step.first, step.second);
        if (old.operation == Operation::arc_tangent2 && is_known(unit)) unit = ratio;
        break;
      case Operation::multiply:
      case Operation::divide:
        keep_places();
        unit = product(old, step.first, step.second);
        break;
      case Operation::square_root:
        keep_places();
        require_no_scale(old.first);
        unit = found_[old.first];
        if (is_plain(unit)) unit = plain_number(result_of(old));
        if (!is_known(unit)) break;
        if (is_ratio(unit)) {
          step.first = as_ratio(old.first);
          unit = ratio;
        } else {
          unit = root_of(old.first, 2, step.first);
        }
        step.second = step.first;
        break;
      case Operation::power:
        keep_places();
        unit = power(old, step.first, step.second);
        break;
      default:  // functions of a ratio or an angle
        unit = is_known(found_[old.first]) ? ratio : found_[old.first];
        if (is_plain(unit)) unit = plain_number(result_of(old));
        step.first = step.second = as_ratio(old.first);
    }
    std::size_t place = append(step);
    if (after_ != 1) place = with_number(Operation::multiply, place, after_, old);
    places_.push_back(place);
    found_.push_back(unit);
  }

  // The result --------------------------------------------------------------------------------------------------

  // Brought to the unit that is stated for it.
  ExpressionUnit finish(const ExpressionUnit& target) {
    const std::size_t last = old_.steps.size() - 1;
    const ExpressionUnit& unit = found_.back();
    if (unit.kind == Kind::unstated) return unit;  // a label
    if (!is_known(unit)) return target;
    const std::string refusal =
        fmt::format(fmt::runtime(tr("has the unit {} but {} is wanted")), shown(unit), target.text);
    if (unit.is_scale_power) fail_on_scale(last);
    if (unit.weight != 0) {
      if (unit.weight != 1) fail_weight(last);
      if (!base::convertible(unit.text, target.text)) fail(last, refusal);
      if (unit.text == target.text) return target;
      if (unit.is_from_number) {
        fail(last, fmt::format(fmt::runtime(tr("cannot be converted into {}, because a number stands beside a "
                                               "temperature without a unit: make the number an input with a unit (K "
                                               "for a correction)")),
                               target.text));
      }
      const std::size_t place = multiplied(last, base::convert_difference(1, unit.text, target.text));
      with_number(Operation::add, place, base::convert(0, unit.text, target.text), old_.steps[last]);
      return target;
    }
    if (target.weight != 0) {
      if (unit.is_above_ice_point && target.text == "degC") return target;
      if (unit.is_from_number) {
        fail(last, fmt::format(fmt::runtime(tr("is a difference in K, because the number takes the unit of the "
                                               "temperature beside it; for a temperature in {}, make a correction an "
                                               "input with the unit K")),
                               target.text));
      }
      fail(last, refusal);
    }
    if (unit.root == 1 && base::periods_against_angles(unit.text, target.text)) fail_sum(last, unit, target);
    converted(last, target, refusal);
    return target;
  }

  // An output whose unit nobody stated.
  void check_output() const {
    const std::size_t last = old_.steps.size() - 1;
    const ExpressionUnit& unit = found_.back();
    if (!is_known(unit)) return;
    if (unit.is_scale_power) fail_on_scale(last);
    if (unit.weight != 0 && unit.weight != 1) fail_weight(last);
    if (unit.is_from_number) {
      fail(last, tr("may be a difference from a temperature, or a temperature with a correction, because a number "
                    "stands beside it without a unit: state the unit of the output under [units] (K for a "
                    "difference), or make the number an input with a unit (K for a correction)"));
    }
    if (unit.root != 1) {
      fail(last, fmt::format(fmt::runtime(tr("has the unit {}, which no symbol can be given for: an output must have a "
                                             "unit in whole powers; give its square, or its product with another "
                                             "quantity")),
                             shown(unit)));
    }
  }

  const Syntax& old_;
  const std::vector<ExpressionUnit>& units_;
  CheckedSyntax result_;
  std::vector<std::size_t> places_;    // of each old step in the new list
  std::vector<ExpressionUnit> found_;  // of each old step
  double after_ = 1;                   // the step in hand is multiplied by it
};

}  // namespace

ExpressionUnit known_unit(const std::string& text) {
  if (!base::is_unit(text)) base::convert(1, text, "1");  // says what is wrong
  ExpressionUnit unit = simple(text);
  if (base::has_offset(text)) {
    unit.text = base::multiply_units(text, "1");  // one spelling
    unit.weight = 1;
  }
  return unit;
}

CheckedSyntax check_units(const Syntax& syntax, const std::vector<ExpressionUnit>& units,
                          const std::optional<std::string>& wanted, UnitPurpose purpose) {
  return UnitChecker(syntax, units).run(wanted, purpose);
}

}  // namespace etalon::calibration
