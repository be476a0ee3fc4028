#include "app/interval_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/decimal.h"

namespace etalon::app {

using base::Decimal;

namespace {

// The place of the second digit; empty for what has none.
std::optional<int> place_of(double distance) {
  if (!(distance > 0) || !std::isfinite(distance)) return std::nullopt;
  return Decimal::from_double(distance).rounded_significant(2).last_place();
}

Decimal units_at(double units, int place) {
  return Decimal::parse(fmt::format("{:.0f}e{}", units, place)).rounded(place);
}

// The largest number of the place that is not above `value`, or the smallest not below it.
std::string outward(double value, int place, bool down) {
  const double units = value * std::pow(10.0, -place);
  if (std::fabs(units) > 1e15) return fmt::format("{:.17g}", value);
  const double first = down ? std::floor(units) : std::ceil(units);
  // The product above is rounded: one more may still fit, or this one may be too far in.
  for (const double step : {1.0, 0.0, -1.0}) {
    const Decimal candidate = units_at(first + (down ? step : -step), place);
    if (down ? candidate.to_double() <= value : candidate.to_double() >= value) return candidate.str();
  }
  return units_at(first, place).str();
}

}  // namespace

std::string interval_about_text(double estimate, double lower, double upper) {
  const double size = std::max({std::fabs(estimate), std::fabs(lower), std::fabs(upper)});
  const double length = upper - lower;
  if (!(length > 0)) {
    const std::string text = Decimal::from_double(estimate).str();
    return text + " [" + Decimal::from_double(lower).str() + ", " + Decimal::from_double(upper).str() + "]";
  }
  // A power of ten that people use (…, -6, -3, 0, 3, …) where plain notation is long.
  const int tens = static_cast<int>(std::floor(std::log10(size) / 3)) * 3;
  const int ten = tens < -3 || length >= 1e7 ? tens : 0;
  // In two steps where the power itself is out of range.
  const auto scaled = [&](double value) {
    return ten == 0 ? value : value * std::pow(10, -(ten / 2)) * std::pow(10, -(ten - ten / 2));
  };
  const double y = scaled(estimate), low = scaled(lower), high = scaled(upper);
  const int otherwise = place_of(high - low).value_or(0);
  const std::optional<int> below = place_of(y - low), above = place_of(high - y);
  const int place_low = below ? *below : above.value_or(otherwise);
  const int place_high = above ? *above : below.value_or(otherwise);
  const std::string estimate_text = Decimal::from_double(y).rounded(std::min(place_low, place_high)).str();
  const std::string ends = outward(low, place_low, true) + ", " + outward(high, place_high, false);
  const std::string text = estimate_text + " [" + ends + "]";
  return ten == 0 ? text : fmt::format("({})·10^{}", text, ten);
}

}  // namespace etalon::app
