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
  std::string text = "1";  // of base/units.h
  int root = 1;            // the unit is the root-th root of `text`
};
ExpressionUnit known_unit(const std::string& text);

struct CheckedSyntax {
  Syntax syntax;  // with the conversions put in as factors
  ExpressionUnit unit;
};

// `units` in the order of syntax.names. `wanted`, when given, is the unit of the result, into which it is converted.
//
// Terms of a sum, and arguments of min, max, hypot and atan2, must be of one kind: they are brought to the unit of the
// first. Exponents and arguments of exp, log, sin … must be ratios or angles. Degrees Celsius are temperatures on their
// own scale: kelvins may be added to them, as a difference, but not the other way round; t - 20 is a difference in K;
// in products they must cancel. Where a unit is not stated, nothing is checked. InputError with a caret under the term.
CheckedSyntax check_units(const Syntax& syntax, const std::vector<ExpressionUnit>& units,
                          const std::optional<std::string>& wanted = std::nullopt);

}  // namespace etalon::calibration
