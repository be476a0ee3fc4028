// VXI-11 message by message: encoding, servers that break the protocol, and programs of other people against the
// simulators' server, with the port mapper in a network of their own.
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstring>
#include <functional>
#include <thread>

#include "drivers/links/tcp_connection.h"
#include "drivers/links/vxi11_link.h"
#include "drivers/messages/conversation.h"
#include "drivers/simulation/vxi11_server.h"
#include "tests/drivers/bench_at_address.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon;
using namespace etalon::drivers;
using namespace etalon::drivers::testing;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

TEST_CASE("VXI-11 messages are as in the specification") {
  // RFC 4506 by hand: numbers in four bytes, most significant first; text as length, bytes, zeros up to a multiple
  // of 4.
  const std::string created = vxi11::encode(vxi11::LinkCreated{0, 7, 0x1234, 0x10000});
  CHECK(created == std::string("\0\0\0\0\0\0\0\7\0\0\x12\x34\0\1\0\0", 16));
  const std::string link = vxi11::encode(vxi11::CreateLink{-1, true, 5, "inst0"});
  CHECK(link == std::string("\xff\xff\xff\xff\0\0\0\1\0\0\0\5\0\0\0\5inst0\0\0\0", 24));
  const auto read = vxi11::decode<vxi11::WasRead>(std::string("\0\0\0\0\0\0\0\4\0\0\0\3+1\n\0", 16));
  REQUIRE(read);
  CHECK(read->reason == vxi11::reason_end);
  CHECK(read->data == "+1\n");
  // Every shorter text is refused.
  const std::string whole = vxi11::encode(vxi11::Write{3, 1000, 0, vxi11::end_flag, "READ?\n"});
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(vxi11::decode<vxi11::Write>(whole.substr(0, size)));
  CHECK(vxi11::decode<vxi11::Write>(whole)->data == "READ?\n");
  // A length that is not there.
  CHECK_FALSE(vxi11::decode<vxi11::ServiceRequest>(std::string("\xff\xff\xff\xff", 4)));
  CHECK_THAT(vxi11::error_text(11), Contains("VXI-11 error 11: device locked"));
}

TEST_CASE("RPC calls are put together from any pieces, and nonsense is refused") {
  const std::string record = encode_rpc_call({17, vxi11::core_program, 1, vxi11::device_read, "12345678"});
  RpcRecords records;
  for (const char c : record + record) {
    records.append({&c, 1});
    if (const auto whole = records.next()) {
      const auto call = decode_rpc_call(*whole);
      REQUIRE(call);
      CHECK(call->id == 17);
      CHECK(call->program == vxi11::core_program);
      CHECK(call->procedure == vxi11::device_read);
      CHECK(call->arguments == "12345678");
    }
  }
  // Two fragments.
  RpcRecords fragments;
  fragments.append(std::string("\0\0\0\4", 4) + record.substr(4, 4));
  CHECK_FALSE(fragments.next());
  std::string rest = record.substr(8);
  fragments.append(std::string("\x80\0\0", 3) + static_cast<char>(rest.size()) + rest);
  CHECK(fragments.next() == record.substr(4));
  for (std::size_t size = 0; size < 40; ++size)
    CHECK_FALSE(decode_rpc_call(record.substr(4, size)));
  RpcRecords huge;
  huge.append("HTTP/1.1 400 Bad Request");
  CHECK_THROWS_AS(huge.next(), RpcError);
}

namespace {

// Answers RPC calls by hand: `answer` returns the results, or nothing for silence.
class CrookedVxi11 {
 public:
  using Answer = std::function<std::optional<std::string>(const RpcCall& call, CrookedVxi11& self)>;
  explicit CrookedVxi11(Answer answer) : answer_(std::move(answer)), thread_([this] { serve(); }) {}
  ~CrookedVxi11() {
    stop_.cancel("the test is over");
    thread_.join();
  }
  std::uint16_t port() const { return listener_.port(); }
  void raw(const std::string& bytes) { listener_.write(bytes, stop_); }
  void hang_up() { listener_.drop_client(); }

 private:
  void serve() {
    RpcRecords records;
    std::array<char, 4096> buffer;
    try {
      for (;;) {
        const std::size_t count = listener_.read(buffer.data(), buffer.size(), stop_);
        if (count == 0) records.clear();
        records.append({buffer.data(), count});
        while (const auto record = records.next()) {
          const auto call = decode_rpc_call(*record);
          if (const auto results = answer_(*call, *this)) raw(encode_rpc_reply(call->id, *results));
        }
      }
    } catch (const base::InterruptedError&) {
    }
  }
  Answer answer_;
  TcpListener listener_;
  base::Cancellation stop_;
  std::thread thread_;
};

LinkOptions options() {
  LinkOptions options;
  options.instrument = "meter";
  return options;
}

ReplyLimits limits(milliseconds first) {
  ReplyLimits limits;
  limits.first_byte = first;
  limits.between_bytes = first;
  return limits;
}

std::pair<Fault, std::string> fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    return {error.fault(), error.what()};
  }
  FAIL("no fault");
  throw 0;
}

}  // namespace

TEST_CASE("VXI-11: errors of the instrument have names") {
  std::int32_t error = 0;
  std::string kind;
  CrookedVxi11 server([&](const RpcCall& call, CrookedVxi11& self) -> std::optional<std::string> {
    switch (call.procedure) {
      case vxi11::create_link:
        return vxi11::encode(vxi11::LinkCreated{kind == "no link" ? 3 : 0, 1, 0, 1000});
      case vxi11::device_write:
        if (kind == "cut") {
          self.hang_up();
          return std::nullopt;
        }
        if (kind == "nonsense") return std::string("xx");
        if (kind == "garbage") {
          self.raw("HTTP/1.1 400 Bad Request\r\n\r\n");
          return std::nullopt;
        }
        if (kind == "refused") {
          self.raw(encode_rpc_refusal(call.id, RpcRefusal::unknown_procedure));
          return std::nullopt;
        }
        return vxi11::encode(vxi11::Written{error, error == 0 ? 6u : 0u});
      case vxi11::device_read:
        if (kind == "too much") return vxi11::encode(vxi11::WasRead{0, 4, std::string(100000, '1')});
        if (kind == "silence") return std::nullopt;
        if (kind == "late") {  // behind the answer to the next call
          self.raw(encode_rpc_reply(call.id - 1, vxi11::encode(vxi11::WasRead{0, 4, "+9\n"})));
        }
        return vxi11::encode(vxi11::WasRead{0, 4, "+1\n"});
      case vxi11::device_clear:
        if (kind == "unknown clear") {
          self.raw(encode_rpc_refusal(call.id, RpcRefusal::unknown_procedure));
          return std::nullopt;
        }
        return vxi11::encode(vxi11::Outcome{kind == "no clear" ? 8 : 0});
      default:
        return vxi11::encode(vxi11::Outcome{0});
    }
  });
  Vxi11Link link(Vxi11Address{"127.0.0.1", "inst7"}, options(), server.port());
  const auto open = [&] { link.open(within(10s)); };
  const auto ask = [&](milliseconds first = 10s) {
    link.write("READ?\n", within(10s));
    return link.read_until("\n", limits(first));
  };
  SECTION("no such device") {
    kind = "no link";
    const auto [fault, text] = fault_of(open);
    CHECK(fault == Fault::connect_failed);
    CHECK_THAT(text, Contains("TCPIP::127.0.0.1::inst7::INSTR") && Contains("VXI-11 error 3: device not accessible"));
  }
  SECTION("codes") {
    open();
    CHECK(ask() == "+1");
    const std::vector<std::pair<std::int32_t, Fault>> codes = {
        {15, Fault::timeout},         {23, Fault::timeout},         {4, Fault::link_lost},
        {17, Fault::link_lost},       {6, Fault::link_lost},        {11, Fault::unexpected_reply},
        {9, Fault::unexpected_reply}, {77, Fault::unexpected_reply}};
    for (const auto& [code, expected] : codes) {
      error = code;
      const auto [fault, text] = fault_of([&] { ask(); });
      CHECK(fault == expected);
      if (code != 15) CHECK_THAT(text, Contains("VXI-11 error " + std::to_string(code)));
    }
    error = 0;
    CHECK(ask() == "+1");
  }
  SECTION("a reply to an earlier call is dropped") {
    open();
    kind = "late";
    CHECK(ask() == "+1");
  }
  SECTION("no answer at all") {
    open();
    kind = "silence";
    CHECK(fault_of([&] { ask(100ms); }).first == Fault::timeout);
    kind = "";
    CHECK(ask() == "+1");
  }
  SECTION("cut, nonsense, garbage, refusal, more than was asked for") {
    const std::vector<std::pair<std::string, Fault>> kinds = {{"cut", Fault::link_lost},
                                                              {"nonsense", Fault::unexpected_reply},
                                                              {"garbage", Fault::unexpected_reply},
                                                              {"refused", Fault::unexpected_reply},
                                                              {"too much", Fault::unexpected_reply}};
    for (const auto& [name, expected] : kinds) {
      kind = "";
      open();
      CHECK(ask() == "+1");
      kind = name;
      INFO(name);
      CHECK(fault_of([&] { ask(); }).first == expected);
    }
  }
  SECTION("an instrument that refuses device clear is talked to all the same") {
    kind = GENERATE("no clear", "unknown clear");
    auto own = std::make_unique<Vxi11Link>(Vxi11Address{"127.0.0.1", "inst7"}, options(), server.port());
    own->open(within(10s));
    Conversation meter(std::move(own), {});
    CHECK(meter.has_device_clear());
    CHECK(meter.query("READ?") == "+1");
    CHECK_FALSE(meter.has_device_clear());
  }
}

// ---- with the port mapper, in a network of their own

namespace {

struct Outcome {
  int status = -1;
  std::string text;
};

Outcome run(const std::string& command) {
  FILE* pipe = ::popen(("timeout 120 " + command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  Outcome outcome;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;)
    outcome.text.append(buffer, n);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

bool has(const std::string& program) {
  return run("sh -c 'command -v " + program + "'").status == 0;
}

// rpcbind, as long as this lives.
class PortMapper {
 public:
  PortMapper() : id_(::fork()) {
    if (id_ == 0) {
      ::execlp("rpcbind", "rpcbind", "-f", "-i", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    REQUIRE(id_ > 0);
  }
  ~PortMapper() {
    (void)::kill(id_, SIGTERM);
    (void)::waitpid(id_, nullptr, 0);
  }
  PortMapper(const PortMapper&) = delete;
  PortMapper& operator=(const PortMapper&) = delete;

 private:
  pid_t id_;
};

void raise_loopback() {
  const FileDescriptor any(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  REQUIRE(::ioctl(any.get(), SIOCGIFFLAGS, &request) == 0);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  REQUIRE(::ioctl(any.get(), SIOCSIFFLAGS, &request) == 0);
}

}  // namespace

TEST_CASE("lxi and PyVISA talk VXI-11 with the simulator") {
  if (!has("rpcbind") || !has("unshare") || !has("lxi")) {
    WARN("not tested: this needs the Debian packages rpcbind, util-linux and lxi-tools");
    return;
  }
  if (run("unshare -nm true").status != 0) {
    WARN("not tested: this user may not make a network of its own (unshare -nm)");
    return;
  }
  // This program again, inside, with a port mapper of its own.
  char self[4096] = "";
  REQUIRE(::readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
  const Outcome inside = run("unshare -nm " + std::string(self) + " '[.own-network]'");
  INFO(inside.text);
  CHECK(inside.status == 0);
}

TEST_CASE("VXI-11 inside a network of its own", "[.own-network]") {
  REQUIRE(::system("mount -t tmpfs tmpfs /run") == 0);
  raise_loopback();
  LinkOptions hasty = options();
  CHECK_THROWS_WITH(open_link("TCPIP::127.0.0.1::inst0::INSTR", hasty),
                    Contains("TCPIP::127.0.0.1::inst0::INSTR") && Contains("port 111"));
  CHECK_THROWS_WITH(Vxi11Server(), Contains("rpcbind"));

  const PortMapper port_mapper;
  for (int i = 0; i < 500; ++i) {
    try {
      (void)connect_tcp("127.0.0.1", 111, within(1s));
      break;
    } catch (const ConnectionError&) {
      std::this_thread::sleep_for(20ms);
    }
  }
  CHECK_THROWS_WITH(open_link("TCPIP::127.0.0.1::inst0::INSTR", hasty), Contains("offers no VXI-11"));

  {
    base::AcceleratedClock clock(50, 1.78e9);
    simulation::SimulatedBench bench(simulation::bench_with_meter_at("TCPIP::meter.lab::inst0::INSTR"), clock, 21);
    CHECK(bench.address("meter") == "TCPIP::127.0.0.1::inst0::INSTR");
    CHECK_THROWS_WITH(Vxi11Server(), Contains("another VXI-11 instrument"));
    const std::string identity = "Keysight Technologies,34461A,MY00000001,A.03.02-02.40-03.02-00.52-03-02";

    Conversation meter(open_link(bench.address("meter"), options()), {});
    CHECK(meter.query("*IDN?") == identity);

    const Outcome lxi = run("lxi scpi -a 127.0.0.1 '*IDN?'");
    INFO(lxi.text);
    CHECK(lxi.text == identity + "\n");
    CHECK(run("lxi scpi -a 127.0.0.1 'CONF:VOLT:DC 1'").status == 0);
    CHECK(run("lxi scpi -a 127.0.0.1 'VOLT:DC:RANG?'").text == "+1.00000000E+00\n");
    CHECK(meter.query("SYST:ERR?") == "+0,\"No error\"");

    if (run("/usr/bin/python3 -c 'import pyvisa, pyvisa_py'").status != 0) {
      WARN("PyVISA not tested: this needs the Debian packages python3-pyvisa and python3-pyvisa-py");
    } else {
      const Outcome pyvisa =
          run("/usr/bin/python3 -c \"import pyvisa\n"
              "meter = pyvisa.ResourceManager('@py').open_resource('TCPIP::127.0.0.1::inst0::INSTR')\n"
              "print(meter.query('*IDN?').strip())\n"
              "meter.write('CONF:VOLT:DC 10')\n"
              "print(meter.query('VOLT:DC:RANG?').strip())\n"
              "meter.clear()\n"
              "print(meter.read_stb())\n"
              "print(meter.query('SYST:ERR?').strip())\"");
      INFO(pyvisa.text);
      CHECK(pyvisa.text == identity + "\n+1.00000000E+01\n0\n+0,\"No error\"\n");
    }
  }
  // Unregistered again.
  CHECK_THROWS_WITH(open_link("TCPIP::127.0.0.1::inst0::INSTR", hasty), Contains("offers no VXI-11"));
}
