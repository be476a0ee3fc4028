// A formula given as text, with its value and its exact first derivatives. This is the path that explains: where a
// value or a derivative does not exist, the error shows the sub-expression. Models run faster when compiled
// (compile.h).
//
//   sum     = product  { ("+" | "-") product }
//   product = unary    { ("*" | "/") unary }
//   unary   = ("-" | "+") unary | power
//   power   = primary  [ "^" unary ]            right-associative; -x^2 is -(x^2), 2^-1 is a half
//   primary = number | name | "pi" | function "(" sum { "," sum } ")" | "(" sum ")"
//
// Functions of one argument: sqrt exp log (natural) log10 sin cos tan asin acos atan sinh cosh tanh abs; of two: atan2
// pow hypot; of two or more: min max. "solve(expression, for = x, start = 1)" is the x
// near 1 at which the expression is 0 (an implicit model, JCGM 102:2011 6.3). Angles are in radians. Names are ASCII
// letters, digits and "_", not starting with a digit. Every error is an InputError that shows the text with a caret
// under the place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calibration/model/expression_graph.h"
#include "calibration/model/syntax.h"
#include "calibration/model/unit_check.h"

namespace etalon::calibration {

struct ExpressionValue {
  double value = 0;
  std::vector<double> derivatives;  // with respect to Expression::names(), in that order; all finite
};

class Expression {
 public:
  // InputError when the text is not a formula, is longer than 64 KiB or nests deeper than 200 levels.
  static Expression parse(std::string_view text);

  const std::string& text() const { return syntax_.text; }
  // The names that the formula uses, each once, in order of first appearance.
  const std::vector<std::string>& names() const& { return syntax_.names; }
  // Of a temporary, so that `for (name : Expression::parse(text).names())` does not dangle.
  std::vector<std::string> names() && { return std::move(syntax_.names); }
  // InputError with a caret under the first name that is not among `known`, with the nearest known name.
  void check_names(const std::vector<std::string>& known) const;

  // `values` in the order of names(). A result that is not finite, at any step, is an InputError that names the
  // sub-expression and the values in it.
  double value(const std::vector<double>& values) const;
  // Value and derivatives by reverse automatic differentiation: exact to rounding, no step width. `constant` marks
  // names whose derivative is not wanted and is returned as 0 (empty: none), so that t^n needs no logarithm of t for a
  // constant n. A derivative that does not exist (abs(x) at 0, sqrt(x) at 0, min(a, b) where a = b) is an InputError.
  ExpressionValue evaluate(const std::vector<double>& values, const std::vector<bool>& constant = {}) const;

  const Syntax& syntax() const { return syntax_; }
  // The expression as a node of a graph; `nodes` stand for names(). Unknowns of equations get numbers from
  // `first_unknown` on, which is moved on.
  Node lower(ExpressionGraph& graph, const std::vector<Node>& nodes, std::uint32_t& first_unknown) const;
  // Checks units and puts conversions in (unit_check.h); the unit of the result.
  ExpressionUnit convert_units(const std::vector<ExpressionUnit>& units, const std::optional<std::string>& wanted,
                               UnitPurpose purpose);

 private:
  ExpressionValue evaluate_on_graph(const std::vector<double>& values, const std::vector<bool>& constant) const;
  std::vector<double> run(const std::vector<double>& values) const;
  void check_count(const std::vector<double>& values) const;
  [[noreturn]] void fail(const SyntaxStep& step, const std::string& what, const std::vector<double>& values) const;

  Syntax syntax_;
};

}  // namespace etalon::calibration
