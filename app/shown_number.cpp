#include "app/shown_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/decimal.h"

namespace etalon::app {

std::string to_place(double value, double digit) {
  if (!(digit >= 1e-12) || !(std::fabs(value) < 1e9)) return fmt::format("{:.8g}", value);
  const int place = static_cast<int>(std::floor(std::log10(digit) + 1e-6));
  return base::Decimal::from_double(value).rounded(std::min(place, 0)).str();
}

std::string two_digits(double value) {
  if (value == 0) return "0";
  const double size = std::fabs(value);
  return size < 1e-4 || !(size < 1e6) ? fmt::format("{:.1e}", value) : base::format_significant(value, 2);
}

std::string mean_text(double mean, double standard_deviation, double digit) {
  if (!(standard_deviation > 0)) return to_place(mean, digit);
  return to_place(mean, std::pow(10, std::floor(std::log10(standard_deviation)) - 1));
}

}  // namespace etalon::app
