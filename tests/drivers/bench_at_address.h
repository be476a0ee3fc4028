// The simulated bench of the tests with its meter at another kind of address.
#pragma once

#include <map>
#include <string>

#include "tests/drivers/simulation_bench.h"

namespace etalon::drivers::simulation {

inline Bench bench_with_meter_at(const std::string& address) {
  const Bench original = test_bench();
  std::string text = bench_text();
  const std::string socket = "TCPIP::127.0.0.1::5025::SOCKET";
  text.replace(text.find(socket), socket.size(), address);
  std::map<std::string, std::string> drivers;
  for (const BenchInstrument& instrument : original.instruments)
    drivers[instrument.driver_name] = instrument.driver_text;
  return parse_bench(text, "test-bench.toml", drivers);
}

}  // namespace etalon::drivers::simulation
