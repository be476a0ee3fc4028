// The libserialport way, on a pseudo-terminal that is given modem lines: this program's own `ioctl` goes before the C
// library's for libserialport, too. And libserialport 0.1.1 accepts a path below /dev/ that leads to a symbolic link
// (0.1.2 does not: then these tests are skipped).
#include <libserialport.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <thread>

#include "drivers/links/serial_link.h"
#include "tests/drivers/scripted_instrument.h"

namespace {
int modem_lines = 0;
}

extern "C" int ioctl(int descriptor, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  const long result = ::syscall(SYS_ioctl, descriptor, request, argument);
  if (result == 0 || errno != ENOTTY) return static_cast<int>(result);
  int* lines = static_cast<int*>(argument);
  if (request == TIOCMGET) *lines = modem_lines;
  if (request == TIOCMSET) modem_lines = *lines;
  if (request == TIOCMBIS) modem_lines |= *lines;
  if (request == TIOCMBIC) modem_lines &= ~*lines;
  return request == TIOCMGET || request == TIOCMSET || request == TIOCMBIS || request == TIOCMBIC ? 0 : -1;
}

using namespace etalon;
using namespace etalon::drivers;
using namespace etalon::drivers::testing;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

struct FakePort {
  std::string path = (std::filesystem::temp_directory_path() / ("etalon-port-" + std::to_string(::getpid()))).string();
  std::string name = "/dev/../../.." + path;
  std::unique_ptr<PseudoTerminal> terminal = std::make_unique<PseudoTerminal>(path);

  std::unique_ptr<SerialLink> link(SerialSettings settings = {}) {
    LinkOptions options;
    options.instrument = "calibrator";
    return std::make_unique<SerialLink>(SerialAddress{path, settings}, name, options);
  }
  bool accepted() {
    sp_port* port = nullptr;
    const bool found = ::sp_get_port_by_name(name.c_str(), &port) == SP_OK;
    ::sp_free_port(port);
    if (!found) WARN("skipped: this libserialport opens no pseudo-terminals");
    return found;
  }
};

ReplyLimits limits() {
  ReplyLimits limits;
  limits.first_byte = 300ms;
  limits.between_bytes = 100ms;
  return limits;
}

}  // namespace

TEST_CASE("libserialport: bytes both ways, time-outs, modem lines") {
  FakePort port;
  if (!port.accepted()) return;
  auto link = port.link({19200, 8, Parity::none, 2, FlowControl::none});
  ScriptedInstrument instrument(std::move(port.terminal), [](const std::string& line, ScriptedInstrument& self) {
    if (line == "OUT?") self.say("1.0E+00,V\r\n");
    if (line == "half") self.say("1.0");
  });
  modem_lines = 0;
  link->open(within(1s));
  CHECK((modem_lines & (TIOCM_DTR | TIOCM_RTS)) == (TIOCM_DTR | TIOCM_RTS));
  link->write("OUT?\n", within(1s));
  CHECK(link->read_until("\r\n", limits()) == "1.0E+00,V");
  const auto fault = [&] {
    try {
      link->read_until("\r\n", limits());
    } catch (const InstrumentError& error) {
      CHECK_THAT(error.what(), Contains("calibrator at ASRL" + port.path + "::19200-8N2::INSTR"));
      return error.fault();
    }
    throw std::logic_error("no fault");
  };
  CHECK(fault() == Fault::timeout);
  link->write("half\n", within(1s));
  CHECK(fault() == Fault::truncated_reply);
  CHECK(link->read_waiting() == "1.0");
  base::Cancellation cancellation;
  std::thread canceller([&] {
    std::this_thread::sleep_for(50ms);
    cancellation.cancel("Ctrl-C");
  });
  ReplyLimits patient = limits();
  patient.first_byte = 60s;
  patient.cancellation = &cancellation;
  CHECK_THROWS_AS(link->read_until("\n", patient), base::InterruptedError);
  canceller.join();
  link->close();
  link->open(within(1s));
  link->write("OUT?\n", within(1s));
  CHECK(link->read_until("\r\n", limits()) == "1.0E+00,V");
}

TEST_CASE("libserialport: exclusive, refused settings, lost and missing ports") {
  FakePort port;
  if (!port.accepted()) return;
  auto first = port.link();
  first->open(within(1s));
  CHECK_THROWS_WITH(port.link()->open(within(1s)), Contains("another program uses this port"));
  first->close();
  auto second = port.link();
  second->open(within(1s));
  second->close();
  CHECK_THROWS_AS(port.link({9600, 7, Parity::even, 1, FlowControl::none})->open(within(1s)), base::InputError);
  CHECK_THROWS_WITH(port.link({9600, 7, Parity::even, 1, FlowControl::none})->open(within(1s)),
                    Contains("does not take 9600-7E1"));
  CHECK_THROWS_WITH(port.link({9600, 8, Parity::none, 1, FlowControl::dtr_dsr})->open(within(1s)),
                    Contains("not supported by this port"));
  second->open(within(1s));
  port.terminal.reset();
  const auto lost = [&](auto work) {
    try {
      work();
    } catch (const InstrumentError& error) {
      return error.fault() == Fault::link_lost;
    }
    return false;
  };
  CHECK(lost([&] { second->read_some(within(1s)); }));
  CHECK(lost([&] { second->write("x", within(1s)); }));
  CHECK_THROWS_WITH(port.link()->open(within(1s)), Contains("no serial port"));
}
