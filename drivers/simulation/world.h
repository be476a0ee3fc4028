// The one world that the simulated instruments of a bench share: its clock, its room, and the wiring. What a source
// puts out reaches the meter that it is wired to, plus the thermal EMF of the leads. Safe to use from many threads.
//
// Every input is open until a hand does something about it.
//
// Thermal EMF: each touch of a meter's terminals warms them; the EMF is drawn between emf_low and emf_high with either
// sign and decays with the time constant, on top of a residual within ± emf_residual (copper against copper).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "drivers/bench.h"
#include "drivers/simulation/ambient_climate.h"
#include "drivers/simulation/random_stream.h"

namespace etalon::drivers::simulation {

// What lies at a pair of terminals at one time.
struct Terminals {
  std::string quantity;  // "dc voltage"
  double value = 0;      // in the unit of the quantity, without noise
  double noise = 0;      // rms, same unit
  std::string unit{};    // empty: that of whoever asks
};

class World {
 public:
  // The clock must outlive the world.
  World(const base::Clock& clock, std::uint64_t seed, const SimulationSettings& settings);

  const base::Clock& clock() const { return clock_; }
  std::uint64_t seed() const { return seed_; }
  const AmbientClimate& climate() const { return climate_; }

  // Whether leads, or a common vessel or block, join the meter to a source; if not, it sees the room.
  bool is_wired(const std::string& meter) const;
  // What a source puts out, when it is of this quantity; otherwise nothing (0).
  Terminals output_of(const std::string& source, const std::string& quantity, base::Seconds time) const;

  // A source's output as a function of time; it is called from any thread, and must stay callable.
  void add_source(const std::string& name, std::function<Terminals(base::Seconds)> output);
  void add_meter(const std::string& name);

  // What a person at the bench does. Each touches the meter's terminals. InputError for an unknown meter or source.
  void connect(const std::string& meter, const std::string& source);
  void short_input(const std::string& meter);
  void open_input(const std::string& meter);

  // What is applied to the meter's input. A source of another quantity, or none, gives 0; an open input drifts.
  Terminals input(const std::string& meter, const std::string& quantity, base::Seconds time) const;
  // Part of `input` for dc voltage; V.
  double thermal_emf(const std::string& meter, base::Seconds time) const;

 private:
  enum class Wire { open, copper_short, source };
  struct Wiring {
    Wire wire = Wire::open;
    std::string source;
    base::Seconds touched = 0;
    double emf = 0;       // V, at the touch
    double residual = 0;  // V
    RandomStream touches;
    RandomStream drift;
  };
  Wiring& touch(const std::string& meter);
  double emf_of(const Wiring& wiring, base::Seconds time) const;

  const base::Clock& clock_;
  std::uint64_t seed_;
  SimulationSettings settings_;
  AmbientClimate climate_;
  mutable std::mutex mutex_;
  std::map<std::string, std::function<Terminals(base::Seconds)>> sources_;
  std::map<std::string, Wiring> meters_;
};

}  // namespace etalon::drivers::simulation
