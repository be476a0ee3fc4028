// The ports at which the instruments of a simulated bench listen: of the kind that the bench file's address names, on
// this computer. Instruments on GPIB share one simulated adapter a bus.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/bench.h"
#include "drivers/simulation/prologix_adapter.h"
#include "drivers/simulation/server_port.h"

namespace etalon::drivers::simulation {

class SimulatedPorts {
 public:
  // FileError, here and in port_for, for an address of a kind that cannot be simulated, a GPIB bus without its
  // [adapters.GPIBn], two instruments at one GPIB address.
  explicit SimulatedPorts(const Bench& bench);

  std::unique_ptr<ServerPort> port_for(const BenchInstrument& instrument);

  // Name (GPIB0) and address of each adapter that instruments are behind.
  std::vector<std::pair<std::string, std::string>> adapters() const;
  // The adapters begin to serve, when all instruments have their ports; once.
  void start();
  void stop();

 private:
  std::unique_ptr<ServerPort> gpib_port(const BenchInstrument& instrument, const GpibAddress& address);

  const Bench& bench_;
  std::map<int, std::unique_ptr<SimulatedPrologixAdapter>> adapters_;  // by board
  std::map<std::string, std::string> stations_;                        // who is at a GPIB address
};

}  // namespace etalon::drivers::simulation
