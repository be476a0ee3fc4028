// sigrok's driver for power supplies sees what etalon did to a supply, and etalon what sigrok did.
#include <catch2/catch.hpp>
#include <cmath>

#include "base/file.h"
#include "drivers/instrument.h"
#include "drivers/simulation/simulated_bench.h"
#include "drivers/source.h"
#include "tests/witness/outside_program.h"

using namespace etalon::drivers;
using namespace etalon::drivers::simulation;
using namespace etalon::witness;
using etalon::base::AcceleratedClock;

namespace {

Bench supply_bench() {
  const std::string driver = etalon::base::read_file(std::string(ETALON_WITNESS_DIR) + "/rigol-dp711.toml");
  return parse_bench(R"([bench]
title = "Supply"
[simulation]
start = "2026-06-01T08:00:00Z"
[roles]
source = "supply"
[instruments.supply]
driver  = "rigol-dp711"
address = "TCPIP::127.0.0.1::5555::SOCKET"
serial  = "DP7A000000001"
)",
                     "supply-bench.toml", {{"rigol-dp711", driver}});
}

// The number in "P1: 12.001 V DC".
double voltage_in(const std::string& text) {
  const std::size_t at = text.find("V1: ");
  double value = NAN;
  if (at == std::string::npos || std::sscanf(text.c_str() + at + 4, "%lf", &value) != 1) return NAN;
  return text.find(" mV", at) < text.find('\n', at) ? value / 1000 : value;
}

}  // namespace

TEST_CASE("sigrok sees a supply's output on, and off after etalon made it safe; etalon sees what sigrok set") {
  need("sh -c 'command -v sigrok-cli'", "sigrok-cli");
  const AcceleratedClock clock(50, 1.78e9);
  SimulatedBench simulated(supply_bench(), clock, 3);
  const Bench live = simulated.live_bench();
  const auto port = std::get<SocketAddress>(parse_address(simulated.address("supply"))).port;
  const std::string sigrok = "sigrok-cli -d scpi-pps:conn=tcp-raw/127.0.0.1/" + std::to_string(port) + " ";

  const Outcome scan = run(sigrok + "--scan");
  INFO(scan.text);
  CHECK(scan.text.find("DP711") != std::string::npos);
  {
    Instrument instrument(live.instrument("supply"), nullptr, nullptr);
    instrument.identify();
    instrument.start_up();
    SourceRole(instrument, "dc voltage").apply(12.5);
  }
  Outcome seen = run(sigrok + "-g 1 --get enabled");
  INFO(seen.text);
  CHECK(seen.text.find("true") != std::string::npos);
  seen = run(sigrok + "--samples 2");
  INFO(seen.text);
  CHECK(voltage_in(seen.text) == Approx(12.5).margin(0.05));
  {
    Instrument instrument(live.instrument("supply"), nullptr, nullptr);
    instrument.identify();
    instrument.make_safe();
  }
  seen = run(sigrok + "-g 1 --get enabled");
  INFO(seen.text);
  CHECK(seen.text.find("false") != std::string::npos);
  seen = run(sigrok + "--samples 2");
  INFO(seen.text);
  CHECK(std::fabs(voltage_in(seen.text)) < 0.05);

  // The other way round.
  const Outcome set = run(sigrok + "-g 1 --config voltage_target=5.25:enabled=on --set");
  INFO(set.text);
  CHECK(set.status == 0);
  Instrument instrument(live.instrument("supply"), nullptr, nullptr);
  instrument.identify();
  CHECK(instrument.flag("on"));
  const Source& source = *live.instrument("supply").driver.source("dc voltage");
  CHECK(instrument.carry_out(*source.read_back, {}).at("value") == "5.250");
  instrument.make_safe();
  CHECK_FALSE(instrument.flag("on"));
}
