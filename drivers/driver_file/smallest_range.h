// The range that holds a value.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/language.h"

namespace etalon::drivers {

inline double smallest_range_for(const std::vector<double>& ranges, double value, const std::string& quantity) {
  for (const double range : ranges) {
    if (std::fabs(value) <= range * (1 + 1e-12)) return range;
  }
  throw base::InputError(fmt::format(fmt::runtime(base::tr("no range of {} holds {}")), quantity, value));
}

}  // namespace etalon::drivers
