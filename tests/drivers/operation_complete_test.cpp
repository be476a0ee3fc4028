// Completion by service request or status byte, over real sockets: with the simulators' status model, and with
// instruments that never say so, request service for another reason, or fail in the middle.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <map>
#include <thread>

#include "base/file.h"
#include "drivers/instrument.h"
#include "drivers/meter.h"
#include "drivers/simulation/hislip_server.h"
#include "drivers/simulation/prologix_adapter.h"
#include "drivers/simulation/simulated_bench.h"
#include "drivers/simulation/vxi11_server.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon;
using namespace etalon::drivers;
using namespace etalon::drivers::testing;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using simulation::SimulatedBench;

namespace {

enum class Line { socket, vxi11, hislip, gpib };

const char* const driver_text = R"(
[driver]
title   = "Meter of the tests"
sources = ["none"]
[link]
timeout = "20 s"
[identity]
query   = "*IDN?"
pattern = '^(?<maker>MAKER),(?<model>M1),(?<serial>[^,]+),(?<firmware>.+)$'
example = "MAKER,M1,{serial},1.0"
[[measures]]
quantity  = "dc voltage"
unit      = "V"
ranges    = [1, 10]
resolution = 1e-5
configure = [{ send = "CONF {range}", complete = "SRQ" }]
read      = { send = "READ?", reply = "{value:+.3E}" }
)";

// An instrument at any kind of line whose status reporting goes as told.
class Device {
 public:
  enum class Kind { good, never, other_reason, other_reason_first, command_error };

  Device(Line line, Kind kind, double timeout) : kind_(kind) {
    std::string address;
    std::unique_ptr<ServerPort> port;
    if (line == Line::vxi11) {
      Vxi11ServerOptions options;
      options.register_with_port_mapper = false;
      port = std::make_unique<Vxi11Server>(options);
    } else if (line == Line::hislip) {
      port = std::make_unique<HislipServer>();
    } else if (line == Line::gpib) {
      adapter_ = std::make_unique<SimulatedPrologixAdapter>(std::make_unique<TcpListener>());
      port = adapter_->station({0, 22, std::nullopt});
    } else {
      port = std::make_unique<TcpListener>();
    }
    address = port->address();
    instrument_ = std::make_unique<ScriptedInstrument>(
        std::move(port), [this](const std::string& text, ScriptedInstrument& self) { answer(text, self); });
    if (adapter_) adapter_->start();
    bench_.name = "meter";
    bench_.driver = parse_driver_file(driver_text, "m1.toml");
    bench_.driver.link.timeout = timeout;
    bench_.address = address;
    bench_.serial = "1";
    if (adapter_) {
      GpibAdapterDescription description;
      description.address = adapter_->address();
      description.kind = "prologix";
      description.read_time = 200ms;
      bench_.adapters = std::make_shared<GpibAdapters>(std::vector{description});
    }
    client_ = std::make_unique<Instrument>(bench_, nullptr, nullptr);
    client_->identify();
  }
  ~Device() {
    client_.reset();
    instrument_.reset();
    if (adapter_) adapter_->stop();
  }

  Instrument& client() { return *client_; }
  std::vector<std::string> lines() const { return instrument_->lines(); }

 private:
  void set_status(ScriptedInstrument& self, unsigned bits, bool request) {
    status_ = bits;
    self.port().set_status_byte(static_cast<std::uint8_t>(bits | (request ? 0x40 : 0)));
  }
  void complete(ScriptedInstrument& self, unsigned others = 0) {
    events_ |= 1;
    set_status(self, 0x20 | others, true);
  }
  void answer(const std::string& text, ScriptedInstrument& self) {
    if (text == "*IDN?") {
      self.say("MAKER,M1,1,1.0\n");
    } else if (text == "*ESR?") {
      self.say(std::to_string(std::exchange(events_, 0)) + "\n");
      set_status(self, 0, false);
    } else if (text == "*STB?") {
      self.say(std::to_string(status_) + "\n");
      if (kind_ == Kind::other_reason_first && status_ == 1) complete(self, 1);
    } else if (text == "*CLS") {
      events_ = 0;
      set_status(self, 0, false);
    } else if (text.starts_with("CONF") && kind_ == Kind::command_error) {
      events_ |= 0x20;
      set_status(self, 0x20, true);
    } else if (text == "*OPC") {
      if (kind_ == Kind::good || kind_ == Kind::command_error) complete(self);
      if (kind_ == Kind::other_reason || kind_ == Kind::other_reason_first) set_status(self, 1, true);
      if (kind_ == Kind::other_reason_first && self.port().address().find("SOCKET") == std::string::npos) {
        self.pause(50ms);
        complete(self, 1);
      }
    }
  }

  Kind kind_;
  unsigned events_ = 0, status_ = 0;
  std::unique_ptr<SimulatedPrologixAdapter> adapter_;
  std::unique_ptr<ScriptedInstrument> instrument_;
  BenchInstrument bench_;
  std::unique_ptr<Instrument> client_;
};

const Exchange configuration{MessageTemplate("CONF 10"), std::nullopt, 0, Completion::service_request};

std::size_t count_of(const std::vector<std::string>& lines, const std::string& text) {
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), text));
}

std::string shipped(const std::string& name) {
  return base::read_file(std::string(ETALON_SOURCE_DIR) + "/configs/drivers/" + name + ".toml");
}

const char* const line_kinds = R"([bench]
title = "Every kind of line"
[simulation]
start = "2026-06-01T08:00:00Z"
[roles]
item = "socket"
[adapters.GPIB0]   # the simulator takes a free port
address   = "TCPIP::192.0.2.1::1234::SOCKET"
read_time = "200 ms"
[instruments.socket]
driver  = "keysight-34401a"
address = "TCPIP::meter.lab::5025::SOCKET"
serial  = "0"
[instruments.serial]
driver  = "keysight-34401a"
address = "ASRL/dev/ttyUSB0::9600-8N1::INSTR"
serial  = "0"
[instruments.hislip]
driver  = "keysight-34401a"
address = "TCPIP::meter.lab::hislip0::INSTR"
serial  = "0"
[instruments.hislip-port]
driver  = "keysight-34401a"
address = "TCPIP::127.0.0.1::hislip0,0::INSTR"
serial  = "0"
[instruments.vxi11]
driver  = "keysight-34401a"
address = "TCPIP::127.0.0.1::inst0,0::INSTR"
serial  = "0"
[instruments.vxi11-too]
driver  = "keysight-34401a"
address = "TCPIP::127.0.0.1::inst1,0::INSTR"
serial  = "0"
[instruments.gpib]
driver  = "keysight-34401a"
address = "GPIB0::22::INSTR"
serial  = "0"
[instruments.gpib-too]
driver  = "keysight-34401a"
address = "GPIB0::5::7::INSTR"
serial  = "0"
)";

const std::map<std::string, std::string> texts = {{"keysight-34401a", shipped("keysight-34401a")}};

struct Lab {
  explicit Lab(const std::vector<simulation::Fault>& faults = {}, const std::string& text = line_kinds)
      : clock(200, 1.78e9),
        served(parse_bench(text, "bench.toml", texts), clock, 5, faults),
        live(served.live_bench()) {}
  std::unique_ptr<Instrument> connect(const std::string& name, std::shared_ptr<Transcript> transcript = nullptr) {
    auto instrument = std::make_unique<Instrument>(live.instrument(name), std::move(transcript), nullptr);
    instrument->identify();
    instrument->start_up();
    return instrument;
  }
  base::AcceleratedClock clock;
  SimulatedBench served;
  Bench live;
};

std::size_t sent(const Transcript& transcript, const std::string& text) {
  std::size_t count = 0;
  for (const TranscriptEntry& entry : transcript.entries())
    count += entry.direction == Direction::sent && entry.bytes.find(text) != std::string::npos;
  return count;
}

}  // namespace

TEST_CASE("an operation is complete when the event register says so, however the line tells of it") {
  const Line line = GENERATE(Line::socket, Line::vxi11, Line::hislip, Line::gpib);
  const auto kind = GENERATE(Device::Kind::good, Device::Kind::other_reason_first);
  Device device(line, kind, 20);
  CHECK_NOTHROW(device.client().carry_out(configuration, {}));
  CHECK_NOTHROW(device.client().carry_out(configuration, {}));
  const auto lines = device.lines();
  CHECK(count_of(lines, "*CLS") == 2);
  CHECK(count_of(lines, "*ESE 61") == 2);
  CHECK(count_of(lines, "*SRE 32") == 2);
  CHECK(count_of(lines, "*OPC") == 2);
  CHECK((count_of(lines, "*STB?") > 0) == (line == Line::socket));
}

TEST_CASE("a service request that never comes, or comes for another reason, is a time-out") {
  const Line line = GENERATE(Line::socket, Line::vxi11, Line::hislip, Line::gpib);
  const auto kind = GENERATE(Device::Kind::never, Device::Kind::other_reason);
  Device device(line, kind, 2);
  try {
    device.client().carry_out(configuration, {});
    FAIL("it was taken for complete");
  } catch (const InstrumentError& error) {
    CHECK(error.fault() == Fault::timeout);
    CHECK(error.instrument() == "meter");
    CHECK(error.address() == device.client().address());
    CHECK(error.sent() == "CONF 10; *OPC");
    CHECK_THAT(error.received(), Contains(kind == Device::Kind::never ? "status byte 0" : "status byte"));
    CHECK_THAT(error.what(), Contains("does not say within 2 s that it is done"));
  }
}

TEST_CASE("an error during the operation is named") {
  const Line line = GENERATE(Line::socket, Line::vxi11, Line::hislip, Line::gpib);
  Device device(line, Device::Kind::command_error, 20);
  try {
    device.client().carry_out(configuration, {});
    FAIL("the error was not noticed");
  } catch (const InstrumentError& error) {
    CHECK(error.fault() == Fault::device_error);
    CHECK(error.sent() == "CONF 10");
    CHECK_THAT(error.received(), Contains("*ESR? 3"));  // 32, or 33 when *OPC was faster
    CHECK_THAT(error.what(), Contains("command error"));
  }
}

TEST_CASE("a person can break off the wait for a service request") {
  const Line line = GENERATE(Line::socket, Line::vxi11, Line::hislip, Line::gpib);
  base::AcceleratedClock clock(1, 1.78e9);  // 20 readings take 8 s
  SimulatedBench served(parse_bench(line_kinds, "bench.toml", texts), clock, 5);
  const Bench live = served.live_bench();
  const char* const names[] = {"socket", "vxi11", "hislip", "gpib"};
  base::Cancellation cancellation;
  Instrument instrument(live.instrument(names[static_cast<int>(line)]), nullptr, &cancellation);
  instrument.identify();
  instrument.start_up();
  Meter meter(instrument, "dc voltage");
  meter.configure(10, {});
  std::thread person([&] {
    std::this_thread::sleep_for(300ms);
    cancellation.cancel("enough");
  });
  CHECK_THROWS_AS(meter.read_many(500), base::InterruptedError);
  person.join();
}

TEST_CASE("a simulated bench serves every kind of line, and a shipped driver completes over each") {
  Lab lab;
  const auto adapters = lab.served.adapters();
  REQUIRE(adapters.size() == 1);
  CHECK(adapters[0].first == "GPIB0");
  CHECK_THAT(lab.live.text, Contains("address = \"" + adapters[0].second + "\""));
  CHECK(lab.served.address("gpib") == "GPIB0::22::INSTR");
  CHECK_THAT(lab.served.address("hislip"), Contains("hislip0,"));
  CHECK_THAT(lab.served.address("hislip-port"), Contains("hislip0,"));
  CHECK_THAT(lab.served.address("vxi11"), Contains("inst0,"));
  CHECK_THAT(lab.served.address("socket"), Catch::Matchers::EndsWith("SOCKET"));
  for (const auto& [name, address] : lab.served.addresses()) {
    INFO(name << " " << address);
    auto transcript = std::make_shared<Transcript>();
    const auto instrument = lab.connect(name, transcript);
    Meter meter(*instrument, "dc voltage");
    lab.served.world().short_input(name);
    meter.configure(10, {{"nplc", "1"}});
    CHECK(std::fabs(meter.read().value) < 1e-2);
    const double before = lab.clock.now();
    CHECK(meter.read_many(5).size() == 5);
    CHECK(lab.clock.now() - before >= 5 * 0.4);
    const bool polled = name == "socket" || name == "serial";
    CHECK((sent(*transcript, "*STB?") > 0) == polled);
    CHECK(sent(*transcript, "*SRE 32") == 1);
  }
}

TEST_CASE("instruments behind one simulated adapter fail by name, and the others go on") {
  Lab lab({simulation::parse_fault("gpib:no-reply@4"), simulation::parse_fault("gpib-too:text-reply@4")});
  for (const std::string name : {"gpib", "gpib-too"}) {
    INFO(name);
    BenchInstrument described = lab.live.instrument(name);
    described.driver.link.timeout = 2;
    Instrument instrument(described, nullptr, nullptr);
    try {
      instrument.identify();
      instrument.start_up();
      Meter meter(instrument, "dc voltage");
      meter.configure(10, {});
      for (int i = 0; i < 4; ++i)
        (void)meter.read();
      FAIL("nothing was noticed");
    } catch (const InstrumentError& error) {
      CHECK(error.instrument() == name);
      const bool named = error.fault() == Fault::timeout || error.fault() == Fault::not_a_number ||
                         error.fault() == Fault::unexpected_reply;
      CHECK(named);
    }
    Meter meter(instrument, "dc voltage");
    meter.configure(10, {});
    CHECK_NOTHROW(meter.read());
  }
}

TEST_CASE("a simulated bench with GPIB needs its adapter and one instrument an address") {
  std::string text = line_kinds;
  const std::string adapter = "[adapters.GPIB0]";
  SECTION("no adapter") {
    text.replace(text.find(adapter), adapter.size(), "[adapters.GPIB3]");
    CHECK_THROWS_WITH(Lab({}, text), Contains("bench.toml:") && Contains("[adapters.GPIB0]"));
  }
  SECTION("two at one address") {
    const std::string other = "GPIB0::5::7::INSTR";
    text.replace(text.find(other), other.size(), "GPIB0::22::INSTR");
    CHECK_THROWS_WITH(Lab({}, text), Contains("bench.toml:") && Contains("is that of 'gpib' too"));
  }
}

TEST_CASE("the status reporting of a simulated instrument") {
  Lab lab;
  const bool over_hislip = GENERATE(true, false);
  LinkOptions options;
  options.instrument = "meter";
  options.connect_timeout = 20s;
  ConversationSettings settings;
  settings.first_byte_timeout = 20s;
  Conversation meter(open_link(lab.served.address(over_hislip ? "hislip" : "socket"), options), settings);
  CHECK(meter.query("*ESR?") == "128");
  CHECK(meter.query("*ESR?") == "0");
  meter.send("*ESE 32");
  meter.send("*SRE 160");
  CHECK(meter.query("*ESE?") == "32");
  CHECK(meter.query("*SRE?") == "160");
  CHECK(meter.query("*STB?") == "0");
  meter.send("PHLOGISTON 3");
  CHECK(meter.query("*STB?") == "100");  // MSS, ESB, error queue
  if (over_hislip) {
    CHECK(meter.wait_for_service_request(20s));
    CHECK((meter.status_byte() & 0x64) == 0x64);
    CHECK((meter.status_byte() & 0x64) == 0x24);
    // The same reason again is no new one.
    meter.send("PHLOGISTON 3");
    CHECK(meter.query("*STB?") == "100");
    CHECK_FALSE(meter.wait_for_service_request(50ms));
  }
  CHECK(meter.query("*ESR?") == "32");
  CHECK(meter.query("*STB?") == "4");
  while (meter.query("SYST:ERR?") != "+0,\"No error\"") {
  }
  CHECK(meter.query("*STB?") == "0");
  meter.send("*ESE 300");
  CHECK(meter.query("*ESR?") == "16");
  CHECK(meter.query("SYST:ERR?") == "-222,\"Data out of range\"");
  meter.send("PHLOGISTON 3");
  if (over_hislip) CHECK(meter.wait_for_service_request(20s));
  meter.send("*CLS");
  CHECK(meter.query("*STB?") == "0");
  CHECK(meter.query("SYST:ERR?") == "+0,\"No error\"");
  meter.send("*OPC");
  CHECK(meter.query("*ESR?") == "1");
  // A series of readings is pending; *OPC? waits for it, and *CLS forgets an *OPC.
  meter.send("CONF:VOLT:DC 10");
  meter.send("SAMP:COUN 50");
  meter.send("INIT");
  const double begin = lab.clock.now();
  meter.send("*OPC");
  CHECK(meter.query("*ESR?") == "0");
  meter.send("*CLS");
  CHECK(meter.query("*OPC?") == "1");
  CHECK(lab.clock.now() - begin > 10);
  CHECK(meter.query("*ESR?") == "0");
}

TEST_CASE("messages of several units") {
  Lab lab;
  const std::string name = GENERATE("socket", "hislip");
  LinkOptions options;
  options.instrument = "meter";
  options.connect_timeout = 20s;
  ConversationSettings settings;
  settings.first_byte_timeout = 20s;
  Conversation meter(open_link(lab.served.address(name), options), settings);
  meter.send("*CLS");
  CHECK(parse_number(meter.query("CONF:VOLT:DC 10;:READ?")));
  CHECK(meter.query("SYST:ERR?;*ESE 4;*ESE?") == "+0,\"No error\";4");
  CHECK(meter.query("VOLT:DC:NPLC 1;*CLS;NPLC?;RANG?") == "+1.00000000E+00;+1.00000000E+01");
  // READ? belongs to CONFigure here: an undefined header, and what follows is dropped.
  meter.send("CONF:VOLT:DC 10;READ?;*IDN?");
  CHECK(meter.query("SYST:ERR?") == "-113,\"Undefined header\"");
  CHECK(meter.query("SYST:ERR?") == "+0,\"No error\"");
}
