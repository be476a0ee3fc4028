// The operations that a measurement model is made of.
#pragma once

#include <cstdint>

namespace etalon::calibration {

enum class Operation : std::uint8_t {
  number,  // a constant
  input,   // an input of the model, or the unknown of an implicit equation
  // one operand
  negate,
  square_root,
  exponential,
  logarithm,  // natural
  logarithm10,
  sine,  // angles in radians
  cosine,
  tangent,
  arc_sine,
  arc_cosine,
  arc_tangent,
  hyperbolic_sine,
  hyperbolic_cosine,
  hyperbolic_tangent,
  absolute,
  sign,  // -1 or 1, and not a number at 0: the derivative of `absolute`
  // two operands
  add,
  subtract,
  multiply,
  divide,
  power,
  arc_tangent2,
  hypotenuse,
  minimum,
  maximum,
  less,  // 1 where first < second, else 0, and not a number where they are equal: chooses the derivative of `minimum`
  // the root of an implicit equation (calibration/model/implicit_equation.h)
  solve
};

constexpr bool takes_one(Operation operation) {
  return operation >= Operation::negate && operation <= Operation::sign;
}
constexpr bool takes_two(Operation operation) {
  return operation >= Operation::add && operation <= Operation::less;
}
// Not differentiable everywhere: reports say so.
constexpr bool is_smooth(Operation operation) {
  return operation != Operation::absolute && operation != Operation::minimum && operation != Operation::maximum;
}

// The value of an operation with one or two operands (`second` is not looked at for one). Not a number, or infinite,
// outside its domain.
double apply(Operation operation, double first, double second);

}  // namespace etalon::calibration
