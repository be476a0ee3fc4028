// The text of an expression taken apart: steps in the order in which they can be computed, each with its place in the
// text. The grammar is in expression.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "calibration/model/operation.h"

namespace etalon::calibration {

// One step; operands are earlier steps.
struct SyntaxStep {
  Operation operation = Operation::number;
  double number = 0;
  std::size_t first = 0;    // operand; index into names for an input, into equations for `solve` or an unknown
  std::size_t second = 0;   // second operand; equal to `first` when there is one
  bool is_unknown = false;  // an `input` that is the unknown of an equation
  std::size_t begin = 0;    // the sub-expression's place in the text
  std::size_t end = 0;
};

// solve(residual, for = unknown, start = start)
struct SyntaxEquation {
  std::string unknown;
  std::size_t unknown_place = 0;  // where the name stands after "for ="
  std::size_t residual = 0;
  std::size_t start = 0;
};

struct Syntax {
  std::string text;
  std::vector<std::string> names;        // that the expression uses, each once, in order of first appearance
  std::vector<std::size_t> name_places;  // where each first stands in the text
  std::vector<SyntaxStep> steps;         // the last one is the result
  std::vector<SyntaxEquation> equations;
};

// InputError with a caret under the place when the text is not a formula, is longer than 64 KiB or nests deeper than
// 200 levels.
Syntax parse_syntax(std::string_view text);

// Whether a text can be a name in a formula: right characters, not "pi", not a function.
bool is_name(std::string_view text);

}  // namespace etalon::calibration
