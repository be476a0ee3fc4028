#include "acquisition/dangerous_output.h"

#include <cmath>

#include "base/units.h"

namespace etalon::acquisition {

namespace {

constexpr double most_dc = 50;  // V
constexpr double most_ac = 25;  // V rms

}  // namespace

bool dangerous_output(const std::string& quantity, double value, const std::string& unit) {
  if (!base::convertible(unit, "V")) return false;
  const double most = quantity.find("ac") == 0 ? most_ac : most_dc;
  return std::fabs(base::convert(value, unit, "V")) > most;
}

}  // namespace etalon::acquisition
