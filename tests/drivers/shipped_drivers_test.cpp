// The driver files that come with the program: none claims what another does, and the client and the simulator made
// from each understand one another in every quantity and range, up to the safe state.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/units.h"
#include "drivers/instrument.h"
#include "drivers/links/instrument_error.h"
#include "drivers/meter.h"
#include "drivers/simulation/simulated_bench.h"
#include "drivers/source.h"

using namespace etalon::drivers;
using etalon::base::AcceleratedClock;
using etalon::drivers::simulation::SimulatedBench;
namespace simulation = etalon::drivers::simulation;

namespace {

const std::map<std::string, std::string>& texts() {
  static const std::map<std::string, std::string> read = [] {
    std::map<std::string, std::string> found;
    const std::string folder = std::string(ETALON_SOURCE_DIR) + "/configs/drivers";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".toml")
        found[entry.path().stem().string()] = etalon::base::read_file(entry.path().string());
    }
    return found;
  }();
  return read;
}

const std::vector<DriverFile>& drivers() {
  static const std::vector<DriverFile> parsed = [] {
    std::vector<DriverFile> all;
    for (const auto& [name, text] : texts()) {
      try {
        all.push_back(parse_driver_file(text, name + ".toml"));
      } catch (const etalon::base::FileError&) {
        continue;  // that each is right is a test of its own, in driver_file_test.cpp
      }
    }
    return all;
  }();
  return parsed;
}

// Files of instruments that speak plainly over a socket; those with a dialect have tests of their own.
std::vector<DriverFile> plain_drivers() {
  std::vector<DriverFile> plain;
  std::copy_if(drivers().begin(), drivers().end(), std::back_inserter(plain),
               [](const DriverFile& driver) { return driver.dialect.empty() && !driver.link.modbus; });
  return plain;
}

std::string example_of(const DriverFile& driver) {
  std::string example = driver.identity.example;
  if (const auto at = example.find("{serial}"); at != std::string::npos) example.replace(at, 8, "A12345");
  return example;
}

// The names of quantities, and a unit that theirs converts to.
const std::map<std::string, std::string> quantities = {
    {"dc voltage", "V"},     {"ac voltage", "V"},
    {"dc current", "A"},     {"ac current", "A"},
    {"resistance", "ohm"},   {"resistance 4-wire", "ohm"},
    {"frequency", "Hz"},     {"capacitance", "F"},
    {"temperature", "degC"}, {"relative humidity", "%"},
    {"pressure", "Pa"},      {"gauge pressure", "Pa"},
    {"mass", "g"},           {"ratio", "1"},
};

struct Setup {
  Setup() : clock(20000, 1.78e9), served(bench(), clock, 5), live(served.live_bench()) {
    for (BenchInstrument& instrument : live.instruments) {
      instrument.driver.link.timeout = std::max(10.0, instrument.driver.link.timeout);
      instrument.driver.link.pause = 0;  // simulators need none
    }
  }
  static Bench bench() {
    std::string text =
        "[bench]\ntitle = \"Every driver file\"\n[simulation]\nstart = \"2026-06-01T08:00:00Z\"\n[roles]\n";
    for (const DriverFile& driver : plain_drivers()) {
      text += "[instruments." + driver.name + "]\ndriver = \"" + driver.name +
              "\"\naddress = \"TCPIP::127.0.0.1::5025::SOCKET\"\nserial = \"A12345\"\n";
    }
    return parse_bench(text, "bench.toml", texts());
  }
  AcceleratedClock clock;
  SimulatedBench served;
  Bench live;
};

void wait_settled(SourceRole& source) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!source.settled()) {
    REQUIRE(std::chrono::steady_clock::now() < limit);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::vector<double> values_to_set(const Source& source) {
  if (!source.values.empty())
    return {source.values.front(), source.values[source.values.size() / 2], source.values.back()};
  std::vector<double> values = {source.minimum, source.maximum, (source.minimum + source.maximum) / 2};
  values.push_back(source.maximum / 3);
  if (source.minimum < 0) values.push_back(source.minimum / 3);
  return values;
}

void use(Instrument& instrument, const Measure& measure) {
  INFO(measure.quantity);
  Meter meter(instrument, measure.quantity);
  const std::vector<double> ranges = measure.ranges.empty() ? std::vector<double>{0} : measure.ranges;
  for (const double range : ranges) {
    INFO("range " << range << " " << measure.unit);
    meter.configure(range, {});
    const Reading reading = meter.read();
    CHECK(reading.unit == measure.unit);
    CHECK(parse_number(reading.text) == reading.value);
  }
  if (measure.read_many) {
    CHECK(meter.read_many(3).size() == 3);
    CHECK(meter.read().unit == measure.unit);  // one again
  }
}

void use(Instrument& instrument, const Source& source) {
  INFO(source.quantity);
  SourceRole role(instrument, source.quantity);
  for (const double value : values_to_set(source)) {
    INFO(value << " " << source.unit);
    role.apply(value);
    wait_settled(role);
    role.check_operating();
    const Measure* own = instrument.driver().measure(source.quantity);
    if (own && own->own_output) {
      Meter meter(instrument, source.quantity);
      meter.configure(0, {});
      CHECK(meter.read().value == Approx(value).epsilon(1e-3).margin(0.5));
    }
  }
  for (const double beyond : {source.minimum - 1, source.maximum * 1.01 + 1}) {
    try {
      role.apply(beyond);
      FAIL(beyond << " was not refused");
    } catch (const InstrumentError& error) {
      CHECK(fault_name(error.fault()) == "out-of-range");
    }
  }
  role.make_safe();
  const SafeState& safe = *instrument.driver().safe_state;
  if (!safe.flag.empty()) CHECK(instrument.flag(safe.flag) == safe.is);
  if (!source.operating.empty()) CHECK_FALSE(instrument.flag(source.operating));
}

}  // namespace

TEST_CASE("every shipped driver file says where its facts come from") {
  CHECK(drivers().size() >= 25);
  for (const DriverFile& driver : drivers()) {
    INFO(driver.name);
    CHECK_FALSE(driver.title.empty());
    CHECK_FALSE(driver.sources_of_facts.empty());
  }
}

TEST_CASE("no two shipped driver files claim one identity") {
  std::vector<std::string> generic;
  for (const DriverFile& driver : drivers()) {
    if (driver.identity.queries.empty()) continue;
    INFO(driver.name << ": " << example_of(driver));
    const auto own = match_identity(driver, example_of(driver));
    REQUIRE(own);
    CHECK_FALSE(own->maker.empty());
    CHECK_FALSE(own->model.empty());
    CHECK(own->serial == (driver.identity.has_serial ? "A12345" : ""));
    for (const DriverFile& other : drivers()) {
      if (other.name == driver.name || other.identity.generic || driver.identity.generic) continue;
      INFO("and " << other.name);
      CHECK_FALSE(match_identity(other, example_of(driver)));
    }
  }
}

TEST_CASE("quantities have the project's names and units, and the simulator knows how they behave") {
  for (const DriverFile& driver : drivers()) {
    for (const Measure& measure : driver.measures) {
      INFO(driver.name << ", " << measure.quantity);
      REQUIRE(quantities.count(measure.quantity));
      CHECK(etalon::base::convertible(measure.unit, quantities.at(measure.quantity)));
      REQUIRE_FALSE(measure.physics.rows.empty());
      if (!measure.ranges.empty()) CHECK(measure.physics.rows.back().range >= measure.ranges.back() * (1 - 1e-9));
      for (const Accuracy& accuracy : measure.specifications) {
        CHECK((accuracy.period == "24 hours" || accuracy.period == "90 days" || accuracy.period == "1 year"));
        for (const AccuracyRow& row : accuracy.rows) {
          if (!measure.ranges.empty())
            CHECK(std::find(measure.ranges.begin(), measure.ranges.end(), row.range) != measure.ranges.end());
          CHECK(row.of_reading < 0.1);
          CHECK(row.of_range < 0.1);
        }
      }
    }
    for (const Source& source : driver.sources) {
      INFO(driver.name << ", " << source.quantity);
      REQUIRE(quantities.count(source.quantity));
      CHECK(etalon::base::convertible(source.unit, quantities.at(source.quantity)));
      REQUIRE_FALSE(source.physics.rows.empty());
      const double most = std::max(std::fabs(source.minimum), std::fabs(source.maximum));
      CHECK(source.physics.rows.back().range >= most * (1 - 1e-9));
      if (!source.ranges.empty()) CHECK(source.ranges.back() >= most * (1 - 1e-9));
    }
  }
}

TEST_CASE("the client and the simulator of every shipped driver file understand one another") {
  Setup setup;
  for (const BenchInstrument& listed : setup.live.instruments) {
    INFO(listed.driver_name);
    Instrument instrument(listed, std::make_shared<Transcript>(), nullptr);
    try {
      instrument.identify();
      instrument.start_up();
      for (const Measure& measure : listed.driver.measures)
        use(instrument, measure);
      for (const Source& source : listed.driver.sources)
        use(instrument, source);
      CHECK(instrument.drain_errors().empty());
    } catch (const std::exception& error) {
      FAIL_CHECK(listed.driver_name << ": " << error.what());
    }
  }
}

TEST_CASE("a frequency that changed behind the client's back is noticed") {
  Setup setup;
  Instrument calibrator(setup.live.instrument("fluke-5522a"), std::make_shared<Transcript>(), nullptr);
  calibrator.identify();
  calibrator.start_up();
  SourceRole ac(calibrator, "ac voltage");
  SourceRole dc(calibrator, "dc voltage");
  ac.apply(1, {{"frequency", "50"}});
  CHECK_NOTHROW(ac.check_operating());
  calibrator.carry_out({MessageTemplate("OUT 1 V, 60 HZ"), std::nullopt, 0, Completion::none}, {});
  CHECK_THROWS_WITH(ac.check_operating(), Catch::Contains("frequency was set to 50"));
  // And back to dc, which must not be taken for ac of no frequency.
  dc.apply(1);
  CHECK_THROWS_AS(ac.check_operating(), InstrumentError);
  setup.served.world().connect("keysight-34461a", "fluke-5522a");
  Instrument multimeter(setup.live.instrument("keysight-34461a"), std::make_shared<Transcript>(), nullptr);
  multimeter.identify();
  multimeter.start_up();
  Meter volts(multimeter, "dc voltage");
  volts.configure(1, {});
  wait_settled(dc);
  CHECK(volts.read().value == Approx(1).epsilon(1e-4));
  dc.make_safe();
}

TEST_CASE("two or four leads lead to one resistor, and each instrument has its own unit") {
  Setup setup;
  Instrument multimeter(setup.live.instrument("keysight-34461a"), std::make_shared<Transcript>(), nullptr);
  multimeter.identify();
  multimeter.start_up();
  simulation::World& world = setup.served.world();
  world.add_source("box", [](double) { return simulation::Terminals{"resistance", 4.7, 0, "kohm"}; });
  world.connect("keysight-34461a", "box");
  for (const std::string quantity : {"resistance", "resistance 4-wire"}) {
    Meter ohms(multimeter, quantity);
    ohms.configure(10000, {});
    CHECK(ohms.read().value == Approx(4700).epsilon(1e-3));
  }
  world.add_source("cell", [](double) { return simulation::Terminals{"dc voltage", 500, 0, "mV"}; });
  world.connect("keysight-34461a", "cell");
  Meter volts(multimeter, "dc voltage");
  volts.configure(1, {});
  CHECK(volts.read().value == Approx(0.5).epsilon(1e-3));
}
