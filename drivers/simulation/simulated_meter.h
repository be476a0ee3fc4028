// A measuring function of a simulated individual: true gain and offset of the range, drift, noise,
// quantisation, overload.
#pragma once

#include "base/clock.h"
#include "drivers/driver_file.h"
#include "drivers/simulation/truth.h"
#include "drivers/simulation/world.h"

namespace etalon::drivers::simulation {

class SimulatedMeter {
 public:
  // The world must outlive the meter and know it by `name`.
  SimulatedMeter(const Measure& measure, const TrueLine& truth, const World& world, const std::string& name);

  const Measure& description() const { return measure_; }

  // The indication for an input that was integrated from `begin` to `end`. `range` 0 chooses one (the smallest that is
  // not overloaded); `nplc` 0 means that the noise does not depend on it. Overload is ± the driver file's sentinel.
  // Moves the noise on: each call is a new reading.
  double read(double range, double nplc, base::Seconds begin, base::Seconds end);
  // The range that automatic ranging takes for the present input.
  double automatic_range(base::Seconds time) const;

 private:
  double gain_drift(base::Seconds time) const;
  Terminals mean_input(base::Seconds begin, base::Seconds end) const;
  Terminals input(base::Seconds time) const;
  Terminals in_its_unit(Terminals terminals) const;

  Measure measure_;
  TrueLine truth_;
  const World& world_;
  std::string name_;
  RandomStream noise_;
};

}  // namespace etalon::drivers::simulation
