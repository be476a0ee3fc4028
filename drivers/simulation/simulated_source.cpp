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
  // An output without a switch is on from the start, with nothing set yet.
  operating_ = !source_.operate;
  segments_.push_back(
      {-std::numeric_limits<double>::infinity(), source_.physics.off_value, source_.physics.off_value, 0, operating_});
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
  if (!std::isfinite(segment.start)) return segment.to;
  const double slew = source_.physics.slew;
  if (slew > 0) {
    const double distance = segment.to - segment.from;
    const double gone = slew * (time - segment.start);
    return gone >= std::fabs(distance) ? segment.to : segment.from + std::copysign(gone, distance);
  }
  if (!(source_.physics.time_constant > 0)) return segment.to;
  return segment.to + (segment.from - segment.to) * std::exp(-(time - segment.start) / source_.physics.time_constant);
}

void SimulatedSource::go_to(double target, double noise, bool on, Seconds time) {
  const double from = value_of(segments_.back(), time);
  segments_.push_back({time, from, target, noise, on});
  if (segments_.size() > 64) segments_.pop_front();
  const double slew = source_.physics.slew;
  changed_ = time + (slew > 0 ? std::fabs(target - from) / slew : 0);
}

bool SimulatedSource::set(double value, Seconds time) {
  std::lock_guard lock(mutex_);
  if (!source_.can(value)) return false;
  setting_ = value;
  if (!source_.operate) operating_ = true;  // its set is its switch
  const double limit = source_.physics.standby_above;
  if (limit > 0 && std::fabs(value) >= limit) operating_ = false;
  if (operating_) {
    go_to(true_output(value), noise_of(value), true, time);
  } else {
    go_to(source_.physics.off_value, 0, false, time);
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
  go_to(source_.physics.off_value, 0, false, time);
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

Seconds SimulatedSource::settles_at() const {
  std::lock_guard lock(mutex_);
  return changed_ + source_.physics.settled_after;
}

Terminals SimulatedSource::output(Seconds time) const {
  std::lock_guard lock(mutex_);
  const Segment* segment = &segments_.front();
  for (const Segment& candidate : segments_) {
    if (candidate.start <= time) segment = &candidate;
  }
  Terminals terminals{source_.quantity, value_of(*segment, time), segment->noise, source_.unit};
  if (!segment->on && source_.quantity == "dc voltage") {
    terminals.value += 40e-6 * (floating_.at(static_cast<std::uint64_t>(std::max(time, 0.0) / 2)) - 0.5);
  }
  return terminals;
}

}  // namespace etalon::drivers::simulation
