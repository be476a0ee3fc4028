#include "calibration/uncertainty/monte_carlo/numerical_tolerance.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;

double numerical_tolerance(double z, int digits) {
  if (digits < 1 || digits > 15) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{} significant digits of a standard uncertainty: expected 1 to 15")), digits));
  }
  if (!(z > 0) || std::isinf(z)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("a standard uncertainty of {} has no significant digits, and so no numerical tolerance: "
                        "expected a positive number")),
        z));
  }
  // Decimal text rounds as people do, and carries: 9.96 to two digits is 1.0e+01.
  const std::string text = fmt::format("{:.{}e}", z, digits - 1);
  const int exponent = std::atoi(text.c_str() + text.find('e') + 1) - digits + 1;
  return std::strtod(fmt::format("5e{}", exponent - 1).c_str(), nullptr);
}

}  // namespace etalon::calibration
