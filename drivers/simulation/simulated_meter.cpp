#include "drivers/simulation/simulated_meter.h"

#include <cmath>

#include "base/units.h"

namespace etalon::drivers::simulation {

using base::Seconds;

SimulatedMeter::SimulatedMeter(const Measure& measure, const TrueLine& truth, const World& world,
                               const std::string& name)
    : measure_(measure),
      truth_(truth),
      world_(world),
      name_(name),
      noise_(world.seed(), "noise/" + name + "/" + measure.quantity) {}

Terminals SimulatedMeter::in_its_unit(Terminals terminals) const {
  if (terminals.unit.empty() || terminals.unit == measure_.unit) return terminals;
  terminals.value = base::convert(terminals.value, terminals.unit, measure_.unit);
  terminals.noise = base::convert_difference(terminals.noise, terminals.unit, measure_.unit);
  terminals.unit = measure_.unit;
  return terminals;
}

Terminals SimulatedMeter::input(Seconds time) const {
  if (measure_.own_output) return in_its_unit(world_.output_of(name_, measure_.quantity, time));
  if (AmbientClimate::has(measure_.quantity) && !world_.is_wired(name_)) {
    return {measure_.quantity, world_.climate().value(measure_.quantity, measure_.unit, time), 0};
  }
  return in_its_unit(world_.input(name_, measure_.quantity, time));
}

Terminals SimulatedMeter::mean_input(Seconds begin, Seconds end) const {
  if (!(end > begin)) return input(end);
  // The input is smooth but for the start of a change; the midpoint rule on 16 pieces follows that well enough.
  constexpr int pieces = 16;
  Terminals mean{measure_.quantity, 0, 0};
  for (int i = 0; i < pieces; ++i) {
    const Terminals piece = input(begin + (end - begin) * (i + 0.5) / pieces);
    mean.value += piece.value / pieces;
    mean.noise = std::max(mean.noise, piece.noise);
  }
  return mean;
}

double SimulatedMeter::automatic_range(Seconds time) const {
  if (measure_.ranges.empty()) return 0;
  const double value = std::fabs(input(time).value);
  for (const double range : measure_.ranges) {
    if (value <= range * measure_.over_range) return range;
  }
  return measure_.ranges.back();
}

double SimulatedMeter::gain_drift(Seconds time) const {
  const MeterPhysics& physics = measure_.physics;
  const double warm_up =
      physics.warm_up_drift * std::exp(-(physics.switched_on_before + time) / physics.warm_up_time_constant);
  if (physics.temperature_coefficient == 0) return warm_up;
  return warm_up +
         physics.temperature_coefficient * (world_.climate().temperature(time) - AmbientClimate::mean_temperature);
}

double SimulatedMeter::read(double range, double nplc, Seconds begin, Seconds end) {
  if (!(range > 0)) range = automatic_range(end);
  const Terminals applied = mean_input(begin, end);
  const TrueRow& row = truth_.row_of_range(range);
  double noise_floor = 0;
  double noise_nplc = 0;
  for (const MeterPhysics::Row& physics : measure_.physics.rows) {
    if (range > physics.range * (1 + 1e-12)) continue;
    noise_floor = physics.noise_floor;
    noise_nplc = nplc > 0 ? physics.noise_nplc / std::sqrt(nplc) : 0;
    break;
  }
  // The source's noise (0.1 Hz to 10 Hz) is slower than a reading, so a reading sees all of it.
  const double noise = std::hypot(std::hypot(noise_floor, noise_nplc), applied.noise);
  const double indication = applied.value * (1 + row.gain + gain_drift(end)) + row.offset + noise * noise_.normal();
  if (range > 0 && std::fabs(indication) > range * measure_.over_range) {
    return std::copysign(measure_.overload, indication);
  }
  const double digit = measure_.resolution_at(range);
  return digit > 0 ? std::nearbyint(indication / digit) * digit : indication;
}

}  // namespace etalon::drivers::simulation
