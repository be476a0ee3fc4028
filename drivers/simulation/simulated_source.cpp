#include "drivers/simulation/simulated_source.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace etalon::drivers::simulation {

using base::Seconds;

SimulatedSource::SimulatedSource(const Source& source, const TrueLine& truth, std::uint64_t seed,
                                 const std::string& name)
    : source_(source),
      truth_(truth),
      floating_(seed, "floating/" + name + "/" + source.quantity),
      changed_(-std::numeric_limits<double>::infinity()) {
  segments_.push_back({-std::numeric_limits<double>::infinity(), 0, 0, 0, false});
}

double SimulatedSource::true_output(double setting) const {
  const TrueRow& row = truth_.row_holding(setting);
  return setting * (1 + row.gain) + row.offset;
}

double SimulatedSource::noise_of(double setting) const {
  for (const SourcePhysics::Row& row : source_.physics.rows) {
    if (std::fabs(setting) > row.range * (1 + 1e-12)) continue;
    return std::hypot(row.noise * setting, row.noise_floor);
  }
  return 0;
}

double SimulatedSource::value_of(const Segment& segment, Seconds time) const {
  if (!(source_.physics.time_constant > 0) || !std::isfinite(segment.start)) return segment.to;
  return segment.to + (segment.from - segment.to) * std::exp(-(time - segment.start) / source_.physics.time_constant);
}

void SimulatedSource::go_to(double target, double noise, bool on, Seconds time) {
  segments_.push_back({time, value_of(segments_.back(), time), target, noise, on});
  if (segments_.size() > 64) segments_.pop_front();
  changed_ = time;
}

bool SimulatedSource::set(double value, Seconds time) {
  std::lock_guard lock(mutex_);
  if (!(value >= source_.minimum && value <= source_.maximum)) return false;
  setting_ = value;
  const double limit = source_.physics.standby_above;
  if (limit > 0 && std::fabs(value) >= limit) operating_ = false;
  if (operating_) {
    go_to(true_output(value), noise_of(value), true, time);
  } else {
    go_to(0, 0, false, time);
  }
  return true;
}

void SimulatedSource::operate(Seconds time) {
  std::lock_guard lock(mutex_);
  if (operating_) return;
  operating_ = true;
  go_to(true_output(setting_), noise_of(setting_), true, time);
}

void SimulatedSource::standby(Seconds time) {
  std::lock_guard lock(mutex_);
  if (!operating_) return;
  operating_ = false;
  go_to(0, 0, false, time);
}

double SimulatedSource::setting() const {
  std::lock_guard lock(mutex_);
  return setting_;
}

bool SimulatedSource::operating() const {
  std::lock_guard lock(mutex_);
  return operating_;
}

bool SimulatedSource::settled(Seconds time) const {
  std::lock_guard lock(mutex_);
  return time - changed_ >= source_.physics.settled_after;
}

Terminals SimulatedSource::output(Seconds time) const {
  std::lock_guard lock(mutex_);
  const Segment* segment = &segments_.front();
  for (const Segment& candidate : segments_) {
    if (candidate.start <= time) segment = &candidate;
  }
  Terminals terminals{source_.quantity, value_of(*segment, time), segment->noise};
  if (!segment->on && source_.quantity == "dc voltage") {
    terminals.value += 40e-6 * (floating_.at(static_cast<std::uint64_t>(std::max(time, 0.0) / 2)) - 0.5);
  }
  return terminals;
}

}  // namespace etalon::drivers::simulation
