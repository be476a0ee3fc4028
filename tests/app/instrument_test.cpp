// `etalon instrument`: the real program at simulated instruments, over real sockets and pseudo-terminals.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "app/instrument_options.h"
#include "drivers/discovery/mdns_services.h"
#include "drivers/discovery/serial_ports.h"
#include "drivers/discovery/usbtmc_devices.h"
#include "drivers/discovery/vxi11_broadcast.h"
#include "drivers/simulation/prologix_adapter.h"
#include "drivers/simulation/pseudo_terminal.h"
#include "tests/app/program.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon;
using namespace etalon::tests;
using namespace std::chrono_literals;
using Catch::Contains;
using Catch::StartsWith;
using drivers::testing::ScriptedInstrument;

namespace {

// Instruments of several dialects and terminators, in a process of their own.
const char* const bench_text = R"([bench]
title = { en = "Test" }
[simulation]
start = "2026-06-01T08:00:00Z"
[roles]
[instruments.meter]
driver  = "keysight-34461a"
address = "TCPIP::127.0.0.1::0::SOCKET"
model   = "34461A"
serial  = "MY00000001"
[instruments.hislip]
driver  = "keysight-34465a"
address = "TCPIP::127.0.0.1::hislip0::INSTR"
model   = "34465A"
serial  = "MY00000002"
[instruments.calibrator]
driver  = "fluke-5522a"
address = "ASRL/dev/pts/0::9600-8N1::INSTR"
serial  = "0000001"
[instruments.pressure]
driver  = "druck-pace5000"
address = "ASRL/dev/pts/0::9600-8N1::INSTR"
serial  = "0000002"
[instruments.controller]
driver  = "mensor-cpc6050"
address = "TCPIP::127.0.0.1::0::SOCKET"
serial  = "0000003"
[instruments.balance]
driver  = "mettler-toledo-mt-sics"
address = "TCPIP::127.0.0.1::0::SOCKET"
serial  = "0000004"
[instruments.strange]
driver  = "generic-scpi"
address = "TCPIP::127.0.0.1::0::SOCKET"
serial  = "0000005"
)";

class BenchInOtherProcess {
 public:
  explicit BenchInOtherProcess(const std::vector<std::string>& more = {})
      : log_(folder_ / "simulate.log"), program_(started(more), log_) {
    for (int i = 0; i < 4000 && read_text(log_).find("\nhand ") == std::string::npos; ++i) {
      if (!program_.running()) FAIL(read_text(log_));
      std::this_thread::sleep_for(10ms);
    }
    REQUIRE(read_text(log_).find("\nhand ") != std::string::npos);
  }
  std::string address(const std::string& name) const {
    const std::string log = "\n" + read_text(log_);
    const auto at = log.find("\n" + name + " ");
    REQUIRE(at != std::string::npos);
    const auto begin = at + name.size() + 2;
    return log.substr(begin, log.find('\n', begin) - begin);
  }

 private:
  std::vector<std::string> started(const std::vector<std::string>& more) {
    write_text(folder_ / "bench.toml", bench_text);
    std::vector<std::string> arguments{etalon_program(), "simulate", folder_ / "bench.toml"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  TemporaryFolder folder_;
  std::string log_;
  BackgroundProgram program_;
};

Outcome instrument(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "instrument");
  return tests::etalon(arguments);
}

std::unique_ptr<drivers::TcpListener> tcp() {
  return std::make_unique<drivers::TcpListener>();
}

}  // namespace

TEST_CASE("the driver file that claims an instrument is found over every kind of link", "[identify]") {
  const BenchInOtherProcess bench;
  const auto identified = [&](const std::string& name, const std::string& timeout = "10s") {
    const Outcome outcome = instrument({"identify", bench.address(name), "--timeout", timeout});
    INFO(name << ": " << outcome.output);
    CHECK(outcome.exit_code == 0);
    return outcome.output;
  };
  CHECK_THAT(identified("meter"), Contains("Keysight Technologies,34461A,MY00000001,") &&
                                      Contains("driver keysight-34461a: ") &&
                                      Contains("model 34461A, serial number MY00000001"));
  CHECK_THAT(identified("hislip"), Contains("driver keysight-34465a: "));
  CHECK_THAT(identified("calibrator"), Contains("driver fluke-5522a: ") && Contains("0000001"));
  // It hears only CR; the questions that end with LF come to nothing before.
  CHECK_THAT(identified("pressure", "3s"), Contains("driver druck-pace5000: ") && Contains("0000002"));
  CHECK_THAT(identified("controller"), Contains("driver mensor-cpc6050: ") && Contains("0000003"));
  CHECK_THAT(identified("balance", "3s"), Contains("driver mettler-toledo-mt-sics: ") && Contains("0000004"));
  // Claimed by the generic file only because nobody else does.
  CHECK_THAT(identified("strange"), Contains("driver generic-scpi: ") && Contains("0000005"));
}

TEST_CASE("what an instrument answers is made visible on its way to the terminal", "[identify]") {
  ScriptedInstrument meter(tcp(), [](const std::string&, ScriptedInstrument& self) {
    self.say(
        "Keysight Technologies,34461A,MY\x1b[31m\xe2\x80\xae"
        "1,A.03\n");
  });
  for (const Outcome& outcome :
       {instrument({"identify", meter.address(), "--timeout", "10s"}),
        tests::etalon({"driver", "record", meter.address(), "--out", TemporaryFolder() / "t.jsonl", "*IDN?"})}) {
    INFO(outcome.output);
    CHECK_THAT(outcome.output, Contains("MY<U+001B>[31m<U+202E>1"));
    CHECK(outcome.output.find('\x1b') == std::string::npos);
    CHECK(outcome.output.find("\u202E") == std::string::npos);
  }
}

TEST_CASE("an instrument that nobody claims, and one that says nothing", "[identify]") {
  ScriptedInstrument stranger(tcp(), [](const std::string&, ScriptedInstrument& self) { self.say("WHAT?\r\n"); });
  const Outcome unclaimed = instrument({"identify", stranger.address(), "--timeout", "10s"});
  INFO(unclaimed.output);
  CHECK(unclaimed.exit_code == 1);
  CHECK_THAT(unclaimed.output, Contains("\"*IDN?\\n\": \"WHAT?\"") && Contains("no driver file claims it"));
  // Only questions were asked: nothing that the driver files use to set anything.
  for (const std::string& sent : stranger.lines()) {
    INFO(sent);
    CHECK((sent.find('?') != std::string::npos || sent.find("*ver") != std::string::npos ||
           sent.find("I2") != std::string::npos || sent.find("I4") != std::string::npos ||
           sent.find("{F99RDD") != std::string::npos || sent.find("\x1bx") != std::string::npos || sent.empty()));
  }

  ScriptedInstrument silent(tcp(), [](const std::string&, ScriptedInstrument&) {});
  const Outcome nothing = instrument({"identify", silent.address(), "--timeout", "50ms"});
  INFO(nothing.output);
  CHECK(nothing.exit_code == 3);
  CHECK_THAT(nothing.output, Contains(silent.address()) && Contains("it answers none of the") && Contains("*IDN?"));

  // An address where nobody listens fails with the address in the message.
  std::string closed;
  {
    const drivers::TcpListener listener;
    closed = listener.address();
  }
  const Outcome refused = instrument({"identify", closed});
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.output, Contains(closed) && Contains("connect"));
}

TEST_CASE("queries: replies, blocks, terminators, escapes") {
  const std::string data = "ab\nc\r\n\\\"\x01" + std::string(1, '\0') + "z";
  const auto answer = [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") self.say("MAKER,MODEL,1,1\n");
    if (line == "CURV?") self.say("#2" + std::to_string(data.size()) + data + "\n");
    if (line == "SHORT?") self.say("#15ab\ncdef\n");
    if (line == "TAB\t?") self.say("tab\n");
  };
  ScriptedInstrument meter(tcp(), answer);
  const std::string address = meter.address();
  CHECK(instrument({"query", address, "*IDN?", "CONF", "*IDN?"}).output == "MAKER,MODEL,1,1\nMAKER,MODEL,1,1\n");
  const Outcome block = instrument({"query", address, "CURV?", "*IDN?"});
  CHECK(block.exit_code == 0);
  CHECK(block.output == "#211ab\\nc\\r\\n\\\\\\\"\\x01\\x00z\nMAKER,MODEL,1,1\n");
  CHECK(instrument({"query", address, "CURV?", "--raw"}).output == data);
  const Outcome longer = instrument({"query", address, "SHORT?", "--timeout", "10s"});
  CHECK(longer.exit_code == 3);
  CHECK_THAT(longer.output, Contains("8 bytes") || Contains("bytes came, the block says 8"));
  CHECK(instrument({"query", address, "TAB\\t?"}).output == "tab\n");
  const Outcome bad = instrument({"query", address, "A\\q?"});
  CHECK(bad.exit_code == 2);
  CHECK_THAT(bad.output, Contains("unknown escape"));
  const Outcome two = instrument({"query", address, "A\\nB?"});
  CHECK(two.exit_code == 2);
  CHECK_THAT(two.output, Contains("two messages"));

  ScriptedInstrument carriage(
      tcp(), [](const std::string& line, ScriptedInstrument& self) { self.say(line == "A?" ? "one;" : "no;"); }, "\r");
  CHECK(instrument({"query", carriage.address(), "A?", "A?", "--send-terminator", "\\r", "--reply-terminator", ";"})
            .output == "one\none\n");
  const TemporaryFolder folder;
  CHECK(instrument({"query", carriage.address(), "A?", "--send-terminator", "\\x0D", "--reply-terminator", ";",
                    "--transcript", folder / "bytes"})
            .exit_code == 0);
  CHECK_THAT(read_text(folder / "bytes"), Contains("A?\\\\r"));
  CHECK(instrument({"query", address, "A?", "--reply-terminator", ""}).exit_code == 2);
  const Outcome late = instrument({"query", address, "SILENCE?", "--timeout", "100ms"});
  CHECK(late.exit_code == 3);
  CHECK_THAT(late.output, Contains(address) && Contains("time-out"));
}

TEST_CASE("queries with a driver file speak its dialect") {
  const BenchInOtherProcess bench;
  const Outcome pressure =
      instrument({"query", bench.address("pressure"), "*IDN?", "--driver", "druck-pace5000", "--timeout", "10s"});
  INFO(pressure.output);
  CHECK(pressure.exit_code == 0);
  CHECK_THAT(pressure.output, Contains("0000002"));
  const Outcome balance = instrument({"query", bench.address("balance"), "I4", "--driver", "mettler-toledo-mt-sics"});
  CHECK(balance.exit_code == 0);
  CHECK_THAT(balance.output, Contains("0000004"));
  // A block of readings over HiSLIP.
  const Outcome block = instrument({"query", bench.address("hislip"), "CONF:VOLT:DC 10", "SAMP:COUN 3", "INIT", "*OPC?",
                                    "R? 3;:SAMP:COUN 1", "--timeout", "30s"});
  INFO(block.output);
  CHECK(block.exit_code == 0);
  CHECK(lines_of(block.output).front() == "1");
  CHECK_THAT(lines_of(block.output).back(), StartsWith("#2"));
  CHECK(std::count(block.output.begin(), block.output.end(), ',') == 2);
  CHECK(instrument({"query", bench.address("meter"), "*IDN?", "--driver", "no-such-driver"}).exit_code == 2);
}

TEST_CASE("a quantity is monitored: readings, table, faults by name", "[monitor]") {
  const BenchInOtherProcess bench({"--fault", "meter:overload@8"});
  const std::string address = bench.address("meter");
  const TemporaryFolder folder;
  const std::string csv = folder / "table.csv";
  const Outcome outcome =
      instrument({"monitor", address, "--quantity", "dc voltage", "--range", "10", "--set", "nplc=1", "--every",
                  "100ms", "--count", "20", "--csv", csv, "--transcript", folder / "bytes"});
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, Contains("dc voltage @ 10 V") && Contains("34461A") && Contains("overload: "));
  CHECK_THAT(lines_of(outcome.output).back(), Contains("mean") && Contains("faults 1"));
  CHECK_THAT(read_text(folder / "bytes"), Contains("VOLT:DC:NPLC 1\\\\n"));
  const auto rows = lines_of(read_text(csv));
  CHECK(rows.front() == "utc,slot,value,unit,text,fault");
  int readings = 0;
  int faults = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    INFO(rows[i]);
    if (rows[i].ends_with(",overload")) {
      ++faults;
      CHECK_THAT(rows[i], Contains(",,,"));  // no value
    } else {
      ++readings;
      const std::string value = rows[i].substr(rows[i].find(',', rows[i].find(',') + 1) + 1);
      CHECK(std::fabs(std::stod(value)) < 12);
    }
  }
  CHECK(faults == 1);
  CHECK(readings >= 1);
  CHECK(readings + faults <= 20);
  CHECK_THAT(lines_of(outcome.output).back(), Contains("n " + std::to_string(readings) + "  "));
  // What exists is not overwritten.
  CHECK(instrument({"monitor", address, "--quantity", "dc voltage", "--count", "1", "--csv", csv}).exit_code == 2);
  const Outcome piped =
      instrument({"monitor", address, "--quantity", "dc voltage", "--count", "2", "--every", "1s", "--csv", "-"});
  CHECK(piped.exit_code == 0);
  CHECK(lines_of(piped.output).front() == "utc,slot,value,unit,text,fault");
}

namespace {

void wait_for_lines(BackgroundProgram& program, const std::string& log, std::size_t count) {
  for (int i = 0; i < 4000 && lines_of(read_text(log)).size() < count; ++i) {
    REQUIRE(program.running());
    std::this_thread::sleep_for(10ms);
  }
  REQUIRE(lines_of(read_text(log)).size() >= count);
}

}  // namespace

TEST_CASE("a monitor whose line is cut for good says so and ends with 3", "[monitor]") {
  const bool serial = GENERATE(false, true);
  auto bench = std::make_unique<BenchInOtherProcess>();
  const TemporaryFolder folder;
  const std::string log = folder / "output";
  const std::string csv = folder / "table.csv";
  const std::string address = bench->address(serial ? "pressure" : "meter");
  std::vector<std::string> arguments{etalon_program(), "instrument", "monitor", address, "--every",
                                     "100ms",          "--count",    "200",     "--csv", csv};
  const std::vector<std::string> what =
      serial ? std::vector<std::string>{"--driver", "druck-pace5000", "--quantity", "gauge pressure"}
             : std::vector<std::string>{"--driver", "keysight-34461a", "--quantity", "dc voltage", "--set", "nplc=1"};
  arguments.insert(arguments.end(), what.begin(), what.end());
  BackgroundProgram program(arguments, log);
  wait_for_lines(program, log, 4);  // a title and readings
  bench.reset();
  CHECK(program.wait(120) == 3);
  const std::string output = read_text(log);
  INFO(output);
  CHECK_THAT(output, Contains("link-lost: ") && Contains("etalon: instrument") && Contains(address));
  CHECK_THAT(lines_of(output).back(), StartsWith("etalon: instrument"));
  // Every line of the table is a reading or a fault with its name; after the first fault there is no reading.
  const auto rows = lines_of(read_text(csv));
  bool lost = false;
  std::size_t readings = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    INFO(rows[i]);
    const bool fault = rows[i].find(",,,") != std::string::npos;
    lost = lost || fault;
    CHECK(fault == lost);
    CHECK(rows[i].ends_with(",") == !fault);
    readings += !fault;
  }
  CHECK(lost);
  CHECK(readings >= 3);
}

TEST_CASE("a monitor goes on after a line that was cut and is there again", "[monitor]") {
  const BenchInOtherProcess bench({"--fault", "meter:cut-line@20"});
  const Outcome outcome = instrument({"monitor", bench.address("meter"), "--driver", "keysight-34461a", "--quantity",
                                      "dc voltage", "--set", "nplc=1", "--every", "100ms", "--count", "100"});
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, Contains("link-lost: ") && Contains("it answers again after"));
  CHECK_THAT(lines_of(outcome.output).back(), Contains("faults 1"));
}

TEST_CASE("a monitor on a terminal leaves it as it was when the line is cut", "[monitor]") {
  auto bench = std::make_unique<BenchInOtherProcess>();
  drivers::PseudoTerminal terminal;
  const int end = ::open(terminal.slave_path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(end >= 0);
  termios before{};
  termios after{};
  REQUIRE(::tcgetattr(end, &before) == 0);
  std::mutex mutex;
  std::string shown;
  base::Cancellation done;
  std::thread screen([&] {
    try {
      for (char buffer[4096];;) {
        const std::size_t count = terminal.read(buffer, sizeof buffer, done);
        const std::lock_guard lock(mutex);
        shown.append(buffer, count);
      }
    } catch (const base::InterruptedError&) {
    }
  });
  const auto seen = [&] {
    const std::lock_guard lock(mutex);
    return shown;
  };
  const std::string address = bench->address("meter");
  // Without a kind of terminal, as in a build robot's environment, there are plain lines instead of the display.
  BackgroundProgram program(
      {"env", "TERM=xterm", etalon_program(), "instrument", "monitor", address, "--driver", "keysight-34461a",
       "--quantity", "dc voltage", "--set", "nplc=1", "--every", "100ms", "--count", "300"},
      terminal.slave_path());
  // Some reading is shown; on a slow machine not every one is.
  for (int i = 0; i < 6000 && program.running() && seen().find("  mean ") == std::string::npos; ++i)
    std::this_thread::sleep_for(10ms);
  CHECK(seen().find("  mean ") != std::string::npos);
  bench.reset();
  CHECK(program.wait(120) == 3);
  for (int i = 0; i < 1000 && seen().find("etalon: instrument") == std::string::npos; ++i)
    std::this_thread::sleep_for(10ms);
  CHECK(::tcgetattr(end, &after) == 0);
  ::close(end);
  done.cancel("the test is over");
  screen.join();
  INFO(shown);
  CHECK((before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag));
  CHECK_THAT(shown, Contains("link-lost") && Contains("etalon: instrument") && Contains(address));
  // No mode of the terminal was changed (hidden cursor, other screen), the last colour was ended, and so was the line.
  CHECK(shown.find("\x1b[?") == std::string::npos);
  std::string last_colour = "0";
  for (std::size_t at = shown.find("\x1b["); at != std::string::npos; at = shown.find("\x1b[", at + 2)) {
    const std::size_t letter = shown.find_first_not_of("0123456789;", at + 2);
    if (letter != std::string::npos && shown[letter] == 'm') last_colour = shown.substr(at + 2, letter - at - 2);
  }
  CHECK((last_colour == "0" || last_colour.empty()));
  CHECK(shown.ends_with("\n"));
}

TEST_CASE("Ctrl-C ends a monitor with its summary", "[monitor]") {
  const BenchInOtherProcess bench;
  const TemporaryFolder folder;
  const std::string log = folder / "output";
  BackgroundProgram program({etalon_program(), "instrument", "monitor", bench.address("meter"), "--quantity",
                             "dc voltage", "--set", "nplc=1", "--every", "100ms"},
                            log);
  wait_for_lines(program, log, 5);
  program.signal(SIGINT);
  CHECK(program.wait(60) == 0);
  CHECK_THAT(lines_of(read_text(log)).back(), Contains("n ") && Contains("mean"));
}

TEST_CASE("what a monitor cannot do is refused with what it can", "[monitor]") {
  const BenchInOtherProcess bench;
  const std::string address = bench.address("meter");
  const auto refused = [&](const std::vector<std::string>& more, int exit_code = 2) {
    std::vector<std::string> arguments{"monitor", address};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = instrument(arguments);
    INFO(outcome.output);
    CHECK(outcome.exit_code == exit_code);
    return outcome.output;
  };
  CHECK_THAT(refused({}), Contains("dc voltage") && Contains("0.1, 1, 10, 100, 1000 V") && Contains("--quantity"));
  CHECK_THAT(refused({"--quantity", "dc volts"}), Contains("dc volts") && Contains("dc voltage"));
  CHECK_THAT(refused({"--quantity", "dc voltage", "--range", "7 V"}), Contains("there is no range") && Contains("100"));
  CHECK_THAT(refused({"--quantity", "dc voltage", "--range", "10 s"}), Contains("10 s"));
  CHECK_THAT(refused({"--quantity", "dc voltage", "--set", "speed=1"}), Contains("speed") && Contains("nplc"));
  CHECK_THAT(refused({"--quantity", "dc voltage", "--driver", "no-such"}), Contains("no-such"));
  CHECK_THAT(refused({"--quantity", "dc voltage", "--every", "0s"}), Contains("--every 0s"));
  CHECK_THAT(refused({"--quantity", "dc voltage", "--count", "0"}), Contains("--count"));
  CHECK_THAT(refused({"--quantity", "dc voltage", "--driver", "keysight-34465a"}, 3), Contains("wrong instrument"));
  const Outcome away = instrument({"monitor", "TCPIP::127.0.0.1::1::SOCKET", "--quantity", "dc voltage"});
  CHECK(away.exit_code == 3);
  CHECK_THAT(away.output, Contains("TCPIP::127.0.0.1::1::SOCKET"));
}

TEST_CASE("GPIB addresses behind an adapter are polled and identified") {
  const drivers::GpibAddress meter_address{0, 22, std::nullopt};
  const drivers::GpibAddress other_address{0, 4, std::nullopt};
  drivers::SimulatedPrologixAdapter adapter(tcp());
  ScriptedInstrument meter(adapter.station(meter_address), [](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") self.say("Keysight Technologies,34461A,MY00000009,A.03.02-02.40-03.02-00.52-03-02\n");
  });
  ScriptedInstrument other(adapter.station(other_address), [](const std::string&, ScriptedInstrument&) {});
  adapter.start();
  const TemporaryFolder folder;
  const std::string json_path = folder / "found.json";
  const Outcome outcome = instrument({"scan", "--adapter", adapter.address(), "--json", json_path, "--timeout", "1s"});
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, Contains("GPIB0::4::INSTR  gpib") && Contains("GPIB0::22::INSTR  gpib"));
  const auto json = nlohmann::json::parse(read_text(json_path));
  std::vector<std::string> found;
  for (const auto& one : json["found"]) {
    if (one["way"] == "gpib") found.push_back(one["address"]);
    CHECK_FALSE(one.contains("identity"));
  }
  CHECK(found == std::vector<std::string>{"GPIB0::4::INSTR", "GPIB0::22::INSTR"});
  CHECK(meter.lines().empty());  // a serial poll is no message
  CHECK(other.lines().empty());

  const Outcome identified =
      instrument({"identify", "GPIB0::22::INSTR", "--adapter", "GPIB0=" + adapter.address(), "--timeout", "10s"});
  INFO(identified.output);
  CHECK(identified.exit_code == 0);
  CHECK_THAT(identified.output, Contains("driver keysight-34461a: ") && Contains("MY00000009"));
  CHECK(instrument({"query", "GPIB0::22::INSTR", "*IDN?", "--adapter", "GPIB0=" + adapter.address()}).exit_code == 0);
  const Outcome without = instrument({"identify", "GPIB0::22::INSTR"});
  CHECK(without.exit_code == 2);
  CHECK_THAT(without.output, Contains("--adapter"));
  adapter.stop();
}

TEST_CASE("a scan that asks who is there ends when one is silent, and when the line breaks") {
  const bool cut = GENERATE(false, true);
  std::string relay_port;
  {
    const drivers::TcpListener free;
    relay_port = std::to_string(std::get<drivers::SocketAddress>(drivers::parse_address(free.address())).port);
  }
  drivers::SimulatedPrologixAdapter adapter(tcp());
  const auto port = std::get<drivers::SocketAddress>(drivers::parse_address(adapter.address())).port;
  const TemporaryFolder folder;
  BackgroundProgram relay({"socat", "-d", "-d", "TCP-LISTEN:" + relay_port + ",bind=127.0.0.1,reuseaddr",
                           "TCP:127.0.0.1:" + std::to_string(port)},
                          folder / "relay");
  for (int i = 0; i < 2000 && read_text(folder / "relay").find("listening on") == std::string::npos; ++i) {
    REQUIRE(relay.running());
    std::this_thread::sleep_for(10ms);
  }
  const auto keysight = [](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") self.say("Keysight Technologies,34461A,MY00000009,A.03.02-02.40-03.02-00.52-03-02\n");
  };
  ScriptedInstrument first(adapter.station({0, 3, std::nullopt}), keysight);
  ScriptedInstrument silent(adapter.station({0, 4, std::nullopt}), [&](const std::string&, ScriptedInstrument&) {
    if (cut) relay.signal(SIGKILL);
  });
  ScriptedInstrument last(adapter.station({0, 22, std::nullopt}), keysight);
  adapter.start();
  // Its end is what is tested: 120 s is what a hang takes.
  const Outcome outcome = instrument({"scan", "--identify", "--adapter", "TCPIP::127.0.0.1::" + relay_port + "::SOCKET",
                                      "--json", folder / "found.json", "--timeout", "1s"});
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  const auto json = nlohmann::json::parse(read_text(folder / "found.json"));
  std::map<std::string, nlohmann::json> who;
  for (const auto& one : json["found"])
    who[one["address"].get<std::string>()] = one["identity"];
  REQUIRE(who.count("GPIB0::3::INSTR") == 1);
  REQUIRE(who.count("GPIB0::4::INSTR") == 1);
  REQUIRE(who.count("GPIB0::22::INSTR") == 1);
  CHECK(who["GPIB0::3::INSTR"]["driver"] == "keysight-34461a");
  CHECK(who["GPIB0::4::INSTR"]["driver"] == "");
  CHECK(who["GPIB0::4::INSTR"]["trouble"] != "");
  if (cut) {
    CHECK(who["GPIB0::22::INSTR"]["driver"] == "");
    CHECK(who["GPIB0::22::INSTR"]["trouble"] != "");
  } else {
    CHECK(who["GPIB0::4::INSTR"]["trouble"] == "no answer");
    CHECK_THAT(outcome.output, Contains("    no answer\n"));
    CHECK(who["GPIB0::22::INSTR"]["driver"] == "keysight-34461a");
  }
  adapter.stop();
}

TEST_CASE("a scan without an instrument says what it could not search") {
  // Also where an Avahi daemon runs: it is asked over D-Bus, and here there is none.
  const char* const variable = "DBUS_SYSTEM_BUS_ADDRESS";
  const char* const given = std::getenv(variable);
  const std::string before = given ? given : "";
  ::setenv(variable, "unix:path=/nonexistent/bus", 1);
  const auto restore = [&](const void*) { given ? ::setenv(variable, before.c_str(), 1) : ::unsetenv(variable); };
  const std::unique_ptr<const char, decltype(restore)> at_end(variable, restore);
  const Outcome outcome = instrument({"scan", "--json", "-", "--timeout", "1s"});
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  const auto json = nlohmann::json::parse(outcome.output);
  CHECK(json["found"].is_array());
  CHECK(json["not_searched"]["mdns"].get<std::string>() != "");
  CHECK(instrument({"scan", "--mdns", "--timeout", "1s"}).exit_code == 3);
  CHECK(instrument({"scan", "--timeout", "2"}).exit_code == 2);
  CHECK(instrument({"scan", "--adapter", "GPIBx=TCPIP::127.0.0.1::1::SOCKET"}).exit_code == 2);
  CHECK(instrument({"scan", "--adapter", "TCPIP::127.0.0.1::1::SOCKET"}).exit_code == 3);
}

TEST_CASE("adapters are named in three ways") {
  const auto plain = app::parse_adapter("TCPIP::192.0.2.20::1234::SOCKET");
  CHECK((plain.board == 0 && plain.kind == "prologix" && plain.address == "TCPIP::192.0.2.20::1234::SOCKET"));
  const auto arduino = app::parse_adapter("GPIB2=ar488:ASRL/dev/ttyUSB0::115200-8N1::INSTR");
  CHECK((arduino.board == 2 && arduino.kind == "ar488" && arduino.address == "ASRL/dev/ttyUSB0::115200-8N1::INSTR"));
  for (const char* wrong : {"GPIB=x", "GPIB123=x", "USB0=x"})
    CHECK_THROWS_AS(app::parse_adapter(wrong), base::InputError);
}

TEST_CASE("a serial port keeps its name of /dev/serial/by-id") {
  const TemporaryFolder folder;
  const drivers::PseudoTerminal terminal;
  std::filesystem::create_directory(folder / "by-id");
  std::filesystem::create_symlink(terminal.slave_path(), folder / "by-id/usb-Maker_Adapter_1234-if00-port0");
  std::filesystem::create_symlink("/nowhere", folder / "by-id/usb-gone");
  CHECK(drivers::lasting_device_name(terminal.slave_path(), folder / "by-id") ==
        folder / "by-id/usb-Maker_Adapter_1234-if00-port0");
  CHECK(drivers::lasting_device_name("/dev/null", folder / "by-id") == "/dev/null");
  CHECK(drivers::lasting_device_name("/dev/null", folder / "none") == "/dev/null");
}

TEST_CASE("USBTMC devices are described from sysfs") {
  const TemporaryFolder folder;
  namespace fs = std::filesystem;
  fs::create_directories(folder / "dev");
  fs::create_directories(folder / "usb/1-1/1-1:1.0");
  fs::create_directories(folder / "class/usbtmc3");
  fs::create_symlink(folder / "usb/1-1/1-1:1.0", folder / "class/usbtmc3/device");
  for (const auto& [file, text] : {std::pair{"idVendor", "2a8d\n"},
                                   {"idProduct", "1301\n"},
                                   {"manufacturer", "Keysight Technologies\n"},
                                   {"product", "34461A\n"},
                                   {"serial", "MY00000001\n"}})
    write_text(folder / (std::string("usb/1-1/") + file), text);
  for (const char* name : {"usbtmc3", "usbtmc", "usbtmcx", "ttyS0"})
    write_text(folder / (std::string("dev/") + name), "");
  const auto found = drivers::find_usbtmc_devices(folder / "dev", folder / "class");
  REQUIRE(found.size() == 1);
  CHECK(found[0].address == "USBTMC" + folder / "dev/usbtmc3" + "::INSTR");
  const std::vector<std::pair<std::string, std::string>> facts{
      {"usb", "2a8d:1301"}, {"maker", "Keysight Technologies"}, {"product", "34461A"}, {"serial", "MY00000001"}};
  CHECK(found[0].facts == facts);
}

TEST_CASE("VXI-11 instruments answer the broadcast for their port") {
  // A port mapper on this computer (RFC 1833): it answers GETPORT, after something that is no answer.
  const int mapper = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  REQUIRE(::bind(mapper, reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
  REQUIRE(::getsockname(mapper, reinterpret_cast<sockaddr*>(&place), &size) == 0);
  std::string call;
  std::thread server([&] {
    char buffer[512];
    sockaddr_in from{};
    socklen_t from_size = sizeof from;
    const ssize_t count = ::recvfrom(mapper, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &from_size);
    if (count < 0) return;
    call.assign(buffer, static_cast<std::size_t>(count));
    const auto answer = [&](const std::string& bytes) {
      (void)!::sendto(mapper, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), from_size);
    };
    const auto reply = [&](const std::string& id, unsigned port) {
      std::string bytes = id;
      for (const unsigned number : {1u, 0u, 0u, 0u, 0u, port}) {
        for (int shift = 24; shift >= 0; shift -= 8)
          bytes += static_cast<char>((number >> shift) & 0xff);
      }
      return bytes;
    };
    answer("short");
    answer(reply("abcd", 1111));                // to another call
    answer(reply(call.substr(0, 4), 0x20000));  // no port
    answer(reply(call.substr(0, 4), 50321));
  });
  const auto found = drivers::find_vxi11_instruments(drivers::within(3s), ntohs(place.sin_port));
  ::shutdown(mapper, SHUT_RDWR);
  server.join();
  ::close(mapper);
  REQUIRE(found.size() == 1);
  CHECK(found[0].address == "TCPIP::127.0.0.1::inst0::INSTR");
  CHECK(found[0].facts.front().second == "50321");
  // GETPORT of the port mapper, version 2, for the core channel over TCP.
  REQUIRE(call.size() == 56);
  const auto word = [&](std::size_t i) {
    unsigned number = 0;
    for (std::size_t k = 0; k < 4; ++k)
      number = number << 8 | static_cast<unsigned char>(call[4 * i + k]);
    return number;
  };
  CHECK((word(3) == 100000 && word(4) == 2 && word(5) == 3));
  CHECK((word(10) == 395183 && word(11) == 1 && word(12) == 6));
}

TEST_CASE("announcements by mDNS become addresses") {
  const std::map<std::string, std::string> texts{
      {"Manufacturer", "Keysight Technologies"}, {"Model", "34461A"}, {"SerialNumber", "MY00000001"}};
  const auto found = drivers::instruments_of({{"K-34461A", "_lxi._tcp", "192.0.2.10", 80, texts},
                                              {"K-34461A", "_scpi-raw._tcp", "192.0.2.10", 5025, texts},
                                              {"K-34461A", "_scpi-raw._tcp", "192.0.2.10", 5025, texts},
                                              {"K-34461A", "_hislip._tcp", "192.0.2.10", 4880, {}},
                                              {"K-34461A", "_vxi-11._tcp", "192.0.2.10", 111, {}},
                                              {"Old", "_lxi._tcp", "192.0.2.11", 80, {}}});
  std::vector<std::string> addresses;
  for (const auto& one : found)
    addresses.push_back(one.address);
  CHECK(addresses == std::vector<std::string>{"TCPIP::192.0.2.10::5025::SOCKET", "TCPIP::192.0.2.10::hislip0::INSTR",
                                              "TCPIP::192.0.2.10::inst0::INSTR", ""});
  CHECK(found[0].facts.at(2) == std::pair<std::string, std::string>{"model", "34461A"});
  CHECK(found[3].facts.back().second == "http://192.0.2.11:80");
}

namespace {

ScriptedInstrument::Answer meter_that_confirms() {
  return [n = 0](const std::string& line, ScriptedInstrument& self) mutable {
    self.pause(60ms);
    if (line == "*IDN?") return self.say("ACME,DM1,A1,1.0\n");
    if (line == "READ?") return self.say("+" + std::to_string(++n) + ".2345678E+00\n");
    self.say(line.substr(line.rfind(' ') + 1) + "\n");
  };
}

}  // namespace

TEST_CASE("no message's answer is printed as that of another") {
  ScriptedInstrument confirms(tcp(), meter_that_confirms());
  const Outcome shifted = instrument({"query", confirms.address(), "VOLT:NPLC 10", "READ?", "READ?"});
  INFO(shifted.output);
  CHECK(shifted.exit_code == 3);
  CHECK_THAT(shifted.output, Contains("\"VOLT:NPLC 10\" was answered") && Contains("10\\n") && Contains("--reply"));
  CHECK_THAT(shifted.output, !Contains("2345678"));
  const Outcome asked = instrument({"query", confirms.address(), "VOLT:NPLC 10", "READ?", "--reply"});
  CHECK(asked.exit_code == 0);
  CHECK(asked.output == "10\n+1.2345678E+00\n");

  ScriptedInstrument balance(tcp(), [](const std::string& line, ScriptedInstrument& self) {
    self.say(line == "S" ? "S S      100.00012 g\n" : "ES\n");
  });
  const Outcome weight = instrument({"query", balance.address(), "S", "*IDN?"});
  CHECK(weight.exit_code == 3);
  CHECK_THAT(weight.output, Contains("100.00012 g"));
  CHECK(lines_of(weight.output).size() == 1);  // the error alone
  CHECK(instrument({"query", balance.address(), "--reply", "S"}).output == "S S      100.00012 g\n");
}

TEST_CASE("a message without a reply that is answered late gives no other its answer") {
  ScriptedInstrument balance(tcp(), [](const std::string& line, ScriptedInstrument& self) {
    if (line == "S") {
      self.pause(700ms);
      return self.say("S S      100.00012 g\n");
    }
    if (line == "*IDN?") {
      self.pause(900ms);
      return self.say("ACME,B1,A1,1.0\n");
    }
    if (line == "SI?") self.say("S S      100.00099 g\n");
  });
  for (const char* next : {"*IDN?", "SI?", ""}) {
    INFO(next);
    std::vector<std::string> words{"query", balance.address(), "S", "--timeout", "2s"};
    if (*next) words.insert(words.begin() + 3, next);
    const Outcome outcome = instrument(words);
    INFO(outcome.output);
    CHECK(outcome.exit_code == 3);
    CHECK_THAT(outcome.output, Contains("100.00012 g") && Contains("answered"));
    CHECK(lines_of(outcome.output).size() == 1);  // the error alone
  }
  // Nothing is lost where it is not answered.
  const Outcome right = instrument({"query", balance.address(), "CONF", "*IDN?", "--timeout", "2s"});
  CHECK(right.exit_code == 0);
  CHECK(right.output == "ACME,B1,A1,1.0\n");
}

TEST_CASE("what is left on the line after a query is said") {
  // A line of its own comes during the last reading, or after its reply.
  const bool before = GENERATE(true, false);
  ScriptedInstrument meter(tcp(), [before](const std::string&, ScriptedInstrument& self) {
    if (before) self.say("+7.7777777E+00\n");
    self.pause(150ms);
    self.say("+1.0000001E+00\n");
    if (before) return;
    self.pause(100ms);
    self.say("+7.7777777E+00\n");
  });
  const Outcome outcome = instrument({"query", meter.address(), "READ?"});
  INFO(outcome.output);
  CHECK(outcome.exit_code == 3);
  CHECK_THAT(outcome.output, Contains("left on the line"));
}

TEST_CASE("a monitor withdraws the line that nobody asked for, and goes on in step", "[monitor]") {
  // The driver file says nothing of the print key; readings follow each other without a pause.
  int n = 0;
  ScriptedInstrument meter(tcp(), [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") return self.say("ACME,DM1,A1,1.0\n");
    if (line != "READ?") return;
    if (++n == 3) self.say("+7.7777777E+00\n");
    self.pause(100ms);
    self.say("+1.000000" + std::to_string(n) + "E+00\n");
  });
  const TemporaryFolder folder;
  write_text(folder / "dm1.toml", R"([driver]
title   = "Meter of the tests"
sources = ["made up"]
[link]
send_terminator  = "\n"
reply_terminator = "\n"
timeout          = "2 s"
[identity]
query   = "*IDN?"
pattern = '^(?<maker>ACME),(?<model>DM1),(?<serial>[^,]+),(?<firmware>.+)$'
example = "ACME,DM1,{serial},1.0"
[[measures]]
quantity  = "dc voltage"
unit      = "V"
digit     = 1e-7
read      = { send = "READ?", reply = "{value:+.7E}" }
read_time = { fixed = "0.1 s" }
physics   = { rows = [[10, 1e-5, 0, 1e-6, 1e-6]] }
)");
  const Outcome outcome =
      instrument({"monitor", meter.address(), "--driver", folder / "dm1.toml", "--quantity", "dc voltage", "--count",
                  "6", "--every", "100ms", "--csv", folder / "readings.csv"});
  INFO(outcome.output);
  const std::string table = read_text(folder / "readings.csv");
  INFO(table);
  CHECK_THAT(table, Contains("unsolicited-input"));
  CHECK_THAT(outcome.output, Contains("no readings") || !Contains("7.7777777"));
  CHECK_THAT(outcome.output, Contains("max 1.000000"));  // of the statistics
}
