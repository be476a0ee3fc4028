// difference of input_quantity.h.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "base/units.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

using base::tr;

namespace {

bool near(double a, double b, double scale) {
  return std::fabs(a - b) <= 1e-12 * std::max(std::fabs(a), std::fabs(b)) + 1e-9 * scale;
}

std::string units_text(const std::string& unit) {
  return unit.empty() ? tr("no unit") : unit;
}

}  // namespace

std::string difference(const StatedQuantity& a, const StatedQuantity& b) {
  double value = b.value;
  double u = b.standard_uncertainty;
  double limit = b.limit_uncertainty;
  if (a.unit != b.unit) {
    try {
      if (a.unit.empty() || b.unit.empty()) throw base::InputError("");
      value = base::convert(value, b.unit, a.unit);
      u = base::convert_difference(u, b.unit, a.unit);
      limit = base::convert_difference(limit, b.unit, a.unit);
    } catch (const base::InputError&) {
      return fmt::format(fmt::runtime(tr("the units: {} and {}")), units_text(a.unit), units_text(b.unit));
    }
  }
  const auto two = [](const std::string& what, const auto& one, const auto& other) {
    return fmt::format(fmt::runtime(tr("{}: {} and {}")), what, one, other);
  };
  if (!near(a.value, value, a.standard_uncertainty)) return two(tr("the value"), a.value, value);
  if (!near(a.standard_uncertainty, u, a.standard_uncertainty))
    return two(tr("the standard uncertainty"), a.standard_uncertainty, u);
  if (a.degrees_of_freedom != b.degrees_of_freedom)
    return two(tr("the degrees of freedom"), a.degrees_of_freedom, b.degrees_of_freedom);
  if (a.distribution != b.distribution)
    return two(tr("the distribution"), to_string(a.distribution), to_string(b.distribution));
  if (!near(a.shape, b.shape, 1) || !near(a.limit_uncertainty, limit, a.standard_uncertainty))
    return two(tr("the shape of the distribution"), a.shape, b.shape);
  if (!a.readings.empty() && !b.readings.empty() && a.readings != b.readings) return tr("the readings");
  return "";
}

}  // namespace etalon::calibration
