#include "calibration/statistics/usable_readings.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;

void check_readings(const std::vector<double>& readings, std::size_t at_least) {
  if (readings.size() < at_least) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{} value(s): at least {} are needed here")), readings.size(), at_least));
  }
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (!std::isfinite(readings[i])) {
      throw base::InputError(fmt::format(fmt::runtime(tr("value {} of {} is {}: expected a finite number")), i + 1,
                                         readings.size(), readings[i]));
    }
  }
}

}  // namespace etalon::calibration
