// One session with the simulated device of a driver file: the simulator with its world, and a client beside it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "drivers/bench.h"
#include "drivers/conformance/conformance.h"
#include "drivers/instrument.h"
#include "drivers/simulation/simulated_bench.h"

namespace etalon::drivers::conformance {

class DeviceSession {
 public:
  static constexpr const char* device = "device";

  // The simulator serves, with these faults ("overload@3"); the client is not connected yet. `individual` is a model or
  // module that has limits of its own.
  DeviceSession(const std::string& driver_text, const std::string& driver_name, const Options& options,
                const std::vector<std::string>& faults = {}, const std::string& individual = "");

  const DriverFile& driver() const { return live_.instruments.front().driver; }
  simulation::World& world() { return simulated_.world(); }
  const simulation::Truth& truth() const { return simulated_.truth(); }
  const base::Clock& clock() const { return clock_; }

  // Connects, identifies and starts up; again for a new connection.
  Instrument& connect();
  // Connects without a message.
  Instrument& open();
  Instrument& instrument() { return *instrument_; }
  // Replies that the simulator has sent so far.
  int replies() const { return simulated_.replies(device); }
  std::size_t messages_sent() const;

  // What lies at the device's input from now on, in the unit of the measure; wires it up at the first time.
  void apply(const Measure& measure, double value);
  // What the device should read then, and within what.
  double expected(const Measure& measure, double range) const;
  double tolerance(const Measure& measure, double range) const;

 private:
  base::AcceleratedClock clock_;
  Bench bench_;
  simulation::SimulatedBench simulated_;
  Bench live_;
  const base::Cancellation* cancellation_;
  std::shared_ptr<Transcript> transcript_;
  std::unique_ptr<Instrument> instrument_;
  struct Input {
    std::atomic<double> value{0};
    std::string quantity;
  };
  std::shared_ptr<Input> input_;
};

// A value well inside a range of the measure (or of its fixed range), as a part of it.
double inside(const Measure& measure, double range, double part);
// The ranges to go through; one 0 for a measure without ranges.
std::vector<double> ranges_of(const Measure& measure);

}  // namespace etalon::drivers::conformance
