// The dialects: their parsers against malformed input of every kind, and each of their driver files as a client against
// its own simulator over a pseudo-terminal, TCP, GPIB or Modbus, in good and in bad days: what is read is what lies at
// the instrument, or there is an error with a name.
#include "drivers/dialects/dialect.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <future>
#include <random>
#include <set>

#include "base/file.h"
#include "drivers/dialects/dhi.h"
#include "drivers/dialects/duci.h"
#include "drivers/dialects/hart.h"
#include "drivers/dialects/mensor.h"
#include "drivers/dialects/rotronic.h"
#include "drivers/dialects/sartorius_sbi.h"
#include "drivers/meter.h"
#include "drivers/simulation/modbus_server.h"
#include "drivers/simulation/prologix_adapter.h"
#include "drivers/simulation/simulator.h"
#include "drivers/source.h"
#include "tests/drivers/scripted_instrument.h"
#include "tests/drivers/simulation_bench.h"

using namespace etalon::drivers;
namespace simulation = etalon::drivers::simulation;
using etalon::base::AcceleratedClock;
using etalon::base::Cancellation;
using etalon::base::InputError;
using etalon::drivers::testing::Kind;
using etalon::drivers::testing::make_port;
using etalon::drivers::testing::ScriptedInstrument;
using simulation::PlainClient;
using simulation::Simulator;
using std::chrono::milliseconds;

namespace {

// ---- one instrument made from a driver file, and the client that the same file makes

// Which driver file, and what lies at its input or is put out.
struct Subject {
  std::string driver;
  std::string model;
  std::string serial;
  std::string quantity;  // of the first reading
  double applied = 0;    // put out by the source, or by another one that is connected; room: nothing is applied
  double within = 0;     // of a right reading; the room changes while one waits
};
const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = {
      {"mettler-toledo-mt-sics", "XPR205", "B123456789", "mass", 123.45678, 0.001},
      {"and-balance", "GX-224", "T1234567", "mass", 123.4567, 0.005},
      {"sartorius-sbi", "MSE224S-100-DU", "27504321", "mass", 123.4567, 0.005},
      {"hart-bath", "6331", "H0001", "temperature", 100, 1.0},
      {"druck-dpi620", "DPI620G", "4711001", "gauge pressure", 1234.5, 0.5},
      {"mensor-cpc6050", "CPC6050", "610189", "gauge pressure", 345.6, 0.1},
      {"dhi-ppc4", "PPC4", "1234", "gauge pressure", 345.6, 0.1},
      {"rotronic-hc2", "HC2", "0061114634", "temperature", 0, 1.5},
      {"generic-modbus", "", "", "temperature", 0, 1.5},
      {"keysight-3458a", "HP3458A", "", "dc voltage", 1.2345, 1e-3},
  };
  return all;
}
const Subject& subject(const std::string& driver) {
  for (const Subject& candidate : subjects()) {
    if (candidate.driver == driver) return candidate;
  }
  throw std::logic_error(driver);
}

DriverFile driver_file(const std::string& name) {
  return read_driver_file(std::string(ETALON_SOURCE_DIR) + "/configs/drivers/" + name + ".toml");
}

std::vector<RegisterMessage> register_messages(const DriverFile& driver) {
  std::vector<RegisterMessage> messages;
  for (const Measure& measure : driver.measures)
    messages.push_back(parse_register_message(measure.read.send.text()));
  return messages;
}

// Time-outs are those of the tests, so that a fault does not take a minute; both sides have the same file.
void shorten(DriverFile& driver, double timeout) {
  driver.link.timeout = timeout;
  driver.link.between_bytes = timeout;
  driver.link.pause = 0;
  if (driver.safe_state) driver.safe_state->takes = 5;
  for (Measure& measure : driver.measures) {
    measure.read.takes = 0;
    measure.read_time = {{"fixed", 0.02}};
  }
}

struct Stand {
  explicit Stand(const Subject& what, const std::vector<std::string>& faults = {}, double timeout = 5,
                 std::unique_ptr<ServerPort> port = nullptr, std::shared_ptr<GpibAdapters> adapters = nullptr)
      : about(what), clock(20000, 1.78e9), world(clock, 11, SimulationSettings{}) {
    BenchInstrument& bench = instrument;
    bench.name = "it";
    bench.driver_name = what.driver;
    bench.driver = driver_file(what.driver);
    bench.model = what.model;
    bench.serial = what.serial;
    bench.adapters = std::move(adapters);
    shorten(bench.driver, timeout);
    if (!port) {
      if (bench.driver.link.modbus) {
        port = std::make_unique<ModbusServer>(make_port(Kind::tcp), 1, register_messages(bench.driver));
      } else {
        port = make_port(bench.driver.link.serial.empty() ? Kind::tcp : Kind::pty);
      }
    }
    Bench all;
    all.instruments = {bench};
    const simulation::Truth truth = simulation::draw_truth(all, 11);
    auto simulated = std::make_unique<simulation::SimulatedInstrument>(bench, truth.instruments.at("it"), world);
    if (bench.driver.sources.empty() && what.applied != 0) {
      world.add_source("applied", [quantity = what.quantity, value = what.applied](double) {
        return simulation::Terminals{quantity, value, 0, ""};
      });
      world.connect("it", "applied");
    }
    std::vector<simulation::Fault> parsed;
    for (const std::string& fault : faults)
      parsed.push_back(simulation::parse_fault("it:" + fault));
    simulator = std::make_unique<Simulator>(std::move(simulated), std::move(port), parsed, 11);
    bench.address = simulator->address();
    simulator->start();
  }

  std::unique_ptr<Instrument> connect() {
    auto made = std::make_unique<Instrument>(instrument, transcript, nullptr);
    made->identify();
    made->start_up();
    return made;
  }
  void wait(double seconds) {
    const Cancellation never;
    clock.wait(seconds, never);
  }
  // What a right reading shows.
  double right() const {
    if (!instrument.driver.sources.empty()) return world.output_of("it", about.quantity, clock.now()).value;
    if (about.applied != 0) return about.applied;
    const Measure& measure = *instrument.driver.measure(about.quantity);
    return world.climate().value(about.quantity, measure.unit, clock.now());
  }
  // Sets the source, if it is one, and waits until it has settled.
  void apply(Instrument& client) {
    if (instrument.driver.sources.empty()) return;
    SourceRole source(client, about.quantity);
    source.apply(about.applied);
    wait(instrument.driver.source(about.quantity)->settle_time + 7200);
    for (int i = 0; i < 2000 && !source.settled(); ++i)
      wait(1);
    CHECK(source.settled());
  }
  double smallest_range() const {
    const Measure& measure = *instrument.driver.measure(about.quantity);
    return measure.ranges.empty() ? 0 : measure.range_for(about.applied);
  }

  Subject about;
  AcceleratedClock clock;
  simulation::World world;
  BenchInstrument instrument;
  std::unique_ptr<Simulator> simulator;
  std::shared_ptr<Transcript> transcript = std::make_shared<Transcript>();
};

// The whole way of a measurement: every reading is compared with what lies there. Throws what goes wrong.
void measure(Stand& stand, Instrument& client, int readings) {
  client.make_safe();
  stand.apply(client);
  Meter meter(client, stand.about.quantity);
  meter.configure(stand.smallest_range(), {});
  for (int i = 0; i < readings; ++i) {
    const double value = meter.read().value;
    const double right = stand.right();
    if (!(std::fabs(value - right) <= stand.about.within))
      throw std::runtime_error(fmt::format("WRONG: {} was read, {} is right", value, right));
  }
}

struct Outcome {
  std::string what;    // driver and fault
  std::string ending;  // "right", a fault's name, or WRONG …
  std::string safe;    // of a source
  std::string later;   // the measurement by a new client
};

// Faults that mean waiting have a short time-out.
Outcome outcome_of(const Subject& about, const std::string& fault) {
  Outcome outcome{about.driver + " " + fault, "right", "safe", "right"};
  const std::string kind = fault.substr(0, fault.find('@'));
  const bool waits = kind == "late-reply" || kind == "no-reply" || kind == "truncated-reply" || kind == "garbage" ||
                     kind == "cut-line" || kind == "power-cycle";
  try {
    Stand stand(about, {fault}, waits ? 1 : 5);
    std::unique_ptr<Instrument> client;
    try {
      client = stand.connect();
      measure(stand, *client, 3);
    } catch (const InstrumentError& error) {
      outcome.ending = fault_name(error.fault());
    } catch (const std::exception& error) {
      outcome.ending = error.what();
    }
    for (int i = 0; i < 2 && client; ++i) {
      try {
        client->make_safe();
        outcome.safe = "safe";
        break;
      } catch (const InstrumentError& error) {
        outcome.safe = fault_name(error.fault());
      }
    }
    client.reset();
    if (fault.starts_with("cut-line") && !stand.instrument.driver.link.serial.empty()) return outcome;  // pulled out
    for (int i = 0; i < 2; ++i) {
      try {
        stand.instrument.driver.link.timeout = 5;
        client = stand.connect();
        measure(stand, *client, 1);
        outcome.later = "right";
        break;
      } catch (const InstrumentError& error) {
        // Without a proof, a late reply to the former client can only be met, not waited for.
        outcome.later = error.what();
        if (client && !client->driver().identity.queries.empty()) break;
      }
    }
  } catch (const std::exception& error) {
    outcome.later = error.what();
  }
  return outcome;
}

// A few at a time: they wait most of the time, on few processors.
std::vector<Outcome> outcomes(const std::vector<std::pair<Subject, std::string>>& jobs) {
  std::vector<Outcome> all(jobs.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      for (std::size_t job = next++; job < jobs.size(); job = next++)
        all[job] = outcome_of(jobs[job].first, jobs[job].second);
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  return all;
}

// A driver file's client and an instrument that says what a test wants.
struct Scripted {
  Scripted(const std::string& driver, Kind kind, ScriptedInstrument::Answer answer)
      : other(make_port(kind), std::move(answer), driver_file(driver).link.send_terminator) {
    instrument.name = "it";
    instrument.driver_name = driver;
    instrument.driver = driver_file(driver);
    instrument.serial = subject(driver).serial;
    shorten(instrument.driver, 5);
    instrument.address = other.address();
    client = std::make_unique<Instrument>(instrument, nullptr, nullptr);
  }
  Values read() { return client->carry_out(instrument.driver.measures.front().read, {}); }
  ScriptedInstrument other;
  BenchInstrument instrument;
  std::unique_ptr<Instrument> client;
};

template <typename Work>
std::string fault_of(Work work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    return fault_name(error.fault()) + ": " + error.detail();
  }
  return "none";
}

std::shared_ptr<GpibAdapters> adapters_at(const std::string& address) {
  GpibAdapterDescription description;
  description.address = address;
  description.kind = "prologix";
  return std::make_shared<GpibAdapters>(std::vector<GpibAdapterDescription>{description});
}

// The number that the client would take from a line.
std::optional<double> number_of(const DriverFile& driver, const Dialect& dialect, const std::string& line) {
  const auto reply = dialect.unwrapped(line);
  if (!reply || match_fault(driver, *reply)) return std::nullopt;
  const Measure& measure = driver.measures.front();
  const auto values = measure.read.reply->match(*reply);
  if (!values) return std::nullopt;
  const auto unit = values->find("unit");
  const auto& known = measure.reply_units;
  const auto is_it = [&](const ReplyUnit& one) { return one.spelling == unit->second; };
  if (unit != values->end() && std::none_of(known.begin(), known.end(), is_it)) return std::nullopt;
  return parse_number(values->at(measure.value_name));
}

// A reading as it comes over the line, without its terminator.
std::string valid_line(const std::string& driver) {
  const std::map<std::string, std::string> lines = {
      {"mettler-toledo-mt-sics", "S S      100.00000 g"},
      {"and-balance", "ST,+00123.4567  g"},
      {"sartorius-sbi", "N     + 123.4567 g  "},
      {"hart-bath", "t: 100.02 C"},
      {"druck-dpi620", duci_frame('!', "IV0=1234.50000")},
      {"mensor-cpc6050", " +3.45600E+02"},
      {"dhi-ppc4", "345.600 kPag"},
      {"rotronic-hc2",
       "{F00rdd 001; 41.18;%rh;000;-; 21.83;\xb0"
       "C;000;=;nc;---.- ;\xb0"
       "C;000; ;001;V2.0-2;0061114634;HC2         ;000;4"},
      {"keysight-3458a", " 1.23456789E+00"},
  };
  return lines.at(driver);
}

}  // namespace

TEST_CASE("every driver file of the dialects drives the simulator that it makes") {
  for (const Subject& about : subjects()) {
    INFO(about.driver);
    Stand stand(about);
    const auto client = stand.connect();
    const DriverFile& driver = client->driver();
    CHECK(client->identify().model == (driver.identity.queries.empty() ? "" : about.model));
    if (!driver.sources.empty()) {
      client->make_safe();
      stand.apply(*client);
      SourceRole source(*client, about.quantity);
      CHECK(stand.right() == Approx(about.applied).margin(about.within));
    }
    for (const Measure& measure : driver.measures) {
      INFO(measure.quantity);
      Meter meter(*client, measure.quantity);
      for (const double range : measure.ranges.empty() ? std::vector<double>{0} : measure.ranges) {
        meter.configure(range, {});
        const bool is_applied = measure.quantity == about.quantity && std::fabs(about.applied) > range && range > 0;
        if (is_applied) {
          CHECK_THROWS_AS(meter.read(), InstrumentError);  // overload
          continue;
        }
        const Reading reading = meter.read();
        CHECK(reading.unit == measure.unit);
        if (measure.quantity == about.quantity) CHECK(reading.value == Approx(stand.right()).margin(about.within));
      }
    }
    client->make_safe();
    CHECK(stand.simulator->failure().empty());
  }
}

TEST_CASE("a reading that lost its end, or, where replies are framed, its beginning, is no number") {
  const std::set<std::string> framed = {"mettler-toledo-mt-sics", "and-balance",    "sartorius-sbi", "hart-bath",
                                        "druck-dpi620",           "mensor-cpc6050", "rotronic-hc2"};
  for (const Subject& about : subjects()) {
    if (about.driver == "generic-modbus") continue;  // its frames are the link's
    const DriverFile driver = driver_file(about.driver);
    const auto dialect = make_dialect(driver.dialect, driver.link);
    const std::string line = valid_line(about.driver);
    INFO(line);
    REQUIRE(number_of(driver, *dialect, line));
    for (std::size_t length = 0; length < line.size(); ++length) {
      const std::string front = line.substr(0, length);
      INFO(front);
      CHECK(!number_of(driver, *dialect, front));
      if (!framed.count(about.driver) || length == 0) continue;
      const std::string back = line.substr(length);
      INFO(back);
      // A Sartorius frame without its identification is the shorter frame.
      const auto number = number_of(driver, *dialect, back);
      CHECK((!number || number == number_of(driver, *dialect, line)));
    }
  }
}

TEST_CASE("random bytes and readings with foreign bytes among them are no numbers") {
  std::mt19937_64 random(20260601);
  const std::string likely = "+-.0123456789Ee# !:=?;,%{}StNCgkPasD\x1b\r\n\t\x00\x7f\xb0\xff";
  for (const Subject& about : subjects()) {
    if (about.driver == "generic-modbus") continue;
    const DriverFile driver = driver_file(about.driver);
    const auto dialect = make_dialect(driver.dialect, driver.link);
    const std::string line = valid_line(about.driver);
    for (int i = 0; i < 4000; ++i) {
      std::string bytes;
      for (std::size_t left = random() % 48; left > 0; --left)
        bytes += random() % 2 ? static_cast<char>(random() & 0xff) : likely[random() % likely.size()];
      INFO(about.driver << " " << bytes);
      CHECK(!number_of(driver, *dialect, bytes));
      // A control character or a byte beyond ASCII anywhere in a reading.
      std::string damaged = line;
      const std::size_t place = random() % line.size();
      damaged[place] = static_cast<char>(random() % 2 ? random() % 32 : 128 + random() % 128);
      if (damaged == line) continue;
      if (damaged[place] == '\t') continue;  // a blank, as others are
      INFO(damaged);
      // Rotronic's checksum does not see every change beside the digits.
      const auto number = number_of(driver, *dialect, damaged);
      CHECK((!number || (about.driver == "rotronic-hc2" && number == number_of(driver, *dialect, line))));
    }
  }
}

TEST_CASE("DUCI frames") {
  CHECK(duci_frame('#', "IV0?") == "#IV0?:63");
  CHECK(duci_body("!IV0=1.00000:94") == "IV0=1.00000");
  for (const std::string wrong : {"", "#", "#:", "#:00", "IV0=1:12", "!IV0=1.00000:95", "!IV0=1.00000:9",
                                  "!IV0=1.00000", "!IV0=1.00000:94 ", "?IV0=1.00000:94"}) {
    INFO(wrong);
    CHECK_THROWS_AS(duci_body(wrong), InputError);
  }
  // One wrong byte, wherever it is and whatever it became, shows.
  const std::string frame = duci_frame('!', "IV0=1234.50000");
  for (std::size_t i = 0; i < frame.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string damaged = frame;
      damaged[i] = static_cast<char>(byte);
      if (damaged == frame) continue;
      CHECK_THROWS_AS(duci_body(damaged), InputError);
    }
  }
  // Two digits that changed places have the same sum: the protocol cannot tell.
  CHECK(duci_body(duci_frame('!', "IV0=21").replace(5, 2, "12")) == "IV0=12");
}

TEST_CASE("Sartorius print frames") {
  const auto words = [](const std::string& line) {
    const auto frame = parse_sbi_frame(line);
    return frame ? sbi_words(*frame) : "none";
  };
  CHECK(words("+ 123.4567 g  ") == "+123.4567 g");
  CHECK(words("-   0.0001 g  ") == "-0.0001 g");
  CHECK(words("    0.0000 g  ") == "+0.0000 g");
  CHECK(words("+111.25507 mg ") == "+111.25507 mg");
  CHECK(words("N     + 123.4567 g  ") == "+123.4567 g");
  CHECK(words("N           0.000 g  ") == "none");  // one character too many
  CHECK(words("N          0.000 g  ") == "+0.000 g");
  CHECK(words("N     +    0.026    ") == "unstable");
  CHECK(words("+ 123.4567    ") == "unstable");
  CHECK(words("Stat         H      ") == "overload");
  CHECK(words("Stat        L       ") == "underload");
  CHECK(words("Stat      C         ") == "adjusting");
  CHECK(words("Stat     ERR 054    ") == "error 054");
  CHECK(words("      H       ") == "overload");
  CHECK(words("Err 054       ") == "error 054");
  CHECK(words("N     + 123.45[6]g  ") == "none");  // digits that are not verified
  CHECK(words("+ 123.4567 g") == "none");          // cut off
  CHECK(words("nRef  + 123.4567 g  ") == "none");  // another number of the application
  CHECK(words("+ 12 .4567 g  ") == "none");
  CHECK(words("+ 12.45.67 g  ") == "none");
  CHECK(words("              ") == "none");
  CHECK(words("MSE224S-100-DU      ") == "none");
  for (const std::string said :
       {"+123.4567 g", "-0.0001 kg", "unstable", "overload", "underload", "adjusting", "error 54"}) {
    INFO(said);
    const auto frame = sbi_frame(said);
    REQUIRE(frame);
    CHECK(frame->size() == 20);
    CHECK(words(*frame) == said);
  }
  CHECK(!sbi_frame("+123."));  // a number without unit is no stable reading
}

TEST_CASE("Hart's words, and what must not be sent") {
  CHECK(hart_short_form("Setpoint = 100.5") == "s=100.5");
  CHECK(hart_short_form("temp") == "t");
  CHECK(hart_short_form("SAMPLE=0") == "sa=0");
  CHECK(hart_short_form("dup=half") == "du=half");
  CHECK(hart_short_form("*version") == "*ver");
  CHECK(hart_short_form("nonsense=1") == "nonsense=1");
  for (const std::string constant : {"r=100.2", "r0=1", "R = 5", "al=0.00385", "alpha=1", "de=1.4", "delta=1", "be=0",
                                     "beta=1", "*b0=0", "*bg=156", "*dac=1"}) {
    INFO(constant);
    CHECK(hart_sets_calibration(constant));
  }
  for (const std::string harmless : {"r", "al", "*b0", "*ver", "s=100", "sa=0", "du=h", "u=c"}) {
    INFO(harmless);
    CHECK(!hart_sets_calibration(harmless));
  }
  CHECK(classify_hart_line("set: 100.00 C", "s") == HartLine::reply);
  CHECK(classify_hart_line("t: 25.00 C", "s") == HartLine::sample);
  CHECK(classify_hart_line("t: 25.00 C", "t") == HartLine::reply);
  CHECK(classify_hart_line("s", "s") == HartLine::echo);
  CHECK(classify_hart_line("5.00 C", "t") == HartLine::remainder);
  CHECK(classify_hart_line("a=0", "*ver", "sa=0") == HartLine::remainder);
  CHECK(classify_hart_line("ver.6331,1.21", "*ver") == HartLine::reply);
  CHECK(classify_hart_line("set: 100.00 C", "t") == HartLine::foreign);
  CHECK(classify_hart_line("t: 25.\x80", "t") == HartLine::foreign);
}

TEST_CASE("Mensor's replies and DHI's errors") {
  CHECK(parse_mensor_reply(" +1.00000E+02").text == "+1.00000E+02");
  CHECK(!parse_mensor_reply(" YES").error_waits);
  CHECK(parse_mensor_reply("EYES").error_waits);
  for (const std::string wrong : {"", " ", "E", "+1.00000E+02", "YES", " \x01", "e 1"}) {
    INFO(wrong);
    CHECK_THROWS_AS(parse_mensor_reply(wrong), InputError);
  }
  CHECK(mensor_error_entry("No Errors") == "0,No error");
  CHECK(mensor_error_entry("0") == "0,No error");
  CHECK(mensor_error_entry("5, Unknown command") == "5,Unknown command");
  CHECK(mensor_error_entry("Syntax error") == "1,Syntax error");

  CHECK(dhi_error_number("ERR# 6") == 6);
  CHECK(dhi_error_number("ERR #28 ") == 28);
  CHECK(dhi_error_meaning(6) == "Numeric argument missing or out of range");
  CHECK(dhi_error_meaning(9) == "Unknown command");
  CHECK(dhi_error_meaning(99).empty());
  for (const std::string other : {"", "ERR", "ERR#", "ERR# x", "ERR# 6x", "6", "345.600 kPag"}) {
    INFO(other);
    CHECK(!dhi_error_number(other));
  }
}

TEST_CASE("Rotronic's checksum") {
  const std::string line = valid_line("rotronic-hc2");
  CHECK(parse_rotronic_reply(line).find("\xc2\xb0"
                                        "C") != std::string::npos);
  // Two of 64 changes of one byte keep the sum's last six bits; no digit can become another digit unseen.
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (!std::isdigit(static_cast<unsigned char>(line[i]))) continue;
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string damaged = line;
      damaged[i] = digit;
      if (damaged != line) CHECK_THROWS_AS(parse_rotronic_reply(damaged), InputError);
    }
  }
}

TEST_CASE("in bad days the instruments of the dialects are read right, or not at all") {
  std::vector<std::pair<Subject, std::string>> jobs;
  std::map<std::string, std::set<std::string>> must_end_as;
  for (const Subject& about : subjects()) {
    for (const std::string kind :
         {"late-reply", "no-reply", "empty-reply", "truncated-reply", "garbage", "cut-line", "power-cycle"}) {
      for (const int number : {1, 5})
        jobs.emplace_back(about, fmt::format("{}@{}", kind, number));
    }
    for (const std::string kind : {"cut-reply", "text-reply"}) {
      // A number of Modbus is binary: it cannot lose digits.
      if (about.driver == "generic-modbus" && kind == "cut-reply") continue;
      for (const int number : {1, 3})
        jobs.emplace_back(about, fmt::format("{}@{}", kind, number));
    }
    jobs.emplace_back(about, "overload@3");
    must_end_as[about.driver + " overload@3"] = {"overload"};
    const DriverFile driver = driver_file(about.driver);
    if (!driver.measures.front().reply_units.empty()) {
      jobs.emplace_back(about, "wrong-unit@1");
      must_end_as[about.driver + " wrong-unit@1"] = {"wrong-unit"};
    }
    const bool tells_serial = driver.identity.has_serial && about.driver != "rotronic-hc2";
    if (tells_serial) {
      const std::string fault = about.driver == "mettler-toledo-mt-sics" ? "wrong-serial@2" : "wrong-serial@1";
      jobs.emplace_back(about, fault);
      must_end_as[about.driver + " " + fault] = {"wrong-instrument"};
    }
    if (!driver.sources.empty()) jobs.emplace_back(about, "standby@6");
  }
  std::set<std::string> names;
  for (const Outcome& outcome : outcomes(jobs)) {
    INFO(outcome.what << ": " << outcome.ending << "; then " << outcome.safe << "; later " << outcome.later);
    const bool named = outcome.ending == "right" || [&] {
      try {
        parse_fault(outcome.ending);
        return true;
      } catch (const InputError&) {
        return false;
      }
    }();
    CHECK(named);
    if (const auto must = must_end_as.find(outcome.what); must != must_end_as.end())
      CHECK(must->second.count(outcome.ending));
    const bool pulled = outcome.what.find("cut-line") != std::string::npos;
    CHECK((outcome.safe == "safe" || (pulled && outcome.safe == "safe-state-failed")));
    CHECK(outcome.later == "right");
    names.insert(outcome.ending);
  }
  for (const std::string name :
       {"time-out", "truncated-reply", "link-lost", "overload", "wrong-unit", "wrong-instrument"}) {
    INFO(name);
    CHECK(names.count(name));
  }
}

TEST_CASE("a bath that echoes and sends samples by itself is brought to silence, and read right meanwhile") {
  Stand stand(subject("hart-bath"));
  {
    PlainClient earlier(stand.simulator->address(), "\r");
    earlier.send("sample=1");
    CHECK(earlier.line()->starts_with("t: "));
    CHECK(earlier.line() == "sample=1");  // full duplex
    earlier.send("setp");
    CHECK(earlier.line()->starts_with("t: "));
    CHECK(earlier.line() == "setp");
    CHECK(earlier.line()->starts_with("set: "));
  }
  const auto client = stand.connect();
  measure(stand, *client, 3);
  PlainClient other(stand.simulator->address(), "\r");
  CHECK(other.query("t").starts_with("t: "));  // no echo, no sample before it
  // Constants of the calibration never leave this computer.
  const Exchange constant{MessageTemplate("r=100.1"), std::nullopt, 0, Completion::none};
  CHECK_THROWS_AS(client->carry_out(constant, {}), InputError);
  CHECK(other.query("r") == "r0: 100.578");
}

TEST_CASE("a balance that prints by itself says who it is, and is read") {
  Stand stand(subject("sartorius-sbi"));
  {
    PlainClient earlier(stand.simulator->address(), "\r\n");
    earlier.send("\x1bV");  // zeroing starts the print-out
    CHECK(earlier.line()->size() == 20);
    earlier.send("\x1bx1_");
    CHECK(earlier.line()->starts_with("N     +"));
    CHECK(earlier.line() == "MSE224S-100-DU      ");
    earlier.send("\x1bO");  // unsupported: no reply, but the print-out goes on
    CHECK(earlier.line()->starts_with("N     +"));
    CHECK(!earlier.line(milliseconds(300)));
  }
  const auto client = stand.connect();
  measure(stand, *client, 3);
}

TEST_CASE("what balances say about unstable weights, overload, errors and other units is no reading") {
  const auto balance = [](const std::string& driver, const std::string& said) {
    const std::string terminator = driver_file(driver).link.reply_terminator;
    Scripted scripted(driver, Kind::pty,
                      [&](const std::string&, ScriptedInstrument& self) { self.say(said + terminator); });
    Meter meter(*scripted.client, "mass");
    return fault_of([&] { meter.read(); });
  };
  CHECK(balance("mettler-toledo-mt-sics", "S S      100.00012 g") == "none");
  CHECK(balance("mettler-toledo-mt-sics", "S D      100.00012 g").starts_with("not-settled"));
  CHECK(balance("mettler-toledo-mt-sics", "S I").starts_with("not-settled"));
  CHECK(balance("mettler-toledo-mt-sics", "S +").starts_with("overload"));
  CHECK(balance("mettler-toledo-mt-sics", "S -").starts_with("overload"));
  CHECK(balance("mettler-toledo-mt-sics", "ES").starts_with("device-error"));
  CHECK(balance("mettler-toledo-mt-sics", "ET").starts_with("device-error"));
  CHECK(balance("mettler-toledo-mt-sics", "EL").starts_with("device-error"));
  CHECK(balance("mettler-toledo-mt-sics", "S S      100.00012 mg").starts_with("wrong-unit"));
  CHECK(balance("mettler-toledo-mt-sics", "S S      100.0001 g").starts_with("unexpected-reply"));
  CHECK(balance("and-balance", "ST,+00123.4567  g") == "none");
  CHECK(balance("and-balance", "US,+00123.4567  g").starts_with("not-settled"));
  CHECK(balance("and-balance", "OL,+9999999E+19").starts_with("overload"));
  CHECK(balance("and-balance", "EC,E02").starts_with("device-error"));
  CHECK(balance("and-balance", "ST,+00123.4567 mg").starts_with("wrong-unit"));
  CHECK(balance("and-balance", "ST,+0123.4567  g").starts_with("unexpected-reply"));
  CHECK(balance("sartorius-sbi", "N     + 123.4567 g  ") == "none");
  CHECK(balance("sartorius-sbi", "+ 123.4567 g  ") == "none");
  CHECK(balance("sartorius-sbi", "N     + 123.4567    ").starts_with("not-settled"));
  CHECK(balance("sartorius-sbi", "Stat         H      ").starts_with("overload"));
  CHECK(balance("sartorius-sbi", "Stat        L       ").starts_with("overload"));
  CHECK(balance("sartorius-sbi", "Stat      C         ").starts_with("not-settled"));
  CHECK(balance("sartorius-sbi", "Stat     ERR 054    ").starts_with("device-error"));
  CHECK(balance("sartorius-sbi", "N     + 123.4567 kg ").starts_with("wrong-unit"));
  CHECK(balance("sartorius-sbi", "N     + 123.456 g ").starts_with("unexpected-reply"));
}

TEST_CASE("a probe that was just switched on, or reports an alarm, gives no reading") {
  const auto probe = [](const std::string& fields) {
    const std::string said =
        "{F00rdd 001;" + fields + ";000;=;nc;---.- ;\xb0" + "C;000; ;001;V2.0-2;0061114634;HC2         ;000;";
    Scripted scripted("rotronic-hc2", Kind::pty, [&](const std::string&, ScriptedInstrument& self) {
      self.say(said + rotronic_checksum(said) + "\r");
    });
    Meter meter(*scripted.client, "temperature");
    return fault_of([&] { meter.read(); });
  };
  CHECK(probe(" 41.18;%rh;000;-; 21.83;\xb0"
              "C") == "none");
  CHECK(probe("---.--;%rh;000;-;---.--;\xb0"
              "C")
            .starts_with("not-settled"));
  CHECK(probe(" 41.18;%rh;000;-;---.--;\xb0"
              "C")
            .starts_with("not-settled"));
  CHECK(probe(" 41.18;%rh;001;-; 21.83;\xb0"
              "C")
            .starts_with("device-error"));
  CHECK(probe(" 41.18;%rh;000;-; 71.29;\xb0"
              "F")
            .starts_with("wrong-unit"));
  CHECK(probe(" 10.50;g/k;000;-; 21.83;\xb0"
              "C")
            .starts_with("wrong-unit"));
}

TEST_CASE("a DUCI frame with a wrong checksum taints the link, and the next reading is right") {
  std::atomic<int> readings{0};
  Scripted scripted("druck-dpi620", Kind::pty, [&](const std::string& line, ScriptedInstrument& self) {
    self.say(line + "\r\n");  // the echo
    const std::string body = duci_body(line);
    if (body == "SN?") self.say(duci_frame('!', "SN=4711001") + "\r\n");
    if (body != "IV0?") return;
    std::string frame = duci_frame('!', "IV0=1013.25000");
    if (++readings == 1) frame.replace(frame.find("1013"), 4, "1012");
    if (readings == 2) frame = duci_frame('!', "SP=1013.250");  // the reply to another question
    self.say(frame + "\r\n");
  });
  scripted.client->identify();
  CHECK(fault_of([&] { scripted.read(); }).starts_with("unexpected-reply: wrong checksum"));
  CHECK(fault_of([&] { scripted.read(); }).starts_with("unexpected-reply"));
  CHECK(scripted.read().at("value") == "1013.25000");
}

TEST_CASE("Mensor's E brings the text of the error, once") {
  Stand stand(subject("mensor-cpc6050"));
  const auto client = stand.connect();
  Meter meter(*client, "gauge pressure");
  meter.configure(700, {});
  const Exchange nonsense{MessageTemplate("Nonsense 5"), std::nullopt, 0, Completion::none};
  client->carry_out(nonsense, {});
  const std::string fault = fault_of([&] { meter.read(); });
  CHECK(fault.starts_with("device-error"));
  CHECK(fault.find("Unknown command") != std::string::npos);
  CHECK(fault_of([&] { meter.read(); }) == "none");
  PlainClient plain(stand.simulator->address(), "\n");
  CHECK(plain.query("Error?") == " No Errors");
  plain.send("Rubbish");
  CHECK(plain.query("Stable?").starts_with("E"));
  CHECK(plain.query("error?") == " 5,Unknown command");
  CHECK(plain.query("Stable?").starts_with(" "));
}

TEST_CASE("DHI answers a setting over a serial line, and only queries over GPIB") {
  SECTION("serial") {
    Stand stand(subject("dhi-ppc4"));
    PlainClient plain(stand.simulator->address(), "\r\n");
    CHECK(plain.query("PS 100") == "100");
    CHECK(plain.query("ABORT") == "ABORT");
    CHECK(plain.query("NONSENSE") == "ERR# 9");
    CHECK(plain.query("PS 10000") == "ERR# 6");
    const auto client = stand.connect();
    const Exchange too_much{MessageTemplate("PS 10000"), std::nullopt, 0, Completion::none};
    const std::string fault = fault_of([&] { client->carry_out(too_much, {}); });
    CHECK(fault == "device-error: error 6: Numeric argument missing or out of range");
    measure(stand, *client, 2);
  }
  SECTION("GPIB") {
    SimulatedPrologixAdapter adapter(make_port(Kind::tcp));
    auto station = adapter.station(GpibAddress{0, 10, std::nullopt});
    const auto adapters = adapters_at(adapter.address());
    adapter.start();
    {
      Stand stand(subject("dhi-ppc4"), {}, 5, std::move(station), adapters);
      CHECK(stand.instrument.address == "GPIB0::10::INSTR");
      const auto client = stand.connect();
      measure(stand, *client, 3);
      client->make_safe();
      CHECK(adapter.bus_end(GpibAddress{0, 10, std::nullopt}).unasked_reads() == 0);
    }
    adapter.stop();
  }
}

TEST_CASE("a 3458A behind a GPIB adapter needs no dialect") {
  SimulatedPrologixAdapter adapter(make_port(Kind::tcp));
  auto station = adapter.station(GpibAddress{0, 22, std::nullopt});
  const auto adapters = adapters_at(adapter.address());
  adapter.start();
  {
    Stand stand(subject("keysight-3458a"), {}, 5, std::move(station), adapters);
    const auto client = stand.connect();
    measure(stand, *client, 3);
    const Exchange scpi{MessageTemplate("*CLS"), std::nullopt, 0, Completion::none};
    client->carry_out(scpi, {});
    CHECK(fault_of([&] { client->check_errors("the test"); }).starts_with("device-error"));
  }
  adapter.stop();
}
