#include "calibration/curve/named_curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "base/language.h"
#include "calibration/model/expression.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;

Curve power_curve() {
  Curve curve;
  curve.parameters = {"b0", "b1", "b2"};
  curve.evaluate = [](double x, const double* p, double* slope, double* gradient) {
    if (x < 0 || (x == 0 && !(1 + p[2] > 0)))
      throw InputError(fmt::format(fmt::runtime(tr("the power curve has no value at x = {}: x must be above 0")), x));
    const double power = std::pow(x, 1 + p[2]);
    if (slope != nullptr) *slope = x == 0 && p[2] == 0 ? p[1] : p[1] * (1 + p[2]) * std::pow(x, p[2]);
    if (gradient != nullptr) {
      gradient[0] = 1;
      gradient[1] = power;
      gradient[2] = x == 0 ? 0 : p[1] * power * std::log(x);
    }
    return p[0] + p[1] * power;
  };
  return curve;
}

Curve exponential_curve() {
  Curve curve;
  curve.parameters = {"b0", "b1", "b2"};
  curve.evaluate = [](double x, const double* p, double* slope, double* gradient) {
    const double e = std::exp(p[2] * x);
    if (slope != nullptr) *slope = p[1] * p[2] * e;
    if (gradient != nullptr) {
      gradient[0] = 1;
      gradient[1] = e;
      gradient[2] = p[1] * x * e;
    }
    return p[0] + p[1] * e;
  };
  return curve;
}

Curve steinhart_hart_curve() {
  Curve curve;
  curve.parameters = {"b0", "b1", "b2"};
  curve.evaluate = [](double x, const double* p, double* slope, double* gradient) {
    if (!(x > 0))
      throw InputError(fmt::format(fmt::runtime(tr("a thermistor's resistance is {}: expected more than 0")), x));
    const double l = std::log(x);
    const double t = 1 / (p[0] + l * (p[1] + p[2] * l * l));
    if (slope != nullptr) *slope = -t * t * (p[1] + 3 * p[2] * l * l) / x;
    if (gradient != nullptr) {
      gradient[0] = -t * t;
      gradient[1] = -t * t * l;
      gradient[2] = -t * t * l * l * l;
    }
    return t;
  };
  return curve;
}

namespace {

// "b10" after "b9": letters first, then the number.
bool before(const std::string& a, const std::string& b) {
  const auto letters = [](const std::string& name) { return name.find_last_not_of("0123456789") + 1; };
  const std::string stem_a = a.substr(0, letters(a)), stem_b = b.substr(0, letters(b));
  if (stem_a != stem_b) return stem_a < stem_b;
  const std::string number_a = a.substr(letters(a)), number_b = b.substr(letters(b));
  if (number_a.size() != number_b.size()) return number_a.size() < number_b.size();
  return number_a < number_b;
}

}  // namespace

Curve formula_curve(const std::string& formula, const std::map<std::string, double>& fixed) {
  const auto expression = std::make_shared<Expression>(Expression::parse(formula));
  const std::vector<std::string>& names = expression->names();
  Curve curve;
  for (const std::string& name : names) {
    if (name != "x" && fixed.count(name) == 0) curve.parameters.push_back(name);
  }
  for (const auto& [name, value] : fixed) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw InputError(fmt::format(fmt::runtime(tr("the formula has no {} that could be fixed")), name));
  }
  if (std::find(names.begin(), names.end(), "x") == names.end())
    throw InputError(fmt::format(fmt::runtime(tr("the formula '{}' does not use x")), formula));
  if (curve.parameters.empty())
    throw InputError(fmt::format(fmt::runtime(tr("the formula '{}' has no parameter to fit")), formula));
  std::sort(curve.parameters.begin(), curve.parameters.end(), before);
  // Where each name of the formula gets its value: parameter k, x (-1), or a constant (-2).
  std::vector<int> source;
  std::vector<double> constants(names.size());
  std::vector<bool> constant(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "x") {
      source.push_back(-1);
    } else if (const auto known = fixed.find(names[i]); known != fixed.end()) {
      source.push_back(-2);
      constants[i] = known->second;
      constant[i] = true;
    } else {
      const auto at = std::find(curve.parameters.begin(), curve.parameters.end(), names[i]);
      source.push_back(static_cast<int>(at - curve.parameters.begin()));
    }
  }
  curve.evaluate = [=](double x, const double* p, double* slope, double* gradient) {
    std::vector<double> values = constants;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (source[i] == -1) values[i] = x;
      if (source[i] >= 0) values[i] = p[source[i]];
    }
    if (slope == nullptr && gradient == nullptr) return expression->value(values);
    std::vector<bool> unwanted = constant;  // so that x^b needs no derivative with x at x = 0
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (source[i] == -1 && slope == nullptr) unwanted[i] = true;
    }
    const ExpressionValue result = expression->evaluate(values, unwanted);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (source[i] == -1 && slope != nullptr) *slope = result.derivatives[i];
      if (source[i] >= 0 && gradient != nullptr) gradient[source[i]] = result.derivatives[i];
    }
    return result.value;
  };
  return curve;
}

}  // namespace etalon::calibration
