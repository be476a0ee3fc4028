// Lines that lead through programs of someone else, and are cut by ending these: what was under way is a named fault,
// never a reading; and once the line is back, the source is made safe and the meter reads.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>

#include "drivers/instrument.h"
#include "drivers/meter.h"
#include "drivers/simulation/simulated_bench.h"
#include "drivers/source.h"
#include "tests/drivers/simulation_bench.h"
#include "tests/witness/child_process.h"
#include "tests/witness/outside_program.h"

using namespace etalon::drivers;
using namespace etalon::drivers::simulation;
using namespace etalon::witness;
using etalon::base::AcceleratedClock;
namespace fs = std::filesystem;
namespace simulation = etalon::drivers::simulation;

namespace {

struct Folder {
  Folder() : path(fs::temp_directory_path() / fmt::format("etalon-cut-line-{}", ::getpid())) {
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

// The simulated bench with an instrument's replies misbehaving.
struct Served {
  explicit Served(const std::vector<std::string>& faults)
      : clock(50, 1.78e9), bench(test_bench(), clock, 5, parsed(faults)) {
    bench.world().short_input("meter");
  }
  static std::vector<simulation::Fault> parsed(const std::vector<std::string>& texts) {
    std::vector<simulation::Fault> faults;
    for (const std::string& text : texts)
      faults.push_back(simulation::parse_fault(text));
    return faults;
  }
  // The instrument as the bench file has it, at another address.
  BenchInstrument at(const std::string& name, const std::string& address) const {
    BenchInstrument instrument = bench.live_bench().instrument(name);
    instrument.address = address;
    return instrument;
  }
  AcceleratedClock clock;
  SimulatedBench bench;
};

std::string device_of(const SimulatedBench& bench, const std::string& name) {
  return std::get<SerialAddress>(parse_address(bench.address(name))).device;
}

bool holds_received(const Transcript& transcript, std::size_t since) {
  const auto entries = transcript.entries();
  for (std::size_t i = since; i < entries.size(); ++i)
    if (entries[i].direction == Direction::received) return true;
  return false;
}

// The fault that `work` ends with, while the line is cut as soon as the first bytes of its reply are here.
template <typename Work>
std::optional<etalon::drivers::Fault> fault_when_cut(const Transcript& transcript, ChildProcess& line, Work work) {
  const std::size_t before = transcript.entries().size();
  std::thread cutter([&] {
    if (becomes_true([&] { return holds_received(transcript, before); })) line.end();
  });
  std::optional<etalon::drivers::Fault> fault;
  try {
    work();
  } catch (const InstrumentError& error) {
    fault = error.fault();
    UNSCOPED_INFO(error.what());
  }
  cutter.join();
  return fault;
}

bool is_cut(const std::optional<etalon::drivers::Fault>& fault) {
  using F = etalon::drivers::Fault;
  return fault == F::link_lost || fault == F::timeout || fault == F::truncated_reply;
}

}  // namespace

TEST_CASE("socat that joins a pseudo-terminal to a meter's socket is ended in the middle of a reply") {
  need("sh -c 'command -v socat'", "socat");
  Folder folder;
  const std::string link = (folder.path / "meter").string();
  // Replies 1 and 2 are the identity and the error queue; the reading, somewhere behind them, comes by half.
  Served plain({});
  int before_reading = 0;
  {
    const BenchInstrument direct = plain.bench.live_bench().instrument("meter");
    Instrument meter(direct, nullptr, nullptr);
    meter.identify();
    meter.start_up();
    Meter(meter, "dc voltage").configure(1, {});
    before_reading = plain.bench.replies("meter");
  }
  Served served({fmt::format("meter:truncated-reply@{}", before_reading + 1)});
  const auto port = std::get<SocketAddress>(parse_address(served.bench.address("meter"))).port;
  const std::vector<std::string> command{"socat", "PTY,link=" + link + ",rawer", fmt::format("TCP:127.0.0.1:{}", port)};
  ChildProcess line(command);
  REQUIRE(becomes_true([&] { return fs::exists(link); }));

  auto transcript = std::make_shared<Transcript>();
  const BenchInstrument description = served.at("meter", "ASRL" + link + "::9600-8N1::INSTR");
  {
    Instrument meter(description, transcript, nullptr);
    meter.identify();
    meter.start_up();
    Meter voltage(meter, "dc voltage");
    voltage.configure(1, {});
    CHECK(is_cut(fault_when_cut(*transcript, line, [&] { voltage.read(); })));
    // The line stays cut: again a fault with a name.
    CHECK_THROWS_AS(voltage.read(), InstrumentError);
  }
  fs::remove(link);
  line = ChildProcess(command);
  REQUIRE(becomes_true([&] { return fs::exists(link); }));
  Instrument meter(description, transcript, nullptr);
  meter.identify();
  meter.start_up();
  Meter voltage(meter, "dc voltage");
  voltage.configure(1, {});
  CHECK(std::fabs(voltage.read().value) < 50e-6);
}

TEST_CASE("socat before a calibrator is ended while the output is on") {
  need("sh -c 'command -v socat'", "socat");
  Folder folder;
  const std::string link = (folder.path / "calibrator").string();
  Served served({});
  const std::vector<std::string> command{"socat", "PTY,link=" + link + ",rawer",
                                         "OPEN:" + device_of(served.bench, "calibrator") + ",rawer"};
  ChildProcess line(command);
  REQUIRE(becomes_true([&] { return fs::exists(link); }));
  auto transcript = std::make_shared<Transcript>();
  const BenchInstrument description = served.at("calibrator", "ASRL" + link + "::9600-8N1::INSTR");
  Instrument calibrator(description, transcript, nullptr);
  calibrator.identify();
  calibrator.start_up();
  SourceRole source(calibrator, "dc voltage");
  source.apply(10);
  line.end();
  CHECK_THROWS_AS(source.check_operating(), InstrumentError);
  try {
    calibrator.make_safe();
    FAIL("a calibrator behind a cut line cannot be shown to be safe");
  } catch (const InstrumentError& error) {
    CHECK(error.fault() == etalon::drivers::Fault::safe_state_failed);
    INFO(error.what());
    CHECK(std::string(error.what()).find("calibrator") != std::string::npos);
  }
  const auto output = [&] {
    return served.bench.world().output_of("calibrator", "dc voltage", served.clock.now()).value;
  };
  CHECK(becomes_true([&] { return std::fabs(output() - 10) < 0.1; }));  // the error was right
  fs::remove(link);
  line = ChildProcess(command);
  REQUIRE(becomes_true([&] { return fs::exists(link); }));
  calibrator.make_safe();
  CHECK(becomes_true([&] { return std::fabs(output()) < 0.1; }));
}

TEST_CASE("ser2net before a calibrator is ended while the output is on") {
  need("sh -c 'command -v ser2net'", "ser2net");
  Folder folder;
  Served served({});
  int port = 0;  // free, and likely to stay so until ser2net takes it
  {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&any), size) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&any), &size) == 0);
    port = ntohs(any.sin_port);
    ::close(listener);
  }
  const std::string settings = (folder.path / "ser2net.yaml").string();
  std::ofstream(settings) << "%YAML 1.1\n---\nconnection: &calibrator\n  accepter: tcp,127.0.0.1," << port
                          << "\n  enable: on\n  connector: serialdev," << device_of(served.bench, "calibrator")
                          << ",9600n81,local\n";
  const std::vector<std::string> command{"ser2net", "-d", "-u", "-c", settings};
  ChildProcess line(command);
  auto transcript = std::make_shared<Transcript>();
  BenchInstrument description = served.at("calibrator", fmt::format("TCPIP::127.0.0.1::{}::SOCKET", port));
  std::unique_ptr<Instrument> calibrator;
  const auto connect = [&] {
    return becomes_true([&] {
      try {
        calibrator = std::make_unique<Instrument>(description, transcript, nullptr);
        return true;
      } catch (const InstrumentError&) {
        return false;  // it does not listen yet
      }
    });
  };
  REQUIRE(connect());
  calibrator->identify();
  calibrator->start_up();
  SourceRole source(*calibrator, "dc voltage");
  source.apply(10);
  line.end();
  using F = etalon::drivers::Fault;
  try {
    source.check_operating();
    FAIL("the line was cut");
  } catch (const InstrumentError& error) {
    INFO(error.what());
    CHECK((error.fault() == F::link_lost || error.fault() == F::timeout));
  }
  line = ChildProcess(command);
  REQUIRE(connect());
  calibrator->make_safe();
  CHECK(becomes_true([&] {
    return std::fabs(served.bench.world().output_of("calibrator", "dc voltage", served.clock.now()).value) < 0.1;
  }));
}
