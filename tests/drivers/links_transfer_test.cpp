// Links over real sockets and pseudo-terminals.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "drivers/links/file_descriptor.h"
#include "drivers/links/link.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon;
using namespace etalon::drivers;
using namespace etalon::drivers::testing;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using std::chrono::steady_clock;

namespace {

double since(SteadyTime start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

Fault fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    INFO(error.what());
    CHECK(error.instrument() == "meter");
    CHECK_THAT(error.what(), Contains("meter at ") && Contains(error.address()));
    return error.fault();
  }
  FAIL("no fault");
  throw 0;
}

LinkOptions options(std::shared_ptr<Transcript> transcript = nullptr) {
  LinkOptions options;
  options.instrument = "meter";
  options.transcript = std::move(transcript);
  return options;
}

ReplyLimits limits(milliseconds first = 1000ms, milliseconds between = 300ms, milliseconds whole = 2000ms) {
  ReplyLimits limits;
  limits.first_byte = first;
  limits.between_bytes = between;
  limits.whole = whole;
  limits.max_size = 1000;
  return limits;
}

// A listening socket whose queue is full: further connections are neither accepted nor refused.
struct FullListener {
  FileDescriptor listener{::socket(AF_INET, SOCK_STREAM, 0)};
  std::vector<FileDescriptor> waiting;
  std::uint16_t port = 0;
  FullListener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener.get(), 0) == 0);
    REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    for (int i = 0; i < 4; ++i) {
      waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      (void)::connect(waiting.back().get(), reinterpret_cast<sockaddr*>(&address), size);
    }
    std::this_thread::sleep_for(20ms);
  }
  std::string address() const { return "TCPIP::127.0.0.1::" + std::to_string(port) + "::SOCKET"; }
};

}  // namespace

TEST_CASE("bytes go both ways over sockets and pseudo-terminals, in any pieces") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  ScriptedInstrument instrument(make_port(kind), [](const std::string& line, ScriptedInstrument& self) {
    if (line == "drip") {
      for (const char c : std::string("+1.25E+00\r\n")) {
        self.say(std::string(1, c));
        self.pause(5ms);
      }
    } else if (line == "two") {
      self.say("first\r\nsecond\r\n");
    } else if (line == "block") {
      self.say("#15a\r\nb\n\r\n");
    } else {
      self.say(line + "\r\n");
    }
  });
  const auto transcript = std::make_shared<Transcript>();
  const auto link = open_link(instrument.address(), options(transcript));
  CHECK(link->is_open());
  CHECK(link->address() == format_address(parse_address(instrument.address())));
  link->write("drip\n", within(1s));
  CHECK(link->read_until("\r\n", limits()) == "+1.25E+00");
  link->write("two\n", within(1s));
  CHECK(link->read_until("\r\n", limits()) == "first");
  CHECK(link->read_until("\r\n", limits()) == "second");
  link->write("block\n", within(1s));
  CHECK(link->read_exact(3, limits()) == "#15");
  CHECK(link->read_exact(5, limits()) == "a\r\nb\n");
  CHECK(link->read_until("\r\n", limits()).empty());
  CHECK(link->read_some(within(0ms)).empty());
  // Larger than any buffer on the way.
  std::string large(300000, 'x');
  ReplyLimits wide = limits();
  wide.max_size = 400000;
  link->write(large + "\n", within(5s));
  CHECK(link->read_until("\r\n", wide) == large);

  std::string sent, received;
  for (const TranscriptEntry& entry : transcript->entries()) {
    CHECK(entry.address == link->address());
    if (entry.direction == Direction::sent) sent += entry.bytes;
    if (entry.direction == Direction::received) received += entry.bytes;
  }
  CHECK(sent == "drip\ntwo\nblock\n" + large + "\n");
  CHECK(received == "+1.25E+00\r\nfirst\r\nsecond\r\n#15a\r\nb\n\r\n" + large + "\r\n");
}

TEST_CASE("each way a reply can fail has its own fault, in its time") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  ScriptedInstrument instrument(make_port(kind), [](const std::string& line, ScriptedInstrument& self) {
    if (line == "half") self.say("+1.2");
    if (line == "flood") self.say(std::string(3000, '7'));
    if (line == "drip") {
      for (int i = 0; i < 40; ++i) {
        self.say("1");
        self.pause(30ms);
      }
    }
  });
  const auto link = open_link(instrument.address(), options());
  const auto start = steady_clock::now();
  SECTION("nothing") {
    link->write("silence\n", within(1s));
    CHECK(fault_of([&] { link->read_until("\n", limits(200ms)); }) == Fault::timeout);
    CHECK(since(start) == Approx(0.2).margin(0.1));
  }
  SECTION("a part without its terminator") {
    link->write("half\n", within(1s));
    try {
      link->read_until("\n", limits(1s, 150ms));
      FAIL("no fault");
    } catch (const InstrumentError& error) {
      CHECK(error.fault() == Fault::truncated_reply);
      CHECK(error.received() == "+1.2");
      CHECK(error.sent() == "half\\n");
      CHECK_THAT(error.what(), Contains("the terminator \"\\n\""));
    }
    CHECK(since(start) == Approx(0.15).margin(0.1));
  }
  SECTION("fewer bytes than asked for") {
    link->write("half\n", within(1s));
    CHECK(fault_of([&] { link->read_exact(100, limits(1s, 150ms)); }) == Fault::truncated_reply);
  }
  SECTION("too many") {
    link->write("flood\n", within(1s));
    CHECK(fault_of([&] { link->read_until("\n", limits()); }) == Fault::oversized_reply);
    CHECK(fault_of([&] { link->read_exact(1001, limits()); }) == Fault::oversized_reply);
    CHECK(link->drain(50ms, within(1s)).size() == 3000);
  }
  SECTION("a slow drip") {
    link->write("drip\n", within(1s));
    CHECK(fault_of([&] { link->read_until("\n", limits(1s, 100ms, 400ms)); }) == Fault::timeout);
    CHECK(since(start) == Approx(0.4).margin(0.15));
    CHECK(fault_of([&] { link->drain(100ms, within(200ms)); }) == Fault::unsolicited_input);
  }
}

TEST_CASE("a terminator split between packets is found, and one longer than a packet") {
  ScriptedInstrument instrument(make_port(Kind::tcp), [](const std::string&, ScriptedInstrument& self) {
    for (const char* piece : {"a\r", "b\r", "\n<E", "N", "D>c\r\n<END>"}) {
      self.say(piece);
      self.pause(10ms);
    }
  });
  const auto link = open_link(instrument.address(), options());
  link->write("?\n", within(1s));
  CHECK(link->read_until("\r\n<END>", limits()) == "a\rb");
  CHECK(link->read_until("\r\n<END>", limits()) == "c");
}

TEST_CASE("a peer that closes is a lost link, also in the middle of a reply, and never ends the program") {
  ScriptedInstrument instrument(make_port(Kind::tcp), [](const std::string& line, ScriptedInstrument& self) {
    if (line == "half") self.say("+1.2");
    self.hang_up();
  });
  const auto link = open_link(instrument.address(), options());
  SECTION("in a reply") {
    link->write("half\n", within(1s));
    try {
      link->read_until("\n", limits());
      FAIL("no fault");
    } catch (const InstrumentError& error) {
      CHECK(error.fault() == Fault::link_lost);
      CHECK(error.received() == "+1.2");
    }
  }
  SECTION("writing on") {
    link->write("bye\n", within(1s));
    CHECK(fault_of([&] {
            for (int i = 0; i < 100; ++i) {
              link->write("more\n", within(1s));
              std::this_thread::sleep_for(5ms);
            }
          }) == Fault::link_lost);
  }
  SECTION("opened again") {
    link->write("bye\n", within(1s));
    CHECK(fault_of([&] { link->read_some(within(1s)); }) == Fault::link_lost);
    link->open(within(1s));
    link->write("half\n", within(1s));
    CHECK(link->read_exact(4, limits()) == "+1.2");
  }
  SECTION("closed by ourselves") {
    link->close();
    CHECK(fault_of([&] { link->write("x", within(1s)); }) == Fault::link_lost);
    CHECK(fault_of([&] { link->read_some(within(1s)); }) == Fault::link_lost);
  }
}

TEST_CASE("connections that fail say how") {
  const auto message_of = [](const std::string& address, LinkOptions with) {
    try {
      open_link(address, with);
    } catch (const InstrumentError& error) {
      CHECK(error.fault() == Fault::connect_failed);
      CHECK_THAT(error.what(), Contains("meter at " + address));
      return std::string(error.what());
    }
    return std::string();
  };
  SECTION("refused") {
    std::string address;
    {
      TcpListener listener;
      address = listener.address();
    }
    CHECK_THAT(message_of(address, options()), Contains("connection refused"));
  }
  SECTION("no answer") {
    const FullListener full;
    LinkOptions hurried = options();
    hurried.connect_timeout = 300ms;
    const auto start = steady_clock::now();
    CHECK_THAT(message_of(full.address(), hurried), Contains("no answer from \"127.0.0.1\""));
    CHECK(since(start) == Approx(0.3).margin(0.15));
  }
  SECTION("cancelled") {
    const FullListener full;
    base::Cancellation cancellation;
    LinkOptions patient = options();
    patient.cancellation = &cancellation;
    SteadyTime cancelled;
    std::thread canceller([&] {
      std::this_thread::sleep_for(100ms);
      cancelled = steady_clock::now();
      cancellation.cancel("Ctrl-C");
    });
    CHECK_THROWS_AS(open_link(full.address(), patient), base::InterruptedError);
    canceller.join();
    CHECK(since(cancelled) < 0.2);
  }
  SECTION("name not resolved") {
    CHECK_THAT(message_of("TCPIP::bad..name::5025::SOCKET", options()), Contains("cannot be resolved"));
  }
  SECTION("no such port") {
    CHECK_THAT(message_of("ASRL/dev/ttyNONE9::9600-8N1::INSTR", options()), Contains("No such file"));
    CHECK_THAT(message_of("ASRL/dev/null::9600-8N1::INSTR", options()), Contains("no serial port"));
  }
}

TEST_CASE("a cancellation from another thread ends reading and writing at once") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  ScriptedInstrument instrument(make_port(kind), [](const std::string&, ScriptedInstrument& self) { self.pause(60s); });
  const auto link = open_link(instrument.address(), options());
  const bool reading = GENERATE(true, false);
  const std::string large(16u << 20, 'x');  // more than all buffers on the way
  base::Cancellation cancellation;
  SteadyTime cancelled;
  std::thread canceller([&] {
    std::this_thread::sleep_for(300ms);
    cancelled = steady_clock::now();
    cancellation.cancel("Ctrl-C");
  });
  if (reading) {
    ReplyLimits patient = limits(60s);
    patient.cancellation = &cancellation;
    CHECK_THROWS_AS(link->read_until("\n", patient), base::InterruptedError);
  } else {
    link->write("go to sleep\n", within(1s));
    std::this_thread::sleep_for(30ms);
    CHECK_THROWS_AS(link->write(large, within(60s, &cancellation)), base::InterruptedError);
  }
  canceller.join();
  CHECK(since(cancelled) < 0.2);
}

TEST_CASE("writing to an instrument that reads no more is a time-out") {
  ScriptedInstrument instrument(make_port(Kind::pty),
                                [](const std::string&, ScriptedInstrument& self) { self.pause(60s); });
  const auto link = open_link(instrument.address(), options());
  link->write("go to sleep\n", within(1s));
  std::this_thread::sleep_for(30ms);
  CHECK(fault_of([&] { link->write(std::string(1u << 20, 'x'), within(200ms)); }) == Fault::timeout);
}

TEST_CASE("a pseudo-terminal refuses what it cannot do, and says what to write") {
  PseudoTerminal terminal;
  for (const char* settings : {"9600-7E1", "9600-8E1", "2400-7N1"}) {
    INFO(settings);
    const std::string address = "ASRL" + terminal.slave_path() + "::" + settings + "::INSTR";
    CHECK_THROWS_AS(open_link(address, options()), base::InputError);
    CHECK_THROWS_WITH(open_link(address, options()), Contains("8N1 in the address") && Contains(address));
  }
  CHECK_THROWS_WITH(open_link("ASRL" + terminal.slave_path() + "::9601-8N1::INSTR"), Contains("9601 baud"));
  CHECK_THROWS_WITH(open_link("ASRL" + terminal.slave_path() + "::9600-8N1-RTSCTS::INSTR"), Contains("modem lines"));
  for (const char* settings : {"300-8N1", "115200-8N2", "9600-8N1-XONXOFF"})
    CHECK(open_link("ASRL" + terminal.slave_path() + "::" + settings + "::INSTR")->is_open());
}

TEST_CASE("one program at a time on a serial line, also through a symbolic link") {
  const std::string path = std::filesystem::temp_directory_path() / ("etalon-tty-" + std::to_string(::getpid()));
  {
    PseudoTerminal terminal(path);
    CHECK(terminal.address() == "ASRL" + path + "::9600-8N1::INSTR");
    CHECK(std::filesystem::read_symlink(path) == terminal.slave_path());
    auto first = open_link(terminal.address(), options());
    CHECK(fault_of([&] { open_link(terminal.address(), options()); }) == Fault::connect_failed);
    CHECK_THROWS_WITH(open_link("ASRL" + terminal.slave_path() + "::INSTR", options()), Contains("another program"));
    first.reset();
    CHECK(open_link(terminal.address(), options())->is_open());
    // Also after a program that was killed while it held the line.
    const pid_t child = ::fork();
    if (child == 0) {
      const auto held = open_link(terminal.address());
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(open_link(terminal.address(), options())->is_open());
  }
  CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(path)));
  CHECK_THROWS_AS(PseudoTerminal("/dev/null"), base::InputError);
}

TEST_CASE("what came while nobody listened is not read by the next program") {
  PseudoTerminal terminal;
  base::Cancellation cancellation;
  CHECK_FALSE(terminal.write("lost\n", cancellation));
  auto first = open_link(terminal.address(), options());
  REQUIRE(terminal.write("old\n", cancellation));
  first.reset();
  const auto second = open_link(terminal.address(), options());
  CHECK(second->read_some(within(50ms)).empty());
  REQUIRE(terminal.write("new\n", cancellation));
  CHECK(second->read_until("\n", limits()) == "new");
  second->write("x", within(1s));
  char byte = 0;
  CHECK(terminal.read(&byte, 1, cancellation) == 1);
  second->close();
  CHECK(terminal.read(&byte, 1, cancellation) == 0);  // the client left
}

TEST_CASE("a pseudo-terminal that disappears is a lost link") {
  auto terminal = std::make_unique<PseudoTerminal>();
  const auto link = open_link(terminal->address(), options());
  terminal.reset();
  CHECK(fault_of([&] { link->read_some(within(1s)); }) == Fault::link_lost);
  CHECK(fault_of([&] { link->write("x", within(1s)); }) == Fault::link_lost);
}

TEST_CASE("a listener serves one client after the other and stops cleanly") {
  TcpListener listener;
  CHECK(listener.port() != 0);
  CHECK_THROWS_WITH(TcpListener(listener.port()), Contains("in use"));
  CHECK_THROWS_AS(TcpListener(0, "not an address"), base::InputError);
  base::Cancellation cancellation;
  auto first = open_link(listener.address(), options());
  auto second = open_link(listener.address(), options());
  first->write("1", within(1s));
  second->write("2", within(1s));
  char byte = 0;
  REQUIRE(listener.read(&byte, 1, cancellation) == 1);
  CHECK(byte == '1');
  CHECK(listener.write("to the first", cancellation));
  CHECK(first->read_exact(12, limits()) == "to the first");
  first.reset();
  CHECK(listener.read(&byte, 1, cancellation) == 0);
  REQUIRE(listener.read(&byte, 1, cancellation) == 1);
  CHECK(byte == '2');
  SteadyTime cancelled;
  std::thread canceller([&] {
    std::this_thread::sleep_for(50ms);
    cancelled = steady_clock::now();
    cancellation.cancel("stop");
  });
  CHECK_THROWS_AS(listener.read(&byte, 1, cancellation), base::InterruptedError);
  canceller.join();
  CHECK(since(cancelled) < 0.1);
  listener.close();
  CHECK(fault_of([&] { open_link(listener.address(), options()); }) == Fault::connect_failed);
}
