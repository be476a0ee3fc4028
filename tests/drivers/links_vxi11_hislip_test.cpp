// VXI-11 and HiSLIP over real sockets: against the simulators' servers, and against servers that break the protocol.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <numeric>
#include <thread>

#include "drivers/links/hislip_link.h"
#include "drivers/links/hislip_message.h"
#include "drivers/links/tcp_connection.h"
#include "drivers/links/vxi11_link.h"
#include "drivers/messages/block.h"
#include "drivers/messages/conversation.h"
#include "drivers/simulation/hislip_server.h"
#include "drivers/simulation/message_buffers.h"
#include "drivers/simulation/vxi11_server.h"
#include "tests/drivers/bench_at_address.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon;
using namespace etalon::drivers;
using namespace etalon::drivers::testing;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using std::chrono::steady_clock;

namespace {

const std::string identity = "Example Instruments,EX1,0001,1.0";

enum class Protocol { vxi11, hislip, hislip_overlapped };

LinkOptions options(std::shared_ptr<Transcript> transcript = nullptr) {
  LinkOptions options;
  options.instrument = "meter";
  options.connect_timeout = 10s;
  options.transcript = std::move(transcript);
  return options;
}

ReplyLimits limits(milliseconds first = 10s, milliseconds between = 10s) {
  ReplyLimits limits;
  limits.first_byte = first;
  limits.between_bytes = between;
  limits.whole = 30s;
  return limits;
}

std::unique_ptr<ServerPort> make_port(Protocol protocol) {
  if (protocol == Protocol::vxi11) {
    Vxi11ServerOptions options;
    options.register_with_port_mapper = false;
    options.largest_write = 4096;
    return std::make_unique<Vxi11Server>(options);
  }
  HislipServerOptions options;
  options.largest_message = 4096;
  return std::make_unique<HislipServer>(0, options);
}

// Opened at the server's port, without a port mapper.
std::unique_ptr<Link> open_at(ServerPort& port, Protocol protocol, LinkOptions with = options()) {
  if (protocol != Protocol::vxi11) {
    with.hislip_overlapped = protocol == Protocol::hislip_overlapped;
    return open_link(port.address(), with);
  }
  const auto address = std::get<Vxi11Address>(parse_address(port.address()));
  auto link = std::make_unique<Vxi11Link>(address, with, dynamic_cast<Vxi11Server&>(port).core_port());
  link->open(within(with.connect_timeout, with.cancellation));
  return link;
}

ConversationSettings settings() {
  ConversationSettings settings;
  settings.first_byte_timeout = 10s;
  settings.between_bytes_timeout = 10s;
  settings.quiet_time = 20ms;
  settings.recovery_timeout = 20s;
  return settings;
}

QueryOptions within_time(milliseconds first) {
  QueryOptions options;
  options.first_byte_timeout = first;
  options.between_bytes_timeout = first;
  return options;
}

Proof identity_proof() {
  return {"*IDN?", [](const std::string& reply) { return reply == identity; }};
}

Conversation talk(ScriptedInstrument& instrument, Protocol protocol, std::shared_ptr<Transcript> transcript = nullptr) {
  return {open_at(instrument.port(), protocol, options(std::move(transcript))), settings(), identity_proof()};
}

Fault fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    INFO(error.what());
    CHECK_THAT(error.what(), Catch::Matchers::StartsWith("meter at " + error.address()));
    return error.fault();
  }
  FAIL("no fault");
  throw 0;
}

std::size_t notes(const Transcript& transcript, const std::string& text) {
  std::size_t count = 0;
  for (const TranscriptEntry& entry : transcript.entries())
    count += entry.direction == Direction::note && entry.bytes.find(text) != std::string::npos;
  return count;
}

std::string counted_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i)
    bytes[i] = static_cast<char>(i % 251);  // every value below 251, so terminators too
  return bytes;
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
};

void answer_plainly(const std::string& line, ScriptedInstrument& self) {
  if (line == "*IDN?") {
    self.say(identity + "\n");
  } else if (line == "BARE?") {
    self.say("+1.25E+00");  // END without a terminator
  } else if (line == "PARTS?") {
    for (const char c : std::string("+1.25E+00\n"))
      self.say_part(std::string(1, c));
    self.say("");  // END without a byte
  } else if (line == "LINES?") {
    self.say("first\nsecond\nlast\n");
  } else if (line == "QUOTED?") {
    self.say("\"a\nb\"\n");
  } else if (line == "EMPTY?") {
    self.say("\n");
  } else if (line == "NOTHING?") {
    self.say("");
  } else if (line.starts_with("LENGTH ")) {
    self.say(std::to_string(line.size()) + "\n");
  } else if (line == "BLOCK?") {
    self.say(definite_block("a\r\n#\nb") + "\n");
  } else if (line == "BARE BLOCK?") {
    self.say(definite_block("a\r\n#\nb\n"));
  } else if (line == "ENDLESS?") {
    self.say("#0a\r\n#\nb\n");
  } else if (line == "SHORT BLOCK?") {
    self.say("#3100only so much\n");
  } else if (line == "LONG BLOCK?") {
    self.say("#15abcdefgh\n");
  } else if (line == "MEGABYTE?") {
    self.say(definite_block(counted_bytes(1'000'000)) + "\n");
  } else if (line == "TWO?") {
    self.say("one\n");
    self.say("two\n");
  } else if (line == "+1?") {
    self.say("+1\n");
  }
}

}  // namespace

TEST_CASE("messages and replies with END over VXI-11 and HiSLIP") {
  const Protocol protocol = GENERATE(Protocol::vxi11, Protocol::hislip, Protocol::hislip_overlapped);
  ScriptedInstrument instrument(make_port(protocol), answer_plainly);
  Conversation meter = talk(instrument, protocol);

  SECTION("a reply ends at END, with or without terminator, and in any parts") {
    CHECK(meter.query("*IDN?") == identity);
    CHECK(meter.query("BARE?") == "+1.25E+00");
    CHECK(meter.query("PARTS?") == "+1.25E+00");
    CHECK(meter.query("QUOTED?") == "\"a\nb\"");
    CHECK(meter.query("BARE?") == "+1.25E+00");
    CHECK(meter.recoveries() == 0);
  }
  SECTION("lines of one message") {
    CHECK(meter.query_lines("LINES?", "last") == std::vector<std::string>{"first", "second", "last"});
    CHECK(meter.query_line_count("LINES?", 3) == std::vector<std::string>{"first", "second", "last"});
    CHECK(meter.query_line_count("BARE?", 1) == std::vector<std::string>{"+1.25E+00"});
    CHECK(fault_of([&] { meter.query_line_count("LINES?", 2); }) == Fault::unsolicited_input);
    CHECK(meter.query("*IDN?") == identity);
  }
  SECTION("empty replies") {
    CHECK(fault_of([&] { meter.query("EMPTY?"); }) == Fault::empty_reply);
    CHECK(fault_of([&] { meter.query("NOTHING?"); }) == Fault::empty_reply);
    QueryOptions allowed;
    allowed.allow_empty = true;
    CHECK(meter.query("EMPTY?", allowed).empty());
    CHECK(meter.query("NOTHING?", allowed).empty());
    CHECK(meter.query("*IDN?") == identity);
  }
  SECTION("long messages go in pieces") {
    const std::string message = "LENGTH " + std::string(200'000, 'x');
    CHECK(meter.query(message) == std::to_string(message.size()));
  }
  SECTION("blocks") {
    CHECK(meter.query_block("BLOCK?") == "a\r\n#\nb");
    CHECK(meter.query_block("BARE BLOCK?") == "a\r\n#\nb\n");
    CHECK(meter.query_block("ENDLESS?") == "a\r\n#\nb");
    QueryOptions none;
    none.block_ending = BlockEnding::none;
    CHECK(meter.query_block("BLOCK?", none) == "a\r\n#\nb");
    CHECK(meter.query_block("MEGABYTE?") == counted_bytes(1'000'000));
    CHECK(meter.query("+1?") == "+1");
    CHECK(meter.recoveries() == 0);
    CHECK(fault_of([&] { meter.query_block("SHORT BLOCK?"); }) == Fault::truncated_reply);
    CHECK(fault_of([&] { meter.query_block("LONG BLOCK?"); }) == Fault::unsolicited_input);
    CHECK(meter.query("+1?") == "+1");
    CHECK(meter.recoveries() == 2);
  }
  SECTION("the largest size") {
    QueryOptions small;
    small.max_reply_size = identity.size();
    CHECK(meter.query("*IDN?", small) == identity);
    small.max_reply_size = identity.size() - 1;
    CHECK(fault_of([&] { meter.query("*IDN?", small); }) == Fault::oversized_reply);
    small.max_reply_size = 100'000;
    CHECK(fault_of([&] { meter.query_block("MEGABYTE?", small); }) == Fault::oversized_reply);
    CHECK(fault_of([&] { meter.query("MEGABYTE?", small); }) == Fault::oversized_reply);
    CHECK(meter.query("+1?") == "+1");
  }
  SECTION("two messages are never one reply") {
    if (protocol == Protocol::hislip_overlapped) return;  // no reply is tied to its query there, as on a raw socket
    // The second one is a fault when it is there in time, and otherwise lost; never a reply to another query.
    const auto ask = [&](const std::string& query, const std::string& reply) {
      try {
        CHECK(meter.query(query) == reply);
      } catch (const InstrumentError& error) {
        CHECK(error.fault() == Fault::unsolicited_input);
      }
    };
    ask("TWO?", "one");
    for (int i = 0; i < 5; ++i)
      ask("+1?", "+1");
  }
}

TEST_CASE("a late reply over VXI-11 and HiSLIP is never a reading") {
  const Protocol protocol = GENERATE(Protocol::vxi11, Protocol::hislip, Protocol::hislip_overlapped);
  std::atomic<bool> go_on = false;
  ScriptedInstrument instrument(make_port(protocol), [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "SLOW?") {
      self.wait_for(go_on);
      self.say("+9.9E+00\n");
    } else {
      answer_plainly(line, self);
    }
  });
  const auto transcript = std::make_shared<Transcript>();

  SECTION("the conversation clears the device and proves the link") {
    Conversation meter = talk(instrument, protocol, transcript);
    CHECK(meter.query("BARE?") == "+1.25E+00");
    const std::size_t clears = notes(*transcript, "device clear");
    CHECK(fault_of([&] { meter.query("SLOW?", within_time(100ms)); }) == Fault::timeout);
    CHECK(meter.tainted());
    go_on = true;
    CHECK(meter.query("BARE?") == "+1.25E+00");
    CHECK(meter.recoveries() == 1);
    CHECK(notes(*transcript, "device clear") == clears + 1);
    CHECK(notes(*transcript, "opened") == 1);
  }
  SECTION("a synchronized HiSLIP link itself drops it") {
    if (protocol != Protocol::hislip) return;
    const auto link = open_at(instrument.port(), protocol, options(transcript));
    link->write("SLOW?\n", within(10s));
    CHECK(fault_of([&] { link->read_until("\n", limits(100ms)); }) == Fault::timeout);
    link->write("+1?\n", within(10s));
    go_on = true;
    CHECK(link->read_until("\n", limits()) == "+1");
    CHECK(notes(*transcript, "a reply to an earlier message came") == 1);
  }
}

TEST_CASE("silence, half messages, cut lines and cancellation over VXI-11 and HiSLIP") {
  const Protocol protocol = GENERATE(Protocol::vxi11, Protocol::hislip, Protocol::hislip_overlapped);
  base::Cancellation cancellation;
  ScriptedInstrument instrument(make_port(protocol), [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "HALF?") {
      self.say_part("+1.2");
    } else if (line == "CUT?") {
      self.hang_up();
    } else if (line == "HALF CUT?") {
      self.say_part("+1.2");
      self.pause(50ms);
      self.hang_up();
    } else if (line == "WAIT?") {
      cancellation.cancel("enough");
    } else {
      answer_plainly(line, self);
    }
  });
  Conversation meter = talk(instrument, protocol);
  CHECK(meter.query("+1?") == "+1");

  SECTION("no reply") {
    CHECK(fault_of([&] { meter.query("SILENCE?", within_time(100ms)); }) == Fault::timeout);
    CHECK(meter.query("+1?") == "+1");
  }
  SECTION("a message that does not end") {
    CHECK(fault_of([&] { meter.query("HALF?", within_time(150ms)); }) == Fault::truncated_reply);
    CHECK(meter.query("+1?") == "+1");
    CHECK(meter.recoveries() == 1);
  }
  SECTION("a cut line") {
    CHECK(fault_of([&] { meter.query("CUT?"); }) == Fault::link_lost);
    CHECK(fault_of([&] { meter.query("+1?"); }) == Fault::link_lost);
    meter.reopen();
    CHECK(meter.query("+1?") == "+1");
    CHECK(fault_of([&] { meter.query("HALF CUT?"); }) == Fault::link_lost);
    meter.reopen_within(20s);
    CHECK(meter.query("+1?") == "+1");
  }
  SECTION("cancelled from another thread") {
    QueryOptions patient = within_time(600s);
    patient.cancellation = &cancellation;
    const auto start = steady_clock::now();
    CHECK_THROWS_AS(meter.query("WAIT?", patient), base::InterruptedError);
    CHECK(steady_clock::now() - start < 20s);
    CHECK(meter.tainted());
    CHECK(meter.query("+1?") == "+1");
  }
}

TEST_CASE("writing to a cut VXI-11 or HiSLIP line does not end the program") {
  const Protocol protocol = GENERATE(Protocol::vxi11, Protocol::hislip);
  ScriptedInstrument instrument(make_port(protocol),
                                [](const std::string&, ScriptedInstrument& self) { self.hang_up(); });
  const auto link = open_at(instrument.port(), protocol);
  CHECK(fault_of([&] {
          for (int i = 0; i < 100'000; ++i)
            link->write("+1?\n", within(10s));
        }) == Fault::link_lost);
}

TEST_CASE("device clear, serial poll, service request, trigger and local over VXI-11 and HiSLIP") {
  const Protocol protocol = GENERATE(Protocol::vxi11, Protocol::hislip, Protocol::hislip_overlapped);
  ScriptedInstrument instrument(make_port(protocol), [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "HALF?") {
      self.say_part("+1.2");
    } else if (line == "REQUEST") {
      self.port().set_status_byte(0x60);
    } else if (line == "STATUS 4") {
      self.port().set_status_byte(0x04);
    } else {
      answer_plainly(line, self);
    }
  });

  SECTION("device clear in the middle of a reply and of a message") {
    const auto link = open_at(instrument.port(), protocol);
    link->write("HALF?\n", within(10s));
    if (protocol == Protocol::vxi11) {
      CHECK(fault_of([&] { link->read_exact(5, limits(100ms, 100ms)); }) == Fault::truncated_reply);
    } else {
      CHECK(link->read_exact(3, limits()) == "+1.");
      CHECK(link->inside_message());
    }
    link->device_clear(within(10s));
    CHECK_FALSE(link->inside_message());
    link->write("+1?\n", within(10s));
    CHECK(link->read_until("\n", limits()) == "+1");
    CHECK(instrument.lines() == std::vector<std::string>{"HALF?", "+1?"});
  }
  SECTION("serial poll and service request") {
    Conversation meter = talk(instrument, protocol);
    REQUIRE(meter.has_status_byte());
    REQUIRE(meter.signals_service_request());
    CHECK_FALSE(meter.wait_for_service_request(0ms));
    CHECK(meter.query("+1?") == "+1");
    CHECK((meter.status_byte() & 0x40) == 0);
    meter.send("REQUEST");
    CHECK(meter.wait_for_service_request(20s));
    CHECK((meter.status_byte() & 0x60) == 0x60);
    CHECK((meter.status_byte() & 0x60) == 0x20);  // a serial poll takes RQS back
    CHECK_FALSE(meter.wait_for_service_request(50ms));
    meter.send("STATUS 4");
    CHECK(meter.query("+1?") == "+1");
    CHECK((meter.status_byte() & 0x6f) == 0x04);
    meter.send("REQUEST");
    CHECK(meter.wait_for_service_request(20s));
    base::Cancellation cancellation;
    cancellation.cancel("enough");
    CHECK_THROWS_AS(meter.wait_for_service_request(600s, &cancellation), base::InterruptedError);
    CHECK(meter.query("+1?") == "+1");
  }
  SECTION("a service requested before anyone waits is not missed") {
    Conversation meter = talk(instrument, protocol);
    meter.send("REQUEST");
    CHECK(meter.query("+1?") == "+1");
    CHECK(meter.wait_for_service_request(20s));
  }
  SECTION("trigger and local") {
    Conversation meter = talk(instrument, protocol);
    REQUIRE(meter.has_trigger());
    meter.trigger();
    CHECK(meter.query("+1?") == "+1");
    CHECK(instrument.lines() == std::vector<std::string>{"*TRG", "+1?"});
    meter.go_to_local();
    meter.device_clear();
    CHECK(meter.query("+1?") == "+1");
  }
  SECTION("what a link cannot is refused before anything is sent") {
    ScriptedInstrument plain(std::make_unique<TcpListener>(), answer_plainly);
    Conversation meter(open_link(plain.address(), options()), settings(), identity_proof());
    CHECK(meter.query("+1?") == "+1");
    CHECK_FALSE(meter.has_status_byte());
    CHECK_THROWS_WITH(meter.status_byte(), Contains("has no serial poll") && Contains(plain.address()));
    CHECK_THROWS_AS(meter.device_clear(), base::InputError);
    CHECK_FALSE(meter.tainted());
  }
}

TEST_CASE("instruments that cannot be reached over VXI-11 and HiSLIP are named in time") {
  const auto open = [](bool vxi11, std::uint16_t port) {
    LinkOptions hasty = options();
    hasty.connect_timeout = 300ms;
    if (!vxi11) {
      open_link(HislipAddress{"127.0.0.1", "hislip0", port}, hasty);
    } else {
      Vxi11Link(Vxi11Address{"127.0.0.1"}, hasty, port).open(within(hasty.connect_timeout));
    }
  };
  const bool vxi11 = GENERATE(true, false);
  const auto start = steady_clock::now();
  SECTION("nothing listens") {
    const std::uint16_t closed = TcpListener().port();
    CHECK(fault_of([&] { open(vxi11, closed); }) == Fault::connect_failed);
  }
  SECTION("nothing answers") {
    FullListener full;
    CHECK(fault_of([&] { open(vxi11, full.port); }) == Fault::connect_failed);
  }
  SECTION("connected, and then silence") {
    TcpListener silent;
    CHECK(fault_of([&] { open(vxi11, silent.port()); }) == Fault::connect_failed);
  }
  SECTION("something else listens") {
    ScriptedInstrument other(
        std::make_unique<TcpListener>(),
        [](const std::string&, ScriptedInstrument& self) { self.say("HTTP/1.1 400 Bad Request\r\n\r\n"); },
        std::string(1, '\0'));
    const std::uint16_t port = std::get<SocketAddress>(parse_address(other.address())).port;
    CHECK(fault_of([&] { open(vxi11, port); }) == Fault::connect_failed);
  }
  SECTION("cancelled") {
    FullListener full;
    base::Cancellation cancellation;
    std::thread canceller([&] {
      std::this_thread::sleep_for(50ms);
      cancellation.cancel("enough");
    });
    LinkOptions patient = options();
    patient.connect_timeout = 600s;
    patient.cancellation = &cancellation;
    CHECK_THROWS_AS(open_link(HislipAddress{"127.0.0.1", "hislip0", full.port}, patient), base::InterruptedError);
    canceller.join();
  }
  CHECK(steady_clock::now() - start < 20s);
}

TEST_CASE("a lost link is opened again once the instrument is back") {
  auto first = std::make_unique<ScriptedInstrument>(make_port(Protocol::hislip), answer_plainly);
  const std::uint16_t port = std::get<HislipAddress>(parse_address(first->address())).port;
  ConversationSettings quick = settings();
  quick.reconnect_pause = 20ms;
  quick.longest_reconnect_pause = 100ms;
  const auto transcript = std::make_shared<Transcript>();
  Conversation meter(open_at(first->port(), Protocol::hislip, options(transcript)), quick, identity_proof());
  CHECK(meter.query("+1?") == "+1");
  first.reset();
  CHECK(fault_of([&] { meter.query("+1?"); }) == Fault::link_lost);
  CHECK(fault_of([&] { meter.reopen_within(150ms); }) == Fault::connect_failed);
  CHECK(fault_of([&] { meter.query("+1?"); }) == Fault::link_lost);
  std::unique_ptr<ScriptedInstrument> second;
  std::thread repair([&] {
    std::this_thread::sleep_for(100ms);
    second = std::make_unique<ScriptedInstrument>(std::make_unique<HislipServer>(port), answer_plainly);
  });
  meter.reopen_within(30s);
  repair.join();
  CHECK(meter.query("+1?") == "+1");
  CHECK(meter.recoveries() == 1);
  base::Cancellation cancellation;
  cancellation.cancel("enough");
  second.reset();
  CHECK_THROWS_AS(meter.reopen_within(600s, &cancellation), base::InterruptedError);
}

TEST_CASE("a simulated bench serves HiSLIP, and misbehaves there as told") {
  base::AcceleratedClock clock(50, 1.78e9);
  simulation::SimulatedBench bench(simulation::bench_with_meter_at("TCPIP::meter.lab::hislip0::INSTR"), clock, 21,
                                   {simulation::parse_fault("meter:truncated-reply@3")});
  CHECK_THAT(bench.address("meter"), Contains("TCPIP::127.0.0.1::hislip0,"));
  Conversation meter(open_link(bench.address("meter"), options()), settings());
  const std::string reply = meter.query("*IDN?");
  CHECK_THAT(reply, Contains("34461A,MY00000001"));
  meter.set_proof({"*IDN?", [&](const std::string& candidate) { return candidate == reply; }});
  CHECK(meter.query("SYST:ERR?") == "+0,\"No error\"");
  CHECK(fault_of([&] { meter.query("SYST:ERR?", within_time(200ms)); }) == Fault::truncated_reply);
  CHECK(meter.query("SYST:ERR?") == "+0,\"No error\"");
  CHECK(meter.recoveries() == 1);
}

// ---- HiSLIP servers that break the protocol

namespace {

// Speaks HiSLIP by hand: `answer` is called for each message on the first connection after the initialisation.
class CrookedHislip {
 public:
  using Answer = std::function<void(const HislipHeader&, const std::string& payload, CrookedHislip&)>;
  explicit CrookedHislip(Answer answer, bool overlapped = false)
      : answer_(std::move(answer)), overlapped_(overlapped), listener_(listen()), thread_([this] { serve(); }) {}
  ~CrookedHislip() {
    stop_.cancel("the test is over");
    thread_.join();
  }
  HislipAddress address() const { return {"127.0.0.1", "hislip0", port_}; }
  void send(HislipType type, std::uint8_t control, std::uint32_t id, const std::string& payload) {
    raw(encode_hislip(type, control, id, payload));
  }
  void send_async(HislipType type, std::uint8_t control, const std::string& payload = "") {
    const std::string bytes = encode_hislip(type, control, 0, payload);
    (void)::send(async_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void raw(const std::string& bytes) { (void)::send(sync_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }

 private:
  FileDescriptor listen() {
    TcpListener listener;
    port_ = listener.port();
    return listener.release();
  }
  bool read_message(const FileDescriptor& from, HislipHeader& header, std::string& payload) {
    std::string bytes = read_exactly(from, hislip_header_size);
    if (bytes.empty()) return false;
    header = *decode_hislip_header(bytes);
    payload = read_exactly(from, static_cast<std::size_t>(header.payload_size));
    return true;
  }
  std::string read_exactly(const FileDescriptor& from, std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t have = 0; have < size;) {
      while (!wait_for(from.get(), POLLIN, within(60s, &stop_))) {
      }
      const ssize_t count = ::recv(from.get(), bytes.data() + have, size - have, 0);
      if (count <= 0) return "";
      have += static_cast<std::size_t>(count);
    }
    return bytes;
  }
  FileDescriptor accept() {
    while (!wait_for(listener_.get(), POLLIN, within(60s, &stop_))) {
    }
    return FileDescriptor(::accept(listener_.get(), nullptr, nullptr));
  }
  void serve() {
    try {
      for (;;) {
        HislipHeader header;
        std::string payload;
        sync_ = accept();
        read_message(sync_, header, payload);
        send(HislipType::initialize_response, overlapped_ ? 1 : 0, 0x01000007, "");
        async_ = accept();
        read_message(async_, header, payload);
        send_async(HislipType::async_initialize_response, 0);
        read_message(async_, header, payload);
        send_async(HislipType::async_maximum_message_size_response, 0, encode_hislip_size(100000));
        while (read_message(sync_, header, payload))
          answer_(header, payload, *this);
      }
    } catch (const base::InterruptedError&) {
    }
  }

  Answer answer_;
  bool overlapped_;
  std::uint16_t port_ = 0;
  base::Cancellation stop_;
  FileDescriptor listener_, sync_, async_;
  std::thread thread_;
};

std::string ask(Link& link, milliseconds first = 10s) {
  link.write("READ?\n", within(10s));
  return link.read_until("\n", limits(first, first));
}

}  // namespace

TEST_CASE("HiSLIP: replies with wrong numbers are never readings") {
  std::string kind;
  CrookedHislip server([&](const HislipHeader& header, const std::string&, CrookedHislip& self) {
    const std::uint32_t id = header.parameter;
    if (kind == "wrong") {
      self.send(HislipType::data_end, 0, id + 2, "+9\n");
    } else if (kind == "wrong, then right") {
      self.send(HislipType::data, 0, id - 2, "+9");
      self.send(HislipType::data_end, 0, id - 2, "9\n");
      self.send(HislipType::data_end, 0, id, "+1\n");
    } else if (kind == "unknown, then right") {
      self.send(HislipType::data, 0, hislip_unknown_message_id, "+1");
      self.send(HislipType::data_end, 0, id, "2\n");
    } else if (kind == "unknown, then wrong") {
      self.send(HislipType::data, 0, hislip_unknown_message_id, "+9");
      self.send(HislipType::data_end, 0, id - 2, "9\n");
    } else if (kind == "unknown at the end") {
      self.send(HislipType::data_end, 0, hislip_unknown_message_id, "+9\n");
    } else if (kind == "interrupted before") {
      self.send(HislipType::interrupted, 0, id, "");
      self.send_async(HislipType::async_interrupted, 0);
      self.send(HislipType::data_end, 0, id, "+1\n");
    } else if (kind == "interrupted within") {
      self.send(HislipType::data, 0, id, "+9");
      self.send(HislipType::interrupted, 0, id, "");
    } else {
      self.send(HislipType::data_end, 0, id, "+1\n");
    }
  });
  const auto link = open_link(server.address(), options());
  CHECK(ask(*link) == "+1");
  kind = "wrong, then right";
  CHECK(ask(*link) == "+1");
  kind = "unknown, then right";
  CHECK(ask(*link) == "+12");
  kind = "interrupted before";
  CHECK(ask(*link) == "+1");
  SECTION("another message's") {
    kind = "wrong";
    CHECK(fault_of([&] { ask(*link, 100ms); }) == Fault::timeout);
  }
  SECTION("changing within the reply") {
    kind = "unknown, then wrong";
    CHECK(fault_of([&] { ask(*link); }) == Fault::stale_reply);
    CHECK_FALSE(link->is_open());
  }
  SECTION("none at the end") {
    kind = "unknown at the end";
    CHECK(fault_of([&] { ask(*link, 100ms); }) == Fault::timeout);
  }
  SECTION("broken off") {
    kind = "interrupted within";
    CHECK(fault_of([&] { ask(*link); }) == Fault::stale_reply);
  }
}

TEST_CASE("HiSLIP: a missing reply in overlapped mode is noticed") {
  std::uint32_t next = hislip_first_message_id;
  LinkOptions overlapped = options();
  overlapped.hislip_overlapped = true;
  CrookedHislip server(
      [&](const HislipHeader&, const std::string&, CrookedHislip& self) {
        self.send(HislipType::data_end, 0, next, "+1\n");
        next += 2;
      },
      true);
  const auto link = open_link(server.address(), overlapped);
  CHECK(dynamic_cast<HislipLink&>(*link).overlapped());
  CHECK(ask(*link) == "+1");
  CHECK(ask(*link) == "+1");
  next += 2;
  CHECK(fault_of([&] { ask(*link); }) == Fault::stale_reply);
}

TEST_CASE("HiSLIP: errors, garbage and silence have names") {
  std::string kind;
  CrookedHislip server([&](const HislipHeader& header, const std::string&, CrookedHislip& self) {
    if (kind == "fatal") {
      self.send(HislipType::fatal_error, 129, 0, "out of paper");
    } else if (kind == "error") {
      self.send(HislipType::error, 4, 0, "");
    } else if (kind == "garbage") {
      self.raw("+9.9E+00\n");
    } else if (kind == "unexpected") {
      self.send(HislipType::async_status_response, 7, 0, "");
    } else if (kind == "huge") {
      self.raw(encode_hislip(HislipType::error, 0, 0, std::string(70000, 'x')));
    } else if (kind != "silence") {
      self.send(HislipType::data_end, 0, header.parameter, "+1\n");
    }
  });
  const auto link = open_link(server.address(), options());
  const auto message_of = [&](Fault fault) {
    try {
      ask(*link);
    } catch (const InstrumentError& error) {
      CHECK(error.fault() == fault);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(ask(*link) == "+1");
  SECTION("fatal error") {
    kind = "fatal";
    CHECK_THAT(message_of(Fault::link_lost), Contains("HiSLIP error 129") && Contains("out of paper"));
    CHECK_FALSE(link->is_open());
  }
  SECTION("error") {
    kind = "error";
    CHECK_THAT(message_of(Fault::unexpected_reply), Contains("HiSLIP error 4 (message too large)"));
  }
  SECTION("garbage") {
    kind = "garbage";
    CHECK_THAT(message_of(Fault::unexpected_reply), Contains("no HiSLIP message") && Contains("+9.9E+00"));
    CHECK_FALSE(link->is_open());
  }
  SECTION("a message out of place") {
    kind = "unexpected";
    CHECK_THAT(message_of(Fault::link_lost), Contains("HiSLIP message 22"));
  }
  SECTION("a message too long to be one") {
    kind = "huge";
    CHECK_THAT(message_of(Fault::link_lost), Contains("impossible length"));
  }
  SECTION("no answer to a serial poll closes the link, so that it cannot come late") {
    CHECK(fault_of([&] { link->status_byte(within(100ms)); }) == Fault::timeout);
    CHECK_FALSE(link->is_open());
  }
  SECTION("no answer to a device clear") {
    CHECK(fault_of([&] { link->device_clear(within(100ms)); }) == Fault::timeout);
    CHECK_FALSE(link->is_open());
  }
}

TEST_CASE("HiSLIP: the mode is agreed on, and a second client is refused") {
  const bool server_prefers = GENERATE(false, true);
  const bool server_changes = GENERATE(false, true);
  const bool client_prefers = GENERATE(false, true);
  HislipServerOptions preference;
  preference.prefers_overlapped = server_prefers;
  preference.can_change_mode = server_changes;
  ScriptedInstrument instrument(std::make_unique<HislipServer>(0, preference), answer_plainly);
  LinkOptions with = options();
  with.hislip_overlapped = client_prefers;
  {
    const auto link = open_link(instrument.address(), with);
    CHECK(dynamic_cast<HislipLink&>(*link).overlapped() == (server_changes ? client_prefers : server_prefers));
    CHECK(dynamic_cast<HislipLink&>(*link).largest_payload() == preference.largest_message - hislip_header_size);
    CHECK(link->address() == instrument.address());
    CHECK_THROWS_WITH(open_link(instrument.address(), with), Contains("too many clients"));
    link->write("*IDN?\n", within(10s));
    CHECK(link->read_until("\n", limits()) == identity);
    link->write("LAST WORDS\n", within(10s));
  }
  const auto link = open_link(instrument.address(), with);
  link->write("*IDN?\n", within(10s));
  CHECK(link->read_until("\n", limits()) == identity);
  CHECK(instrument.lines() == std::vector<std::string>{"*IDN?", "LAST WORDS", "*IDN?"});
}

TEST_CASE("HiSLIP: a client that says something and leaves at once is heard") {
  ScriptedInstrument instrument(make_port(Protocol::hislip), answer_plainly);
  const auto address = std::get<HislipAddress>(parse_address(instrument.address()));
  const auto say = [](const FileDescriptor& connection, const std::string& bytes) {
    REQUIRE(::send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  };
  const auto hear = [](const FileDescriptor& connection) {
    std::string header(hislip_header_size, '\0');
    REQUIRE(wait_for(connection.get(), POLLIN, within(20s)));
    REQUIRE(::recv(connection.get(), header.data(), header.size(), MSG_WAITALL) == static_cast<ssize_t>(header.size()));
    return decode_hislip_header(header).value();
  };
  std::vector<std::string> said;
  for (int i = 0; i < 100; ++i) {
    FileDescriptor sync, async;
    HislipHeader reply;
    reply.type = HislipType::fatal_error;
    // While the server is still busy with the end of the one before, it says that there are too many clients.
    for (int tries = 0; reply.type != HislipType::initialize_response; ++tries) {
      REQUIRE(tries < 1000);
      if (tries > 0) std::this_thread::sleep_for(5ms);
      sync = connect_tcp(address.host, address.port, within(20s));
      say(sync, encode_hislip(HislipType::initialize, 0, 0x01005858, "hislip0"));
      reply = hear(sync);
    }
    async = connect_tcp(address.host, address.port, within(20s));
    say(async, encode_hislip(HislipType::async_initialize, 0, reply.parameter & 0xffff));
    REQUIRE(hear(async).type == HislipType::async_initialize_response);  // before it, data would be an error
    said.push_back("WORDS " + std::to_string(i));
    say(sync, encode_hislip(HislipType::data_end, 0, hislip_first_message_id, said.back() + "\n"));
    if (i % 2) std::swap(sync, async);  // which one is closed first
  }
  for (int i = 0; i < 1000 && instrument.lines().size() < said.size(); ++i)
    std::this_thread::sleep_for(10ms);
  CHECK(instrument.lines() == said);
}

TEST_CASE("a device clear leaves alone what an earlier client said before it left") {
  MessageBuffers buffers([] {});
  const base::Cancellation never;
  char data[64];
  const auto read = [&] { return std::string(data, buffers.read(data, sizeof(data), never)); };
  buffers.take("WORDS\n", true, 1);
  buffers.leave();
  buffers.take("HALF", false, 2);
  buffers.forget();
  buffers.take("WHOLE\n", true, 3);
  CHECK(read() == "WORDS\n");
  CHECK_FALSE(buffers.write("reply\n", true));
  CHECK(read().empty());
  CHECK(read().empty());
  CHECK(read() == "WHOLE\n");
  CHECK(buffers.write("reply\n", true));
}
