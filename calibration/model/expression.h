// A formula given as text, compiled to a flat program that yields its value and its exact first derivatives.
//
//   sum     = product  { ("+" | "-") product }
//   product = unary    { ("*" | "/") unary }
//   unary   = ("-" | "+") unary | power
//   power   = primary  [ "^" unary ]            right-associative; -x^2 is -(x^2), 2^-1 is a half
//   primary = number | name | "pi" | function "(" sum { "," sum } ")" | "(" sum ")"
//
// Functions of one argument: sqrt exp log (natural) log10 sin cos tan asin acos atan sinh cosh tanh abs; of two: atan2
// pow hypot; of two or more: min max. Angles are in radians. Names are ASCII letters, digits and "_", not starting with
// a digit. Every error is an InputError that shows the text with a caret under the place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etalon::calibration {

struct ExpressionValue {
  double value = 0;
  std::vector<double> derivatives;  // with respect to Expression::names(), in that order; all finite
};

class Expression {
 public:
  // InputError when the text is not a formula, is longer than 64 KiB or nests deeper than 200 levels.
  static Expression parse(std::string_view text);

  const std::string& text() const { return text_; }
  // The names that the formula uses, each once, in order of first appearance.
  const std::vector<std::string>& names() const& { return names_; }
  // Of a temporary, so that `for (name : Expression::parse(text).names())` does not dangle.
  std::vector<std::string> names() && { return std::move(names_); }
  // InputError with a caret under the first name that is not among `known`, with the nearest known name.
  void check_names(const std::vector<std::string>& known) const;

  // `values` in the order of names(). A result that is not finite, at any step, is an InputError that names the
  // sub-expression and the values in it.
  double value(const std::vector<double>& values) const;
  // Value and derivatives by reverse automatic differentiation: exact to rounding, no step width. `constant` marks
  // names whose derivative is not wanted and is returned as 0 (empty: none), so that t^n needs no logarithm of t for a
  // constant n. A derivative that does not exist (abs(x) at 0, sqrt(x) at 0, min(a, b) where a = b) is an InputError.
  ExpressionValue evaluate(const std::vector<double>& values, const std::vector<bool>& constant = {}) const;

  // Whether a text can be a name in a formula: right characters, not "pi", not a function.
  static bool is_name(std::string_view text);

 private:
  friend class ExpressionParser;
  enum class Operation : std::uint8_t {
    number,
    variable,
    negate,
    add,
    subtract,
    multiply,
    divide,
    power,
    square_root,
    exponential,
    logarithm,
    logarithm10,
    sine,
    cosine,
    tangent,
    arc_sine,
    arc_cosine,
    arc_tangent,
    hyperbolic_sine,
    hyperbolic_cosine,
    hyperbolic_tangent,
    absolute,
    arc_tangent2,
    hypotenuse,
    minimum,
    maximum
  };
  // One step of the program; operands are earlier steps.
  struct Step {
    Operation operation = Operation::number;
    double number = 0;
    std::size_t first = 0;   // operand, or index into names_ for a variable
    std::size_t second = 0;  // second operand
    std::size_t begin = 0;   // the sub-expression's place in the text
    std::size_t end = 0;
  };

  std::vector<double> run(const std::vector<double>& values) const;
  double apply(const Step& step, const std::vector<double>& results) const;
  [[noreturn]] void fail(const Step& step, const std::string& what, const std::vector<double>& values) const;

  std::string text_;
  std::vector<std::string> names_;
  std::vector<std::size_t> name_places_;  // where each name first stands in the text
  std::vector<Step> steps_;
};

}  // namespace etalon::calibration
