#include "calibration/model/unit_check.h"

#include <fmt/format.h>

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

// text^(1/root) in its simplest form.
ExpressionUnit simplified(std::string text, int root) {
  ExpressionUnit unit{Kind::known, std::move(text), root};
  if (unit.text == "1") unit.root = 1;
  return unit;
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
  // In a product an offset plays no part.
  const std::string from_text = base::has_offset(a) ? "K" : a;
  const std::string to_text = base::has_offset(b) ? "K" : b;
  const bool fahrenheit = (base::has_offset(a) && a != "degC") || (base::has_offset(b) && b != "degC");
  const std::string& from_unit = fahrenheit ? a : from_text;
  const std::string& to_unit = fahrenheit ? b : to_text;
  if (!base::convertible(base::multiply_units(from_unit, "1"), base::multiply_units(to_unit, "1"))) return std::nullopt;
  const double factor = base::convert_difference(1, from_unit, to_unit);
  return root == 1 ? factor : std::pow(factor, 1.0 / root);
}

const ExpressionUnit ratio{Kind::known, "1", 1};

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

  CheckedSyntax run(const std::optional<std::string>& wanted) {
    for (std::size_t i = 0; i < old_.steps.size(); ++i)
      step(i);
    ExpressionUnit unit = found_.back();
    if (wanted) {
      const ExpressionUnit target = known_unit(*wanted);
      if (unit.kind == Kind::known) {
        const std::size_t last = old_.steps.size() - 1;
        const std::string refusal =
            fmt::format(fmt::runtime(tr("has the unit {} but {} is wanted")), shown(unit), *wanted);
        const bool other_scale = unit.root == 1 && base::has_offset(unit.text) && unit.text != *wanted;
        if (other_scale || (base::has_offset(*wanted) && !base::has_offset(unit.text))) fail(last, refusal);
        converted(last, target, refusal);
      }
      unit = target;
    }
    result_.unit = unit;
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(std::size_t i, const std::string& what) const {
    const SyntaxStep& at = old_.steps[i];
    const std::string part = quoted(std::string_view(old_.text).substr(at.begin, at.end - at.begin));
    throw base::InputError(with_caret(old_.text, at.begin, part + " " + what));
  }

  // Adds a step; its place in the new list.
  std::size_t append(SyntaxStep step) {
    result_.syntax.steps.push_back(step);
    return result_.syntax.steps.size() - 1;
  }

  // Old step i multiplied by a factor.
  std::size_t multiplied(std::size_t i, double factor) {
    if (factor == 1) return places_[i];
    SyntaxStep number = old_.steps[i];
    number.operation = Operation::number;
    number.number = factor;
    number.is_unknown = false;
    SyntaxStep product = number;
    product.operation = Operation::multiply;
    product.first = append(number);
    product.second = places_[i];
    return append(product);
  }

  // Old step i brought to a unit.
  std::size_t converted(std::size_t i, const ExpressionUnit& to, const std::string& refusal) {
    if (found_[i].kind != Kind::known) return places_[i];
    const std::optional<double> factor = factor_between(found_[i], to);
    if (!factor) fail(i, refusal);
    return multiplied(i, *factor);
  }
  std::size_t as_ratio(std::size_t i) {
    return converted(
        i, ratio,
        fmt::format(fmt::runtime(tr("has the unit {}: expected a ratio or an angle here")), shown(found_[i])));
  }

  // Two terms of a sum: their places, and the unit of both.
  ExpressionUnit together(const SyntaxStep& step, std::size_t& first, std::size_t& second) {
    const ExpressionUnit& a = found_[step.first];
    const ExpressionUnit& b = found_[step.second];
    first = places_[step.first];
    second = places_[step.second];
    if (a.kind == Kind::known && b.kind == Kind::known) {
      const bool a_scale = base::has_offset(a.text);
      const bool b_scale = base::has_offset(b.text);
      const bool difference_of_two = a.text == b.text && step.operation == Operation::subtract && a_scale;
      if (b_scale && !a_scale) {
        fail(step.second,
             fmt::format(fmt::runtime(tr("is in {}, what stands before it in {}: give both in one unit, or "
                                         "write the difference second")),
                         shown(b), shown(a)));
      }
      second =
          converted(step.second, a,
                    fmt::format(fmt::runtime(tr("has the unit {}, which cannot be added to {}")), shown(b), shown(a)));
      return difference_of_two ? known_unit("K") : a;
    }
    if (a.kind == Kind::known || b.kind == Kind::known) {
      const bool first_known = a.kind == Kind::known;
      const ExpressionUnit& known = first_known ? a : b;
      const ExpressionUnit& other = first_known ? b : a;
      // 1 + 12 ppm is not 13 ppm.
      if (other.kind == Kind::plain_number && factor_between(known, ratio)) {
        (first_known ? first : second) = as_ratio(first_known ? step.first : step.second);
        return ratio;
      }
      // t - 20 is a difference of temperatures.
      if (step.operation == Operation::subtract && known.root == 1 && known.text == "degC") return known_unit("K");
      return known;
    }
    return a.kind == Kind::unstated ? a : b;
  }

  // 20 degC times 3 V/K is not 60 V: degrees Celsius have a place in a product only where the other factor is given for
  // degrees Celsius (1/degC) and they cancel, or beside a plain factor.
  void refuse_celsius_as_interval(const SyntaxStep& step, const ExpressionUnit& unit) const {
    for (const std::size_t i : {step.first, step.second}) {
      const ExpressionUnit& factor = found_[i];
      const ExpressionUnit& other = found_[i == step.first ? step.second : step.first];
      if (factor.kind != Kind::known || other.kind != Kind::known || other.text == "1") continue;
      const bool on_scale = factor.text.rfind("degC", 0) == 0;  // also a power of it
      if (on_scale && unit.text.substr(0, unit.text.find('/')).find("degC") != std::string::npos) {
        fail(i,
             tr("is in degC, which counts from 0 degC and not from nothing: subtract a reference temperature, give the "
                "other factor for degC (such as 1/degC), or the input in K"));
      }
    }
  }

  ExpressionUnit product(const ExpressionUnit& a, const ExpressionUnit& b, int sign) {
    if (a.kind == Kind::unstated || b.kind == Kind::unstated) return {};
    if (a.kind == Kind::plain_number && b.kind == Kind::plain_number) return a;
    const ExpressionUnit& left = a.kind == Kind::known ? a : ratio;
    const ExpressionUnit& right = b.kind == Kind::known ? b : ratio;
    const int root = std::lcm(left.root, right.root);
    return simplified(base::multiply_units(base::raise_unit(left.text, root / left.root),
                                           base::raise_unit(right.text, sign * root / right.root)),
                      root);
  }

  void step(std::size_t i) {
    SyntaxStep step = old_.steps[i];
    ExpressionUnit unit;
    switch (step.operation) {
      case Operation::number:
        unit.kind = Kind::plain_number;
        break;
      case Operation::input:
        // The unknown of an equation has the unit of its start.
        unit = step.is_unknown ? found_[old_.equations[step.first].start] : units_[step.first];
        break;
      case Operation::solve: {
        SyntaxEquation& equation = result_.syntax.equations[step.first];
        unit = found_[equation.start];
        equation.residual = places_[equation.residual];
        equation.start = places_[equation.start];
        break;
      }
      case Operation::negate:
      case Operation::absolute:
        unit = found_[step.first];
        step.first = step.second = places_[step.first];
        break;
      case Operation::add:
      case Operation::subtract:
      case Operation::minimum:
      case Operation::maximum:
      case Operation::hypotenuse:
      case Operation::arc_tangent2: {
        const SyntaxStep old = step;
        unit = together(old, step.first, step.second);
        if (old.operation == Operation::arc_tangent2 && unit.kind == Kind::known) unit = ratio;
        break;
      }
      case Operation::multiply:
      case Operation::divide:
        unit = product(found_[step.first], found_[step.second], step.operation == Operation::multiply ? 1 : -1);
        refuse_celsius_as_interval(step, unit);
        step.first = places_[step.first];
        step.second = places_[step.second];
        break;
      case Operation::square_root:
        unit = found_[step.first];
        if (unit.kind == Kind::known) unit = simplified(unit.text, unit.root * 2);
        step.first = step.second = places_[step.first];
        break;
      case Operation::power:
        unit = power(step);
        break;
      default:  // functions of a ratio or an angle
        unit = found_[step.first].kind == Kind::known ? ratio : found_[step.first];
        step.first = step.second = as_ratio(step.first);
    }
    places_.push_back(append(step));
    found_.push_back(unit);
  }

  ExpressionUnit power(SyntaxStep& step) {
    const ExpressionUnit base_unit = found_[step.first];
    const std::size_t exponent_step = step.second;
    const SyntaxStep& exponent = old_.steps[exponent_step];
    const std::size_t exponent_place = as_ratio(step.second);
    if (base_unit.kind != Kind::known || factor_between(base_unit, ratio)) {
      // A ratio may have any power, as a plain number.
      const std::size_t base_place = as_ratio(step.first);
      step.first = base_place;
      step.second = exponent_place;
      return base_unit.kind == Kind::known ? ratio : base_unit;
    }
    double value = exponent.number;
    bool written = exponent.operation == Operation::number;
    if (exponent.operation == Operation::negate && old_.steps[exponent.first].operation == Operation::number) {
      value = -old_.steps[exponent.first].number;
      written = true;
    }
    step.first = places_[step.first];
    step.second = exponent_place;
    if (!written) {
      fail(exponent_step, tr("must be a number, because what is raised has a unit"));
    }
    for (const int root : {1, 2, 3, 4}) {
      const double times = value * root;
      if (times != std::round(times) || std::fabs(times) > 9) continue;
      return simplified(base::raise_unit(base_unit.text, static_cast<int>(times)), base_unit.root * root);
    }
    fail(exponent_step, tr("must be a whole number or a simple fraction, because what is raised has a unit"));
  }
  const Syntax& old_;
  const std::vector<ExpressionUnit>& units_;
  CheckedSyntax result_;
  std::vector<std::size_t> places_;    // of each old step in the new list
  std::vector<ExpressionUnit> found_;  // of each old step
};

}  // namespace

ExpressionUnit known_unit(const std::string& text) {
  if (!base::is_unit(text)) base::convert(1, text, "1");  // says what is wrong
  return {Kind::known, text, 1};
}

CheckedSyntax check_units(const Syntax& syntax, const std::vector<ExpressionUnit>& units,
                          const std::optional<std::string>& wanted) {
  return UnitChecker(syntax, units).run(wanted);
}

}  // namespace etalon::calibration
