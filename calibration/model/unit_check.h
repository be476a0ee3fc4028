// Units through an expression: checked, and converted where terms of a sum differ, before anything is computed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibration/model/syntax.h"

namespace etalon::calibration {

// What is known of a sub-expression's unit. A plain number has none of its own: in a sum it takes that of the other
// term, unless that is a ratio (1, %, ppm), which is then brought to 1; in a product it counts as 1.
struct ExpressionUnit {
  enum class Kind { plain_number, unstated, known };
  Kind kind = Kind::unstated;
  std::string text = "1";       // of base/units.h
  int root = 1;                 // the unit is the root-th root of `text`, which is then in coherent SI units
  std::optional<double> value;  // of a plain number, where it is known before anything is measured

  // Temperatures. `weight` is how many times the zero of the scale of degC or degF is in it: 1 for a temperature, 0 for
  // a difference, 2 for a sum that is yet to be halved.
  double weight = 0;
  bool is_scale_power = false;      // t^2: waits for a coefficient in 1/degC2
  bool is_difference = false;       // in K, of two temperatures
  bool is_from_number = false;      // t - 20 is in it: a difference, or a reading and its correction?
  bool is_above_ice_point = false;  // T - 273.15 with T in K
};
ExpressionUnit known_unit(const std::string& text);

struct CheckedSyntax {
  Syntax syntax;  // with the conversions put in as factors
  ExpressionUnit unit;
};

// What an expression is for: an output needs a unit that people can read, an intermediate does not.
enum class UnitPurpose { output, intermediate };

// `units` in the order of syntax.names. `wanted`, when given, is the unit of the result, into which it is converted.
//
// Terms of a sum, and arguments of min, max, hypot and atan2, must be of one kind: they are brought to the unit of the
// first. Exponents and arguments of exp, log, sin … must be ratios or angles. A product without dimension, and a ratio
// under a root, are brought to 1; a root has an exact unit (base::unit_root). Hz and rad/s do not meet.
//
// Degrees Celsius (and Fahrenheit) are temperatures on their own scale, whose zero is counted through sums, differences
// and products with numbers: once is a temperature, not at all a difference in K; anything else is refused where a
// value is needed. Kelvins may be added to them, as a difference, but not the other way round; t - 20 is a difference
// in K, t + 273.15 a temperature in K, and other numbers are not added. In products they must cancel.
//
// Where a unit is not stated, nothing is checked. InputError with a caret under the term.
CheckedSyntax check_units(const Syntax& syntax, const std::vector<ExpressionUnit>& units,
                          const std::optional<std::string>& wanted = std::nullopt,
                          UnitPurpose purpose = UnitPurpose::output);

}  // namespace etalon::calibration
