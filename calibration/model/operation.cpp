#include "calibration/model/operation.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace etalon::calibration {

double apply(Operation operation, double first, double second) {
  constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
  switch (operation) {
    case Operation::negate:
      return -first;
    case Operation::add:
      return first + second;
    case Operation::subtract:
      return first - second;
    case Operation::multiply:
      return first * second;
    case Operation::divide:
      return first / second;
    case Operation::power:
      return std::pow(first, second);
    case Operation::square_root:
      return std::sqrt(first);
    case Operation::exponential:
      return std::exp(first);
    case Operation::logarithm:
      return std::log(first);
    case Operation::logarithm10:
      return std::log10(first);
    case Operation::sine:
      return std::sin(first);
    case Operation::cosine:
      return std::cos(first);
    case Operation::tangent:
      return std::tan(first);
    case Operation::arc_sine:
      return std::asin(first);
    case Operation::arc_cosine:
      return std::acos(first);
    case Operation::arc_tangent:
      return std::atan(first);
    case Operation::hyperbolic_sine:
      return std::sinh(first);
    case Operation::hyperbolic_cosine:
      return std::cosh(first);
    case Operation::hyperbolic_tangent:
      return std::tanh(first);
    case Operation::absolute:
      return std::fabs(first);
    case Operation::sign:
      return first > 0 ? 1 : (first < 0 ? -1 : undefined);
    case Operation::arc_tangent2:
      return std::atan2(first, second);
    case Operation::hypotenuse:
      return std::hypot(first, second);
    // Not a number in, not a number out: std::min would hide it.
    case Operation::minimum:
      return std::isnan(second) ? second : std::min(first, second);
    case Operation::maximum:
      return std::isnan(second) ? second : std::max(first, second);
    case Operation::less:
      return first < second ? 1 : (first > second ? 0 : undefined);
    case Operation::number:
    case Operation::input:
    case Operation::solve:
      break;
  }
  return undefined;
}

}  // namespace etalon::calibration
