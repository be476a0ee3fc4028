// A source as it behaves at its terminals: true output of the individual, settling, standby. Thread-safe, since the
// meter that is wired to it looks from another thread.
#pragma once

#include <deque>
#include <mutex>

#include "base/clock.h"
#include "drivers/driver_file.h"
#include "drivers/simulation/truth.h"
#include "drivers/simulation/world.h"

namespace etalon::drivers::simulation {

class SimulatedSource {
 public:
  SimulatedSource(const Source& source, const TrueLine& truth, std::uint64_t seed, const std::string& name);

  const Source& description() const { return source_; }
  // False when the value lies outside the source's limits: nothing changes. A value at or above `standby_above`
  // switches the output off.
  bool set(double value, base::Seconds time);
  void operate(base::Seconds time);
  void standby(base::Seconds time);

  double setting() const;
  bool operating() const;
  // Long enough since the last change. In standby too: this flag alone does not say that there is an output.
  bool settled(base::Seconds time) const;
  // When that will be.
  base::Seconds settles_at() const;

  // At the terminals, at this or a recent time (the last few changes are remembered). An output that is off floats by
  // some microvolts.
  Terminals output(base::Seconds time) const;

 private:
  // From `start` on, the output goes from `from` to `to`, exponentially or at the slew rate.
  struct Segment {
    base::Seconds start = 0;
    double from = 0;
    double to = 0;
    double noise = 0;
    bool on = false;
  };
  void go_to(double target, double noise, bool on, base::Seconds time);
  double value_of(const Segment& segment, base::Seconds time) const;
  double true_output(double setting) const;
  double noise_of(double setting) const;

  Source source_;
  TrueLine truth_;
  RandomStream floating_;
  mutable std::mutex mutex_;
  double setting_ = 0;
  bool operating_ = false;
  base::Seconds changed_;
  std::deque<Segment> segments_;
};

}  // namespace etalon::drivers::simulation
