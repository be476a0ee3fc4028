// All instruments of a bench as simulators in one world, each at a port of its own on this computer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "drivers/bench.h"
#include "drivers/simulation/fault.h"
#include "drivers/simulation/hand.h"
#include "drivers/simulation/simulated_ports.h"
#include "drivers/simulation/simulator.h"
#include "drivers/simulation/truth.h"
#include "drivers/simulation/world.h"

namespace etalon::drivers::simulation {

class SimulatedBench {
 public:
  // Serves at once. An instrument whose address in the bench file is a serial line gets a pseudo-terminal, one with
  // HiSLIP, VXI-11 at inst0,0 or a TCP socket a free port on 127.0.0.1; VXI-11 at inst0 needs the port mapper (rpcbind)
  // and is possible for one instrument. Those on GPIB are behind a simulated adapter, one for each bus. The rest of the
  // address is not used. The clock must outlive the bench. InputError for a bench without [simulation], a fault of an
  // unknown instrument, driver files that cannot be simulated.
  SimulatedBench(const Bench& bench, const base::Clock& clock, std::uint64_t seed,
                 const std::vector<Fault>& faults = {});
  ~SimulatedBench();
  SimulatedBench(const SimulatedBench&) = delete;
  SimulatedBench& operator=(const SimulatedBench&) = delete;

  // Name and address, in the order of the bench file.
  const std::vector<std::pair<std::string, std::string>>& addresses() const { return addresses_; }
  const std::string& address(const std::string& instrument) const;  // InputError when there is none
  // Replies that an instrument's simulator has sent so far.
  int replies(const std::string& instrument) const;
  // Name (GPIB0) and address of each GPIB adapter.
  std::vector<std::pair<std::string, std::string>> adapters() const { return ports_.adapters(); }
  std::string hand_address() const { return hand_->address(); }

  World& world() { return world_; }
  const Truth& truth() const { return truth_; }

  // The bench with the real addresses and the hand's; `path` and `text` too, so that it can be kept as it was used.
  Bench live_bench() const;
  // Its text, also as a file that another process can use while this one serves.
  std::string live_text() const;
  void write_live_bench(const std::string& path) const;

  // Ends all threads and releases all ports. More than once is allowed; the destructor does it too.
  void stop();
  // InputError when a simulator has ended by itself, with its reason.
  void check() const;

 private:
  Bench bench_;
  Truth truth_;
  World world_;
  std::vector<std::pair<std::string, std::string>> addresses_;
  SimulatedPorts ports_;
  std::vector<std::unique_ptr<Simulator>> simulators_;
  std::unique_ptr<Hand> hand_;
};

}  // namespace etalon::drivers::simulation
