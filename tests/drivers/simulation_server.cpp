// Simulators behind real sockets and pseudo-terminals, driven by plain POSIX calls.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/error.h"
#include "tests/drivers/simulation_bench.h"

using namespace etalon::drivers;
using namespace etalon::drivers::simulation;
using namespace std::chrono_literals;
using etalon::base::AcceleratedClock;
using etalon::base::InputError;

namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t threads() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

double real_seconds(const std::function<void()>& what) {
  const auto start = std::chrono::steady_clock::now();
  what();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Served {
  explicit Served(const std::vector<std::string>& faults = {}, double speed = 200, std::uint64_t seed = 3)
      : clock(speed, 1.78e9), bench(test_bench(), clock, seed, parsed(faults)) {}
  static std::vector<simulation::Fault> parsed(const std::vector<std::string>& texts) {
    std::vector<simulation::Fault> faults;
    for (const std::string& text : texts)
      faults.push_back(simulation::parse_fault(text));
    return faults;
  }
  AcceleratedClock clock;
  SimulatedBench bench;
};

// Waits on the accelerated clock for the calibrator's own flag.
void wait_settled(PlainClient& calibrator) {
  for (int i = 0; i < 5000; ++i) {
    if (std::stoi(calibrator.query("ISR?")) == 4097) return;
    std::this_thread::sleep_for(1ms);
  }
  FAIL("the calibrator never settled");
}

}  // namespace

TEST_CASE("meter on TCP, calibrator and ambient logger on pseudo-terminals") {
  Served served;
  CHECK(served.bench.address("meter").substr(0, 18) == "TCPIP::127.0.0.1::");
  CHECK(served.bench.address("calibrator").substr(0, 13) == "ASRL/dev/pts/");
  CHECK(served.bench.address("ambient").substr(0, 13) == "ASRL/dev/pts/");
  CHECK_THROWS_AS(served.bench.address("nobody"), InputError);

  PlainClient meter(served.bench.address("meter"));
  PlainClient calibrator(served.bench.address("calibrator"));
  PlainClient ambient(served.bench.address("ambient"), "\r");
  PlainClient hand(served.bench.hand_address());
  CHECK(meter.query("*IDN?").substr(0, 44) == "Keysight Technologies,34461A,MY00000001,A.03");
  CHECK(calibrator.query("*IDN?") == "FLUKE,5522A,0000001,1.2+1.3+2.0+*");
  ambient.send("?");
  bool serial = false;
  for (;;) {
    const auto line = ambient.line();
    REQUIRE(line);
    serial = serial || *line == "Serial number  : A0000001";
    if (line->find("Module 2") != std::string::npos) break;
  }
  CHECK(serial);
  CHECK(ambient.query("SEND").size() > 15);

  CHECK(hand.query("CONNECT meter calibrator") == "OK");
  CHECK(hand.query("CONNECT meter nothing").substr(0, 5) == "ERROR");
  meter.send("CONF:VOLT:DC 10");
  calibrator.send("REMOTE");
  calibrator.send("OUT 10 V, 0 HZ");
  CHECK(std::stoi(calibrator.query("ISR?")) == 0);  // settling, in standby
  calibrator.send("OPER");
  CHECK(std::stoi(calibrator.query("ISR?")) == 1);
  const double real = real_seconds([&] { wait_settled(calibrator); });
  CHECK(real > 4.0 / 200 * 0.8);
  CHECK(real < 3);
  const double truth = served.bench.truth().source_output("calibrator", "dc voltage", 10) +
                       served.bench.truth().meter_error("meter", "dc voltage", 10, 10);
  CHECK(meter.number("READ?") == Approx(truth).margin(60e-6));
  CHECK(meter.query("SYST:ERR?") == "+0,\"No error\"");
  CHECK(calibrator.query("ERR?") == "0,\"No error\"");
  CHECK(hand.query("SHORT meter") == "OK");
  CHECK(std::fabs(meter.number("READ?")) < 100e-6);
  served.bench.check();
}

TEST_CASE("CR, LF and CR LF end a message, blank lines are nothing") {
  Served served;
  for (const std::string instrument : {"meter", "calibrator"}) {
    for (const std::string terminator : {"\n", "\r", "\r\n"}) {
      PlainClient client(served.bench.address(instrument), terminator);
      client.send_bytes("\n\r\n \r");
      CHECK(client.query("*OPC?") == "1");
      CHECK(client.receive(20ms).empty());
    }
  }
}

TEST_CASE("a client may come after a client, and an unfinished message is forgotten") {
  Served served;
  for (int i = 0; i < 5; ++i) {
    PlainClient client(served.bench.address("meter"));
    CHECK(client.query("*OPC?") == "1");
    client.send_bytes("CONF:VOLT:DC 1");  // no terminator
  }
  PlainClient client(served.bench.address("meter"));
  client.send("SYST:ERR?");
  CHECK(client.line() == "+0,\"No error\"");
}

TEST_CASE("readings of one seed are the same in every process, whatever else is asked") {
  const auto readings = [](std::uint64_t seed, bool talkative) {
    Served served({}, 2000, seed);
    PlainClient meter(served.bench.address("meter"));
    PlainClient calibrator(served.bench.address("calibrator"));
    served.bench.world().short_input("meter");
    std::this_thread::sleep_for(2s);  // 4000 s: no EMF is left but the residual
    meter.send("CONF:VOLT:DC 1");
    std::vector<std::string> texts;
    for (int i = 0; i < 10; ++i) {
      texts.push_back(meter.query("READ?"));
      if (talkative) calibrator.query("OUT?");
    }
    return texts;
  };
  const auto first = readings(5, false);
  CHECK(first == readings(5, true));
  CHECK(first != readings(6, false));
}

TEST_CASE("late replies are late, and then all goes on") {
  Served served({"meter:late-reply@2"});
  PlainClient meter(served.bench.address("meter"));
  CHECK(real_seconds([&] { meter.query("*OPC?"); }) < 1);
  meter.send("READ?");
  CHECK_FALSE(meter.line(1000ms));
  std::optional<std::string> late;
  CHECK(real_seconds([&] { late = meter.line(); }) > 0.2);
  REQUIRE(late);
  CHECK(parse_number(*late));
  CHECK(real_seconds([&] { CHECK(meter.query("*OPC?") == "1"); }) < 1);
}

TEST_CASE("each fault does what it says, once, and then all goes on") {
  struct Case {
    std::string kind;
    std::function<bool(const std::string& bytes)> as_described;
  };
  const std::vector<Case> cases = {
      {"empty-reply", [](const std::string& b) { return b == "\n"; }},
      {"no-reply", [](const std::string& b) { return b.empty(); }},
      {"truncated-reply",
       [](const std::string& b) { return b.size() > 3 && b.size() < 12 && b.find('\n') == std::string::npos; }},
      {"cut-reply",
       [](const std::string& b) {
         // A number with a terminator, and yet not the number: only its form shows it.
         return b.ends_with("\n") && parse_number(b.substr(0, b.size() - 1)) &&
                !MessageTemplate("{value:+.8E}").match(b.substr(0, b.size() - 1));
       }},
      {"text-reply", [](const std::string& b) { return b == "OVERFLOW ERR\n"; }},
      {"overload", [](const std::string& b) { return b == "+9.90000000E+37\n"; }},
      {"garbage",
       [](const std::string& b) {
         return b.size() >= 9 && b.ends_with("\n") &&
                std::any_of(b.begin(), b.end(), [](char c) { return (c & 0x80) != 0; });
       }},
  };
  for (const Case& each : cases) {
    INFO("fault " << each.kind);
    Served served({"meter:" + each.kind + "@3"});
    served.bench.world().short_input("meter");
    PlainClient meter(served.bench.address("meter"));
    meter.send("CONF:VOLT:DC 10");
    CHECK(parse_number(meter.query("READ?")));
    CHECK(parse_number(meter.query("READ?")));
    meter.send("READ?");
    const std::string bytes = meter.receive(250ms);
    INFO("came " << bytes);
    CHECK(each.as_described(bytes));
    CHECK(MessageTemplate("{value:+.8E}").match(meter.query("READ?")));
  }
}

TEST_CASE("a fault with a plus stays, and one that does not fit waits for a reply that it fits") {
  Served served({"meter:overload@1+"});
  served.bench.world().short_input("meter");
  PlainClient meter(served.bench.address("meter"));
  CHECK(meter.query("*IDN?").find("34461A") != std::string::npos);
  for (int i = 0; i < 3; ++i)
    CHECK(meter.query("READ?") == "+9.90000000E+37");
  CHECK(meter.query("*OPC?") == "1");
}

TEST_CASE("identity faults") {
  Served served({"meter:wrong-identity@2", "calibrator:wrong-serial@1+"});
  PlainClient meter(served.bench.address("meter"));
  CHECK(meter.query("*IDN?").find(",34461A,MY00000001,") != std::string::npos);
  const std::string other = meter.query("*IDN?");
  CHECK(other.find("34461A") == std::string::npos);
  CHECK(other.find("Keysight Technologies,") == 0);
  CHECK(meter.query("*IDN?").find(",34461A,MY00000001,") != std::string::npos);
  PlainClient calibrator(served.bench.address("calibrator"));
  CHECK(calibrator.query("*IDN?").substr(0, 20) == "FLUKE,5522A,0000002,");
  CHECK(calibrator.query("*IDN?").substr(0, 20) == "FLUKE,5522A,0000002,");
}

TEST_CASE("a calibrator that falls back to standby") {
  Served served({"calibrator:standby@6"}, 1000);
  served.bench.world().connect("meter", "calibrator");
  PlainClient meter(served.bench.address("meter"));
  PlainClient calibrator(served.bench.address("calibrator"));
  meter.send("CONF:VOLT:DC 10");
  calibrator.send("OUT 5 V, 0 HZ");
  calibrator.send("OPER");
  for (int i = 0; i < 5; ++i)
    CHECK((std::stoi(calibrator.query("ISR?")) & 1) == 1);
  std::this_thread::sleep_for(30ms);
  CHECK(meter.number("READ?") == Approx(5).epsilon(1e-4));
  CHECK((std::stoi(calibrator.query("ISR?")) & 1) == 0);
  std::this_thread::sleep_for(30ms);
  CHECK(std::fabs(meter.number("READ?")) < 1e-3);
  calibrator.send("OPER");
  CHECK((std::stoi(calibrator.query("ISR?")) & 1) == 1);
}

TEST_CASE("a cut line: the end of the stream on TCP, a hang-up on a serial line") {
  Served served({"meter:cut-line@2", "calibrator:cut-line@2"});
  {
    PlainClient meter(served.bench.address("meter"));
    CHECK(meter.query("*OPC?") == "1");
    meter.send("*OPC?");
    CHECK(meter.receive(2s).empty());
    CHECK(meter.ended());
  }
  PlainClient again(served.bench.address("meter"));
  CHECK(again.query("*OPC?") == "1");

  PlainClient calibrator(served.bench.address("calibrator"));
  CHECK(calibrator.query("*OPC?") == "1");
  calibrator.send("*OPC?");
  CHECK(calibrator.receive(2s).empty());
  CHECK(calibrator.ended());
}

TEST_CASE("faults that an instrument cannot have, or of nobody, are refused") {
  const AcceleratedClock clock(10, 1.78e9);
  const auto serve = [&](const std::string& fault) {
    SimulatedBench(test_bench(), clock, 1, {simulation::parse_fault(fault)});
  };
  CHECK_THROWS_AS(serve("meter:standby@1"), InputError);
  CHECK_THROWS_AS(serve("calibrator:overload@1"), InputError);
  CHECK_THROWS_AS(serve("nobody:no-reply@1"), InputError);
  Bench real = test_bench();
  real.simulation.reset();
  CHECK_THROWS_AS(SimulatedBench(real, clock, 1), InputError);
}

TEST_CASE("garbage, and a megabyte without a line end, are survived") {
  Served served;
  RandomStream noise(1, "test");
  for (const std::string instrument : {"meter", "calibrator"}) {
    INFO(instrument);
    PlainClient client(served.bench.address(instrument));
    std::string garbage;
    for (int i = 0; i < 20000; ++i)
      garbage += static_cast<char>(noise.bits() & 0xff);
    // Pseudo-terminals hold few bytes in either direction; nothing here may bring a reply, so plain writing will do.
    garbage.erase(std::remove(garbage.begin(), garbage.end(), '?'), garbage.end());
    REQUIRE(client.send_bytes(garbage + "\n"));
    REQUIRE(client.send_bytes(std::string(1 << 20, 'A')));
    REQUIRE(client.send_bytes("\n"));
    client.send("*CLS");
    CHECK(client.query("*OPC?") == "1");
    client.send(std::string(5000, 'B'));
    const std::string error = client.query(instrument == "meter" ? "SYST:ERR?" : "ERR?");
    CHECK(error == (instrument == "meter" ? "-113,\"Undefined header\"" : "1300,\"Bad syntax\""));
  }
  served.bench.check();
}

TEST_CASE("fifty starts and stops leave no descriptor and no thread") {
  { Served once; }
  const std::size_t descriptors = open_descriptors();
  const std::size_t before = threads();
  for (int i = 0; i < 50; ++i) {
    Served served({}, 1);
    PlainClient meter(served.bench.address("meter"));
    PlainClient calibrator(served.bench.address("calibrator"));
    REQUIRE(calibrator.query("*OPC?") == "1");
    if (i % 2 == 0) meter.send("VOLT:DC:NPLC 100");
    meter.send("READ?");  // stopped while it measures
    if (i % 3 == 0) served.bench.stop();
  }
  CHECK(open_descriptors() == descriptors);
  CHECK(threads() == before);
}

TEST_CASE("the live bench file has the real addresses and is otherwise the same") {
  Served served;
  const std::string path =
      (std::filesystem::temp_directory_path() / ("etalon-live-" + std::to_string(::getpid()) + ".toml")).string();
  served.bench.write_live_bench(path);
  const Bench live = read_bench(path, std::string(ETALON_SOURCE_DIR) + "/configs/drivers");
  std::filesystem::remove(path);
  for (const auto& [name, address] : served.bench.addresses())
    CHECK(live.instrument(name).address == address);
  REQUIRE(live.simulation);
  CHECK(live.simulation->hand == served.bench.hand_address());
  CHECK(live.instrument("calibrator").truth.size() == 2);
  CHECK(live.roles == test_bench().roles);
  CHECK(live.text.find("# the hand's address comes here") != std::string::npos);
  CHECK(served.bench.live_bench().text == live.text);

  Bench odd = test_bench();
  odd.text =
      "[bench]\ntitle = \"x\"\n[simulation]\nstart = \"2026-06-01T08:00:00Z\"\n[instruments]\n"
      "meter = { driver = \"keysight-34461a\", address = \"TCPIP::h::1::SOCKET\", serial = \"1\" }\n[roles]\n";
  const AcceleratedClock clock(10, 1.78e9);
  const SimulatedBench bench(odd, clock, 1);
  CHECK_THROWS_AS(bench.live_text(), InputError);
}

TEST_CASE("the benches of the configurations can be simulated") {
  const std::filesystem::path configs = std::filesystem::path(ETALON_SOURCE_DIR) / "configs";
  int simulated = 0;
  for (const auto& entry : std::filesystem::directory_iterator(configs / "benches")) {
    if (entry.path().extension() != ".toml") continue;
    INFO(entry.path().string());
    const Bench bench = read_bench(entry.path().string(), (configs / "drivers").string());
    if (!bench.simulation) continue;
    const AcceleratedClock clock(10, bench.simulation->start_utc);
    SimulatedBench served(bench, clock, 1);
    CHECK(served.live_bench().instruments.size() == bench.instruments.size());
    served.check();
    ++simulated;
  }
  CHECK(simulated >= 1);
}
