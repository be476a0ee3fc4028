// The room of a simulated bench. Temperature 20.5 °C ± 0.3 °C wandering, with an air-conditioning cycle of 20 min and
// ± 0.2 K; pressure within 1013 hPa ± 8 hPa at the start, walking 0.3 hPa in an hour; humidity 45 % ± 5 %. A pure
// function of time and seed. Sizes are engineering judgement, not measured.
#pragma once

#include <string>

#include "base/clock.h"
#include "drivers/simulation/random_stream.h"

namespace etalon::drivers::simulation {

class AmbientClimate {
 public:
  static constexpr double mean_temperature = 20.5;  // degC

  explicit AmbientClimate(std::uint64_t seed);

  double temperature(base::Seconds time) const;        // degC
  double pressure(base::Seconds time) const;           // hPa
  double relative_humidity(base::Seconds time) const;  // %

  // By the quantity's name as driver files write it ("temperature", "pressure", "relative humidity").
  static bool has(const std::string& quantity);
  // In `unit`; InputError when there is no such quantity, or for a unit of another dimension.
  double value(const std::string& quantity, const std::string& unit, base::Seconds time) const;

 private:
  RandomStream temperature_, pressure_, humidity_;
};

}  // namespace etalon::drivers::simulation
