// The client and the simulator that come from one driver file, against each other over real links: what the client
// reads is the truth within its noise, and no misbehaviour becomes a number.
#include <catch2/catch.hpp>
#include <cmath>
#include <thread>

#include "base/error.h"
#include "drivers/instrument.h"
#include "drivers/links/instrument_error.h"
#include "drivers/meter.h"
#include "drivers/source.h"
#include "tests/drivers/simulation_bench.h"

using namespace etalon::drivers;
namespace simulation = etalon::drivers::simulation;
using etalon::base::AcceleratedClock;
using simulation::SimulatedBench;

namespace {

struct Setup {
  // `timeout`: s, of every instrument; below the delay of a late reply.
  explicit Setup(const std::vector<std::string>& faults = {}, double speed = 400, double timeout = 1)
      : clock(speed, 1.78e9), served(simulation::test_bench(), clock, 17, parsed(faults)), live(served.live_bench()) {
    for (BenchInstrument& instrument : live.instruments)
      instrument.driver.link.timeout = timeout;
  }
  static std::vector<simulation::Fault> parsed(const std::vector<std::string>& texts) {
    std::vector<simulation::Fault> faults;
    for (const std::string& text : texts)
      faults.push_back(simulation::parse_fault(text));
    return faults;
  }
  std::unique_ptr<Instrument> open(const std::string& name) {
    auto instrument = std::make_unique<Instrument>(live.instrument(name), std::make_shared<Transcript>(), nullptr);
    instrument->identify();
    instrument->start_up();
    return instrument;
  }
  AcceleratedClock clock;
  SimulatedBench served;
  Bench live;
};

void wait_settled(SourceRole& source) {
  while (!source.settled())
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

}  // namespace

TEST_CASE("the client measures the truth") {
  Setup setup;
  const auto meter_instrument = setup.open("meter");
  const auto calibrator = setup.open("calibrator");
  const auto ambient = setup.open("ambient");
  Meter meter(*meter_instrument, "dc voltage");
  SourceRole source(*calibrator, "dc voltage");
  setup.served.world().connect("meter", "calibrator");
  const auto& truth = setup.served.truth();
  for (const auto& [range, setting] : {std::pair{1.0, 0.9}, {10.0, -10.0}, {100.0, 50.0}, {1000.0, 1000.0}}) {
    meter.configure(range, {{"nplc", "10"}});
    source.apply(setting);
    wait_settled(source);
    double mean = 0;
    constexpr int n = 10;
    for (int i = 0; i < n; ++i) {
      const Reading reading = meter.read();
      CHECK(reading.unit == "V");
      CHECK(parse_number(reading.text) == reading.value);
      mean += reading.value / n;
    }
    source.check_operating();
    const double applied = truth.source_output("calibrator", "dc voltage", setting);
    const double expected = applied + truth.meter_error("meter", "dc voltage", range, applied);
    INFO("range " << range << " V, setting " << setting << " V");
    CHECK(mean == Approx(expected).margin(2.2e-6 + 2e-6 * range));  // EMF, noise, rounding
  }
  source.make_safe();
  CHECK_FALSE(calibrator->flag("operate"));
  Meter thermometer(*ambient, "temperature");
  CHECK(thermometer.read().value == Approx(20.5).margin(0.7));
}

TEST_CASE("no misbehaviour of the meter becomes a number") {
  const std::vector<std::pair<std::string, Fault>> cases = {
      {"late-reply", Fault::timeout},
      {"empty-reply", Fault::empty_reply},
      {"truncated-reply", Fault::truncated_reply},
      {"cut-reply", Fault::truncated_reply},
      {"text-reply", Fault::not_a_number},
      {"overload", Fault::overload},
      {"no-reply", Fault::timeout},
      {"cut-line", Fault::link_lost},
  };
  for (const auto& [kind, expected] : cases) {
    INFO("fault " << kind);
    // Identity, error queue after starting up and after configuring, two settings read back: the sixth is the reading.
    Setup faulty({"meter:" + kind + "@6"});
    faulty.served.world().short_input("meter");
    const auto instrument = faulty.open("meter");
    Meter meter(*instrument, "dc voltage");
    meter.configure(10, {});
    try {
      const Reading reading = meter.read();
      FAIL("it became the number " << reading.text);
    } catch (const InstrumentError& error) {
      INFO(error.what());
      CHECK(fault_name(error.fault()) == fault_name(expected));
      CHECK(error.instrument() == "meter");
      CHECK(error.address() == faulty.served.address("meter"));
      CHECK(error.sent().find("READ?") != std::string::npos);
    }
    if (expected == Fault::link_lost) continue;  // opened again by a person's decision only
    // And the link is in step again: a reading is a reading.
    for (int i = 0; i < 5; ++i)
      CHECK(std::fabs(meter.read().value) < 100e-6);
  }
}

TEST_CASE("garbage never becomes a number either") {
  Setup setup({"meter:garbage@6"});
  setup.served.world().short_input("meter");
  const auto instrument = setup.open("meter");
  Meter meter(*instrument, "dc voltage");
  meter.configure(10, {});
  CHECK_THROWS_AS(meter.read(), InstrumentError);
  for (int i = 0; i < 5; ++i)
    CHECK(std::fabs(meter.read().value) < 100e-6);
}

TEST_CASE("a wrong instrument, a wrong serial number, a calibrator in standby") {
  const auto fault_of = [](const std::function<void()>& what) {
    try {
      what();
    } catch (const InstrumentError& error) {
      return fault_name(error.fault());
    }
    return std::string("none");
  };
  for (const std::string name : {"meter", "calibrator", "ambient"}) {
    for (const std::string kind : {"wrong-identity", "wrong-serial"}) {
      INFO(name << " " << kind);
      Setup setup({name + ":" + kind + "@1"});
      CHECK(fault_of([&] { setup.open(name); }) == "wrong-instrument");
    }
  }
  Setup setup({"calibrator:standby@30"});
  const auto calibrator = setup.open("calibrator");
  SourceRole source(*calibrator, "dc voltage");
  source.apply(10);
  CHECK(fault_of([&] {
          for (int i = 0; i < 30; ++i)
            source.check_operating();
        }) == "not-operating");
  source.apply(10);
  source.check_operating();
}
