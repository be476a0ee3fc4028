#include "drivers/simulation/world.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers::simulation {

using base::InputError;
using base::Seconds;
using base::tr;

namespace {

template <typename Map>
std::string names_of(const Map& map) {
  std::vector<std::string> names;
  names.reserve(map.size());
  for (const auto& entry : map)
    names.push_back(entry.first);
  return names.empty() ? tr("none") : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

World::World(const base::Clock& clock, std::uint64_t seed, const SimulationSettings& settings)
    : clock_(clock), seed_(seed), settings_(settings), climate_(seed) {}

void World::add_source(const std::string& name, std::function<Terminals(Seconds)> output) {
  std::lock_guard lock(mutex_);
  sources_[name] = std::move(output);
}

void World::add_meter(const std::string& name) {
  std::lock_guard lock(mutex_);
  Wiring wiring{Wire::open, "", 0, 0, 0, RandomStream(seed_, "touch/" + name), RandomStream(seed_, "drift/" + name)};
  meters_.insert_or_assign(name, std::move(wiring));
}

World::Wiring& World::touch(const std::string& meter) {
  const auto found = meters_.find(meter);
  if (found == meters_.end()) {
    throw InputError(filled(tr("there is no meter '{}' on the simulated bench; it has {}"), meter, names_of(meters_)));
  }
  Wiring& wiring = found->second;
  wiring.touched = clock_.now();
  const double size = wiring.touches.uniform(settings_.emf_low, settings_.emf_high);
  wiring.emf = wiring.touches.uniform(-1, 1) < 0 ? -size : size;
  wiring.residual = wiring.touches.uniform(-settings_.emf_residual, settings_.emf_residual);
  return wiring;
}

void World::connect(const std::string& meter, const std::string& source) {
  std::lock_guard lock(mutex_);
  if (!sources_.count(source)) {
    throw InputError(fmt::format(fmt::runtime(tr("there is no source '{}' on the simulated bench; it has {}")), source,
                                 names_of(sources_)));
  }
  Wiring& wiring = touch(meter);
  wiring.wire = Wire::source;
  wiring.source = source;
}

void World::short_input(const std::string& meter) {
  std::lock_guard lock(mutex_);
  touch(meter).wire = Wire::copper_short;
}

void World::open_input(const std::string& meter) {
  std::lock_guard lock(mutex_);
  touch(meter).wire = Wire::open;
}

double World::emf_of(const Wiring& wiring, Seconds time) const {
  const double since = time - wiring.touched;
  if (since < 0) return 0;
  return wiring.residual + wiring.emf * std::exp(-since / settings_.emf_time_constant);
}

double World::thermal_emf(const std::string& meter, Seconds time) const {
  std::lock_guard lock(mutex_);
  return emf_of(meters_.at(meter), time);
}

bool World::is_wired(const std::string& meter) const {
  std::lock_guard lock(mutex_);
  const auto found = meters_.find(meter);
  return found != meters_.end() && found->second.wire == Wire::source;
}

Terminals World::output_of(const std::string& source, const std::string& quantity, Seconds time) const {
  std::function<Terminals(Seconds)> output;
  {
    std::lock_guard lock(mutex_);
    const auto found = sources_.find(source);
    if (found != sources_.end()) output = found->second;
  }
  if (output) {
    const Terminals terminals = output(time);
    if (terminals.quantity == quantity) return terminals;
  }
  return {quantity, 0, 0};
}

Terminals World::input(const std::string& meter, const std::string& quantity, Seconds time) const {
  std::function<Terminals(Seconds)> output;
  Terminals terminals{quantity, 0, 0};
  {
    std::lock_guard lock(mutex_);
    const Wiring& wiring = meters_.at(meter);
    if (quantity == "dc voltage") terminals.value = emf_of(wiring, time);
    if (wiring.wire == Wire::open) {
      // A few millivolts that the bias current leaves on a high-impedance input, changing over seconds.
      const double position = std::max(time, 0.0) / 3;
      const auto knot = static_cast<std::uint64_t>(position);
      const double between = position - static_cast<double>(knot);
      const double drift = (1 - between) * wiring.drift.at(knot) + between * wiring.drift.at(knot + 1);
      if (quantity == "dc voltage") terminals.value += 4e-3 * (drift - 0.5);
      return terminals;
    }
    if (wiring.wire == Wire::source) output = sources_.at(wiring.source);
  }
  // Outside the lock: a source has its own.
  if (output) {
    const Terminals applied = output(time);
    // Two or four leads: it is the same resistor.
    const bool same =
        applied.quantity == quantity || (quantity == "resistance 4-wire" && applied.quantity == "resistance");
    if (same) {
      terminals.value += applied.value;
      terminals.noise = applied.noise;
      terminals.unit = applied.unit;
    }
  }
  return terminals;
}

}  // namespace etalon::drivers::simulation
