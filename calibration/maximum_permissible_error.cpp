#include "calibration/maximum_permissible_error.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace etalon::calibration {

double maximum_permissible_error(const AccuracySpecification& specification, double reading, double range) {
  const auto check = [](const char* what, double value) {
    if (!(value >= 0) || std::isinf(value)) {
      throw base::InputError(fmt::format(
          "accuracy specification: the part {} is {}: expected a number that is not negative", what, value));
    }
  };
  check("of reading", specification.of_reading);
  check("of range", specification.of_range);
  check("that is fixed", specification.floor);
  if (!std::isfinite(reading) || !std::isfinite(range)) {
    throw base::InputError(
        fmt::format("accuracy specification at reading {} in range {}: expected finite numbers", reading, range));
  }
  const double result =
      specification.of_reading * std::fabs(reading) + specification.of_range * std::fabs(range) + specification.floor;
  if (!(result > 0) || std::isinf(result)) {
    throw base::InputError(
        fmt::format("accuracy specification at reading {} in range {} gives {}: expected a positive "
                    "maximum permissible error",
                    reading, range, result));
  }
  return result;
}

}  // namespace etalon::calibration
