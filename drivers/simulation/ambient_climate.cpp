#include "drivers/simulation/ambient_climate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::drivers::simulation {

using base::tr;

namespace {

constexpr double hour = 3600;

// Between -1 and 1: independent values at knots `spacing` apart, joined by half waves of a cosine.
double wander(const RandomStream& stream, base::Seconds time, double spacing) {
  const double position = std::max(time, 0.0) / spacing;
  const auto knot = static_cast<std::uint64_t>(position);
  const double weight = (1 - std::cos(std::numbers::pi * (position - static_cast<double>(knot)))) / 2;
  const double before = 2 * stream.at(knot) - 1;
  const double after = 2 * stream.at(knot + 1) - 1;
  return before + weight * (after - before);
}

}  // namespace

AmbientClimate::AmbientClimate(std::uint64_t seed)
    : temperature_(seed, "ambient/temperature"),
      pressure_(seed, "ambient/pressure"),
      humidity_(seed, "ambient/humidity") {}

double AmbientClimate::temperature(base::Seconds time) const {
  constexpr double cycle = 1200;
  // The phase comes from a far place of the stream that `wander` never reaches.
  const double phase = temperature_.at(1ull << 62);
  return mean_temperature + 0.3 * wander(temperature_, time, 0.75 * hour) +
         0.2 * std::sin(2 * std::numbers::pi * (time / cycle + phase));
}

double AmbientClimate::pressure(base::Seconds time) const {
  // Steps of uniform distribution with standard deviation 0.3 hPa, an hour each, joined by straight lines.
  const double step = 0.3 * std::sqrt(3.0);
  const double hours = std::max(time, 0.0) / hour;
  const auto whole = static_cast<std::uint64_t>(hours);
  double pressure = 1013 + 8 * (2 * pressure_.at(0) - 1);
  for (std::uint64_t i = 0; i < whole; ++i)
    pressure += step * (2 * pressure_.at(i + 1) - 1);
  return pressure + (hours - static_cast<double>(whole)) * step * (2 * pressure_.at(whole + 1) - 1);
}

double AmbientClimate::relative_humidity(base::Seconds time) const {
  return 45 + 5 * wander(humidity_, time, 2 * hour);
}

bool AmbientClimate::has(const std::string& quantity) {
  return quantity == "temperature" || quantity == "pressure" || quantity == "relative humidity";
}

double AmbientClimate::value(const std::string& quantity, const std::string& unit, base::Seconds time) const {
  if (quantity == "temperature") return base::convert(temperature(time), "degC", unit);
  if (quantity == "pressure") return base::convert(pressure(time), "hPa", unit);
  if (quantity == "relative humidity") return base::convert(relative_humidity(time), "%", unit);
  throw base::InputError(fmt::format(
      fmt::runtime(tr("the simulated room has no '{}'; it has temperature, pressure, relative humidity")), quantity));
}

}  // namespace etalon::drivers::simulation
