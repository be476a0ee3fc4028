#include "calibration/conformity/maximum_permissible_error.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::message_id;
using base::tr;

double maximum_permissible_error(const AccuracySpecification& specification, double reading, double range) {
  const auto check = [](const char* what, double value) {
    if (!(value >= 0) || std::isinf(value)) {
      throw base::InputError(fmt::format(fmt::runtime(tr(what)), value));
    }
  };
  check(message_id("accuracy specification: the part of reading is {}: expected a number that is not negative"),
        specification.of_reading);
  check(message_id("accuracy specification: the part of range is {}: expected a number that is not negative"),
        specification.of_range);
  check(message_id("accuracy specification: the part that is fixed is {}: expected a number that is not negative"),
        specification.floor);
  if (!std::isfinite(reading) || !std::isfinite(range)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("accuracy specification at reading {} in range {}: expected finite numbers")), reading, range));
  }
  const double result =
      specification.of_reading * std::fabs(reading) + specification.of_range * std::fabs(range) + specification.floor;
  if (!(result > 0) || std::isinf(result)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("accuracy specification at reading {} in range {} gives {}: expected a positive "
                                    "maximum permissible error")),
                    reading, range, result));
  }
  return result;
}

}  // namespace etalon::calibration
