// GPIB instruments behind a simulated Prologix or AR488 adapter, over real sockets and pseudo-terminals.
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <thread>

#include "drivers/links/gpib_adapters.h"
#include "drivers/messages/conversation.h"
#include "drivers/simulation/prologix_adapter.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon;
using namespace etalon::drivers;
using namespace etalon::drivers::testing;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

const GpibAddress address_a{0, 22, std::nullopt};
const GpibAddress address_b{0, 4, 7};
const char* const prologix_version = "Prologix GPIB-ETHERNET Controller version 01.06.06.00";

// A door that a test opens: an instrument that waits at it answers when the test wants it to.
class Door {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 60s, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes += static_cast<char>(i);
  return bytes;
}

// An adapter with two instruments.
struct Bus {
  explicit Bus(Kind kind = Kind::tcp, ScriptedInstrument::Answer answer_a = {},
               ScriptedInstrument::Answer answer_b = {}, const std::string& version = prologix_version,
               const std::string& adapter_kind = "prologix", milliseconds read_time = 1000ms)
      : adapter(make_port(kind), version) {
    const auto named = [](const std::string& name) {
      return [name](const std::string& line, ScriptedInstrument& self) {
        if (line == "*IDN?") {
          self.say("MAKER," + name + ",1,1\n");
        } else if (line.ends_with('?')) {
          self.say(name + " " + line + "\n");
        }
      };
    };
    a = std::make_unique<ScriptedInstrument>(adapter.station(address_a), answer_a ? answer_a : named("A"));
    b = std::make_unique<ScriptedInstrument>(adapter.station(address_b), answer_b ? answer_b : named("B"));
    adapter.start();
    GpibAdapterDescription description;
    description.address = adapter.address();
    description.kind = adapter_kind;
    description.boot_time = 50ms;
    description.read_time = read_time;
    adapters = std::make_shared<GpibAdapters>(std::vector{description});
  }
  ~Bus() { adapter.stop(); }

  std::unique_ptr<Link> link(const GpibAddress& address, const std::string& name) {
    LinkOptions options;
    options.instrument = name;
    options.connect_timeout = 20s;
    options.gpib_adapters = adapters;
    return open_link(address, options);
  }
  std::unique_ptr<Conversation> talk(const GpibAddress& address, const std::string& name,
                                     milliseconds first_byte = 20s) {
    ConversationSettings settings;
    settings.first_byte_timeout = first_byte;
    settings.between_bytes_timeout = 10s;
    settings.write_timeout = 20s;
    settings.recovery_timeout = 20s;
    const std::string identity = "MAKER," + name + ",1,1";
    return std::make_unique<Conversation>(
        link(address, name), settings,
        Proof{"*IDN?", [identity](const std::string& reply) { return reply == identity; }});
  }
  GpibStationPort& end_a() { return adapter.bus_end(address_a); }
  GpibStationPort& end_b() { return adapter.bus_end(address_b); }

  SimulatedPrologixAdapter adapter;
  std::unique_ptr<ScriptedInstrument> a, b;
  std::shared_ptr<GpibAdapters> adapters;
};

ReplyLimits generous() {
  ReplyLimits limits;
  limits.first_byte = 20s;
  limits.between_bytes = 10s;
  return limits;
}

InstrumentError error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    return error;
  }
  FAIL("no fault");
  throw 0;
}

}  // namespace

TEST_CASE("two instruments behind one adapter, two threads, no cross-talk") {
  Bus bus(GENERATE(Kind::tcp, Kind::pty));
  const auto a = bus.talk(address_a, "A");
  const auto b = bus.talk(address_b, "B");
  std::atomic<int> wrong{0}, right{0};
  const auto ask = [&](Conversation& instrument, const std::string& name) {
    for (int i = 0; i < 500; ++i) {
      const std::string query = "MEAS" + std::to_string(i) + "?";
      (instrument.query(query) == name + " " + query ? right : wrong) += 1;
    }
  };
  std::thread other([&] { ask(*b, "B"); });
  ask(*a, "A");
  other.join();
  CHECK(right == 1000);
  CHECK(wrong == 0);
  CHECK(a->recoveries() == 0);
  CHECK(b->recoveries() == 0);
  CHECK(bus.end_a().unasked_reads() == 0);
  CHECK(bus.end_b().unasked_reads() == 0);
  // The secondary address 7 is 103 to the adapter.
  const auto commands = bus.adapter.commands();
  CHECK(std::count(commands.begin(), commands.end(), "++addr 4 103") > 0);
  CHECK(std::count(commands.begin(), commands.end(), "++addr 22") > 0);
}

TEST_CASE("the adapter is set up once, and an AR488 without writing its memory") {
  const bool ar488 = GENERATE(false, true);
  Bus bus(Kind::pty, {}, {},
          ar488 ? "AR488 GPIB controller, ver. 0.51.29, 18/03/2024" : "Prologix GPIB-USB Controller version 6.107",
          ar488 ? "ar488" : "prologix");
  CHECK(bus.talk(address_a, "A")->query("*IDN?") == "MAKER,A,1,1");
  CHECK(bus.talk(address_b, "B")->query("*IDN?") == "MAKER,B,1,1");
  const auto commands = bus.adapter.commands();
  for (const char* command : {"++mode 1", "++auto 0", "++eoi 1", "++eos 3", "++eot_enable 1", "++ifc"})
    CHECK(std::count(commands.begin(), commands.end(), command) == 1);
  CHECK(std::count(commands.begin(), commands.end(), "++savecfg 0") == (ar488 ? 0 : 1));
  if (!ar488) return;
  const auto a = bus.talk(address_a, "A");
  CHECK(a->query(std::string(125, 'X') + "?") == "A " + std::string(125, 'X') + "?");
  CHECK_THROWS_WITH(a->send(std::string(127, 'X')), Contains("128 bytes") && Contains("127"));
}

TEST_CASE("a late reply of one instrument is never read by the other, nor by its own next query") {
  Door door;
  std::atomic<bool> obeys{GENERATE(true, false)};
  Bus bus(Kind::tcp, [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") self.say("MAKER,A,1,1\n");
    if (line == "SLOW?") {
      door.wait();
      self.say("1.25\n");
    }
    if (line == "FAST?") self.say("2.5\n");
  });
  if (!obeys) bus.end_a().ignore_device_clear();
  const auto a = bus.talk(address_a, "A", 1500ms);
  const auto b = bus.talk(address_b, "B");
  CHECK(a->query("FAST?") == "2.5");
  CHECK(error_of([&] { a->query("SLOW?"); }).fault() == Fault::timeout);
  // The adapter may still be reading A for some time: B's reply is B's all the same.
  CHECK(b->query("NOW?") == "B NOW?");
  door.open();
  for (int i = 0; i < 20; ++i)
    CHECK(b->query("MEAS?") == "B MEAS?");
  QueryOptions patient;
  patient.first_byte_timeout = 20s;
  CHECK(a->query("FAST?", patient) == "2.5");
  CHECK(a->recoveries() == 1);
  CHECK(bus.end_a().clears() >= 1);
}

TEST_CASE("a reply that comes into a read its owner gave up, while the other one has its turn") {
  Door door;
  const auto answer = [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "SLOW?") {
      door.wait();
      self.say("1.25\n");
    }
    if (line == "FAST?") self.say("2.5\n");
  };
  Bus bus(GENERATE(Kind::tcp, Kind::pty), answer, {}, prologix_version, "prologix", 3000ms);
  const auto a = bus.link(address_a, "A");
  const auto b = bus.link(address_b, "B");
  a->write("SLOW?\n", within(20s));
  CHECK(a->read_some(within(200ms)).empty());
  door.open();
  // The adapter reads A for up to 3 s: this waits for its end, and has to read past A's reply.
  b->write("MEAS?\n", within(20s));
  CHECK(b->read_until("\n", generous()) == "B MEAS?");
  a->write("FAST?\n", within(20s));
  CHECK(a->read_until("\n", generous()) == "2.5");
}

TEST_CASE("a reply that takes longer than any ++read; the other instrument is served meanwhile") {
  Door door;
  Bus bus(
      Kind::tcp,
      [&](const std::string& line, ScriptedInstrument& self) {
        if (line == "*IDN?") self.say("MAKER,A,1,1\n");
        if (line == "SLOW?") {
          door.wait();
          self.pause(3500ms);  // the longest time-out of a Prologix is 3 s
          self.say("-1.5E-3\n");
        }
      },
      {}, prologix_version, "prologix", 300ms);
  const auto a = bus.talk(address_a, "A", 60s);
  const auto b = bus.talk(address_b, "B");
  CHECK(a->query("*IDN?") == "MAKER,A,1,1");
  std::string reply;
  std::thread slow([&] { reply = a->query("SLOW?"); });
  while (bus.a->lines().empty() || bus.a->lines().back() != "SLOW?")
    std::this_thread::sleep_for(1ms);
  for (int i = 0; i < 3; ++i)
    CHECK(b->query("MEAS?") == "B MEAS?");
  door.open();
  slow.join();
  CHECK(reply == "-1.5E-3");
  CHECK(a->recoveries() == 0);
  const auto commands = bus.adapter.commands();
  CHECK(std::count(commands.begin(), commands.end(), "++read eoi") >= 8);
}

TEST_CASE("data that the adapter would take for its own: + ESC CR LF, and a message of pluses") {
  const auto echo = [](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") {
      self.say("MAKER,A,1,1\n");
    } else {
      self.say("<" + line + ">\n");
    }
  };
  Bus bus(GENERATE(Kind::tcp, Kind::pty), echo);
  const auto a = bus.talk(address_a, "A");
  for (const std::string& message : {std::string("VOLT +1.5E+3"), std::string("++ver"), std::string("+++"),
                                     std::string("A\x1b[1mB\x1b"), std::string("X\rY\r"), std::string("+")})
    CHECK(a->query(message) == "<" + message + ">");
}

TEST_CASE("blocks with all byte values, END marks among them, in pieces of any size") {
  const std::string data = all_bytes() + std::string(40, '\0') + all_bytes() + std::string(3, '\0');
  const std::string block = "#3" + std::to_string(data.size()) + data + "\n";
  REQUIRE(data.size() == 555);
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  Bus bus(
      kind,
      [&](const std::string& line, ScriptedInstrument& self) {
        if (line == "*IDN?") self.say("MAKER,A,1,1\n");
        if (line == "WHOLE?" || line == "RAW?") self.say(line == "RAW?" ? data : block);
      },
      {}, prologix_version, "prologix", 3000ms);
  const auto a = bus.talk(address_a, "A");
  QueryOptions options;
  options.block_ending = BlockEnding::terminator;
  CHECK(a->query_block("WHOLE?", options) == data);
  std::string raw;
  // Ends with NUL bytes and EOI alone.
  a->exchange("RAW?", {}, [&](ReplyReader& reader) { raw = reader.exact(data.size()); });
  CHECK(raw == data);
  CHECK(a->query("*IDN?") == "MAKER,A,1,1");
  CHECK(a->recoveries() == 0);
}

TEST_CASE("a block that stops before its length is truncated, and END within it is no data") {
  Bus bus(Kind::tcp, [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") self.say("MAKER,A,1,1\n");
    if (line == "SHORT?") self.say(std::string("#210ab\0cd", 9));
  });
  const auto a = bus.talk(address_a, "A");
  CHECK(error_of([&] { a->query_block("SHORT?"); }).fault() == Fault::truncated_reply);
  CHECK(a->query("*IDN?") == "MAKER,A,1,1");
}

TEST_CASE("a block whose sender pauses after a NUL for longer than a ++read: the NUL is data, whatever follows") {
  // Without END knowledge the NUL would be taken for it, and the rest for another reply.
  struct Pausing {
    SimulatedPrologixAdapter adapter{std::make_unique<TcpListener>()};
    std::unique_ptr<ServerPort> port = adapter.station(address_a);
  } bus;
  base::Cancellation over;
  std::thread instrument([&] {
    try {
      std::string message;
      for (char buffer[256];;) {
        message.append(buffer, bus.port->read(buffer, sizeof(buffer), over));
        if (!message.ends_with("BLOCK?\n")) continue;
        message.clear();
        bus.port->write_part(std::string("#15ab\0", 6), over);
        over.sleep(1800ms);
        bus.port->write("cd\n", over);
      }
    } catch (const base::InterruptedError&) {
    }
  });
  bus.adapter.start();
  LinkOptions options;
  options.instrument = "A";
  options.gpib_adapters = std::make_shared<GpibAdapters>(
      std::vector{GpibAdapterDescription{0, bus.adapter.address(), "prologix", {}, {}, {}}});
  const auto link = open_link(address_a, options);
  link->write("BLOCK?\n", within(20s));
  CHECK(link->read_until("\n", generous()) == std::string("#15ab\0cd", 8));
  over.cancel("done");
  instrument.join();
  bus.adapter.stop();
}

TEST_CASE("an instrument that ends its replies without EOI") {
  Bus bus;
  base::Cancellation over;
  const auto link = bus.link(address_a, "A");
  link->write("nothing that it answers\n", within(20s));
  bus.end_a().write_part("1.5\r\n", over);
  ReplyLimits limits = generous();
  limits.between_bytes = 1500ms;
  CHECK(link->read_until("\r\n", limits) == "1.5");
}

TEST_CASE("device clear, serial poll, service request, trigger, local") {
  Bus bus(GENERATE(Kind::tcp, Kind::pty));
  const auto a = bus.link(address_a, "A");
  const auto b = bus.link(address_b, "B");
  REQUIRE(a->has_device_clear());
  CHECK_FALSE(a->wait_for_service_request(within(0ms)));
  bus.end_a().set_status_byte(0x44);
  CHECK_FALSE(b->wait_for_service_request(within(100ms)));  // SRQ is asserted, but by the other one
  CHECK(a->wait_for_service_request(within(20s)));
  CHECK_FALSE(a->wait_for_service_request(within(0ms)));
  CHECK(a->status_byte(within(20s)) == 0x04);
  bus.end_a().set_status_byte(0x41);
  CHECK(a->status_byte(within(20s)) == 0x41);
  CHECK(a->wait_for_service_request(within(20s)));  // seen by the poll before
  a->trigger(within(20s));
  a->go_to_local(within(20s));
  a->device_clear(within(20s));
  CHECK(bus.end_a().triggers() == 1);
  CHECK(bus.end_a().locals() == 1);
  CHECK(bus.end_a().clears() == 1);
  CHECK(bus.end_b().clears() == 0);
  // A reply that waits in the instrument is gone after a device clear, and MAV shows it before.
  a->write("MEAS?\n", within(20s));
  while ((a->status_byte(within(20s)) & 0x10) == 0)
    std::this_thread::sleep_for(1ms);
  a->device_clear(within(20s));
  CHECK((a->status_byte(within(20s)) & 0x10) == 0);
  a->write("NEXT?\n", within(20s));
  CHECK(a->read_until("\n", generous()) == "A NEXT?");
  const auto nobody = bus.link({0, 9, std::nullopt}, "nobody");
  const InstrumentError error = error_of([&] { nobody->status_byte(within(20s)); });
  CHECK(error.fault() == Fault::timeout);
  CHECK_THAT(error.what(), Contains("nobody") && Contains("GPIB0::9::INSTR") && Contains("serial poll"));
}

TEST_CASE("something else than an adapter at its address") {
  ScriptedInstrument meter(std::make_unique<TcpListener>(), [](const std::string& line, ScriptedInstrument& self) {
    self.say(line == "++ver" ? "-113,\"Undefined header\"\n" : "");
  });
  LinkOptions options;
  options.instrument = "calibrator";
  options.gpib_adapters =
      std::make_shared<GpibAdapters>(std::vector{GpibAdapterDescription{1, meter.address(), "prologix", {}, {}, {}}});
  const InstrumentError error = error_of([&] { open_link("GPIB1::4::INSTR", options); });
  CHECK(error.fault() == Fault::connect_failed);
  CHECK_THAT(error.what(), Contains("calibrator at GPIB1::4::INSTR") && Contains("is no GPIB adapter") &&
                               Contains("Undefined header") && Contains(meter.address()));
  CHECK_THROWS_WITH(open_link("GPIB0::4::INSTR", options), Contains("no adapter is named GPIB0"));
  CHECK_THROWS_AS(open_link("GPIB0::4::INSTR", LinkOptions{}), base::InputError);

  TcpListener closed;
  const std::string nobody_there = closed.address();
  closed.close();
  options.gpib_adapters =
      std::make_shared<GpibAdapters>(std::vector{GpibAdapterDescription{1, nobody_there, "prologix", {}, {}, {}}});
  const InstrumentError refused = error_of([&] { open_link("GPIB1::4::INSTR", options); });
  CHECK(refused.fault() == Fault::connect_failed);
  CHECK_THAT(refused.what(), Contains("GPIB adapter " + nobody_there) && Contains("refused"));

  using Descriptions = std::vector<GpibAdapterDescription>;
  CHECK_THROWS_WITH(GpibAdapters(Descriptions{{0, "TCPIP::x::1234::SOCKET", "agilent", {}, {}, {}}}),
                    Contains("unknown kind \"agilent\""));
  CHECK_THROWS_WITH(GpibAdapters(Descriptions{{0, "GPIB1::3::INSTR", "ar488", {}, {}, {}}}),
                    Contains("expected a socket"));
  CHECK_THROWS_WITH(GpibAdapters(Descriptions{{0, "TCPIP::x::1234::SOCKET", "ar488", {}, {}, {}},
                                              {0, "TCPIP::y::1234::SOCKET", "ar488", {}, {}, {}}}),
                    Contains("GPIB0"));
}

TEST_CASE("a serial adapter that starts anew is noticed before a message goes to the wrong instrument") {
  Bus bus(Kind::pty);
  const auto a = bus.talk(address_a, "A");
  CHECK(a->query("*IDN?") == "MAKER,A,1,1");
  bus.adapter.restart();
  const InstrumentError error = error_of([&] { a->send("OUTPUT ON"); });
  CHECK(error.fault() == Fault::link_lost);
  CHECK_THAT(error.what(), Contains("instead of \"22\""));
  for (const std::string& line : bus.a->lines())
    CHECK(line != "OUTPUT ON");
  // The other instrument's link went with the adapter; each is opened anew by itself.
  a->reopen();
  CHECK(a->query("MEAS?") == "A MEAS?");
}

TEST_CASE("an instrument that waits for its turn gives up in time, and says who has the adapter") {
  Door door;
  Bus bus(Kind::tcp, [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "ENDLESS?") {
      for (int i = 0; i < 2000; ++i) {
        self.say("");  // nothing; then a message in parts, so that its read goes on and on
        self.pause(1ms);
      }
    }
  });
  base::Cancellation over;
  std::atomic<bool> stop{false};
  const auto a = bus.link(address_a, "A");
  const auto b = bus.link(address_b, "B");
  a->write("go on\n", within(20s));
  std::thread talker([&] {
    while (!stop) {
      bus.end_a().write_part("x", over);
      std::this_thread::sleep_for(5ms);
    }
  });
  CHECK_FALSE(a->read_some(within(20s)).empty());
  const InstrumentError error = error_of([&] { b->write("MEAS?\n", within(500ms)); });
  stop = true;
  talker.join();
  CHECK(error.fault() == Fault::timeout);
  CHECK_THAT(error.what(), Contains("B at GPIB0::4::7::INSTR") && Contains("busy with A"));
  // The endless reply has ended: the next one may go.
  b->write("MEAS?\n", within(20s));
  CHECK(b->read_until("\n", generous()) == "B MEAS?");
}

TEST_CASE("cancelled while waiting for a reply on GPIB") {
  Bus bus(Kind::tcp, [](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") self.say("MAKER,A,1,1\n");
  });
  const auto a = bus.talk(address_a, "A", 60s);
  const auto b = bus.talk(address_b, "B");
  CHECK(a->query("*IDN?") == "MAKER,A,1,1");
  base::Cancellation cancellation;
  QueryOptions options;
  options.cancellation = &cancellation;
  std::thread stopper([&] {
    while (bus.a->lines().back() != "NEVER?")
      std::this_thread::sleep_for(1ms);
    cancellation.cancel("enough");
  });
  CHECK_THROWS_AS(a->query("NEVER?", options), base::InterruptedError);
  stopper.join();
  CHECK(b->query("MEAS?") == "B MEAS?");
  CHECK(a->query("*IDN?") == "MAKER,A,1,1");
}
