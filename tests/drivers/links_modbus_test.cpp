// Modbus as lines of text: the messages, the link against the simulated server and libmodbus, over real sockets and
// pseudo-terminals; the simulated server against libmodbus, mbpoll and pymodbus.
#include <modbus.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <thread>

#include "base/file.h"
#include "drivers/instrument.h"
#include "drivers/links/modbus_frame.h"
#include "drivers/messages/conversation.h"
#include "drivers/meter.h"
#include "drivers/simulation/modbus_server.h"
#include "drivers/simulation/simulated_bench.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon;
using namespace etalon::drivers;
using namespace etalon::drivers::testing;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

RegisterRange range_of(const std::string& line) {
  return parse_modbus_message(line).range;
}

using Registers = std::vector<std::uint16_t>;

std::vector<RegisterMessage> messages_of(const std::vector<std::string>& lines) {
  std::vector<RegisterMessage> messages;
  for (const std::string& line : lines)
    messages.push_back(parse_register_message(line));
  return messages;
}

// An instrument behind the simulated server that keeps what is written and gives it back. "read X" is answered with
// what was last written to X.
struct Memory {
  explicit Memory(Kind kind, std::vector<std::string> lines, std::map<std::string, std::string> contents = {})
      : values(std::move(contents)),
        instrument(std::make_unique<ModbusServer>(make_port(kind), 7, messages_of(lines)),
                   [this](const std::string& line, ScriptedInstrument& self) { answer(line, self); }) {}

  void answer(const std::string& line, ScriptedInstrument& self) {
    const std::lock_guard lock(mutex);
    if (const auto found = replies.find(line); found != replies.end()) {
      if (found->second == "hang up") {
        self.hang_up();
      } else if (!found->second.empty()) {
        self.say(found->second);
      }
      return;
    }
    if (line.starts_with("write ")) {
      const std::size_t end = line.rfind(' ');
      values["read " + line.substr(6, end - 6)] = line.substr(end + 1);
      self.say("ok\n");
    } else if (const auto found = values.find(line); found != values.end()) {
      self.say(found->second + "\n");
    }
  }

  std::unique_ptr<Conversation> talk(milliseconds first_byte = 20s) {
    LinkOptions options;
    options.instrument = "gauge";
    options.connect_timeout = 20s;
    ConversationSettings settings;
    settings.first_byte_timeout = first_byte;
    settings.recovery_timeout = 20s;
    return std::make_unique<Conversation>(
        open_link(instrument.address(), options), settings,
        Proof{"read holding 900 text 4", [](const std::string& reply) { return reply == "DPG4"; }});
  }

  std::mutex mutex;
  std::map<std::string, std::string> values;
  std::map<std::string, std::string> replies;  // line for line, instead; empty: none
  ScriptedInstrument instrument;
};

InstrumentError error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    return error;
  }
  FAIL("no fault");
  throw 0;
}

struct Outcome {
  int status = -1;
  std::string text;
};

Outcome run(const std::string& command) {
  FILE* pipe = ::popen(("timeout 60 " + command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  Outcome outcome;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;)
    outcome.text.append(buffer, n);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

bool there(const std::string& check, const std::string& package) {
  if (run(check).status == 0) return true;
  WARN("skipped: the Debian package " << package << " is not installed");
  return false;
}

struct ContextDeleter {
  void operator()(modbus_t* context) const {
    ::modbus_close(context);
    ::modbus_free(context);
  }
};
using Context = std::unique_ptr<modbus_t, ContextDeleter>;

// libmodbus as the client of a server.
Context libmodbus_client(const std::string& address) {
  const Address parsed = parse_address(address);
  Context context;
  if (const auto* tcp = std::get_if<ModbusTcpAddress>(&parsed)) {
    context.reset(::modbus_new_tcp(tcp->host.c_str(), tcp->port));
  } else {
    context.reset(::modbus_new_rtu(std::get<ModbusRtuAddress>(parsed).device.c_str(), 9600, 'N', 8, 1));
  }
  REQUIRE(context);
  ::modbus_set_slave(context.get(), 7);
  ::modbus_set_response_timeout(context.get(), 20, 0);
  INFO(::modbus_strerror(errno));
  REQUIRE(::modbus_connect(context.get()) == 0);
  return context;
}

}  // namespace

TEST_CASE("Modbus messages are read, and written the same") {
  for (const std::string line :
       {"read holding 40 float32", "read coil 0 bool 2000", "read discrete 65535 bool", "read input 1 int16 125",
        "read holding 100 text 8", "read holding 3 text 7 big-bytes-swapped", "read holding 40 float64 little-words 2",
        "write holding 10 float32 100.5", "write coil 2 bool 1,0,1", "write holding 0 text 6 a b, c"}) {
    INFO(line);
    CHECK(format_modbus_message(parse_modbus_message(line)) == line);
  }
  CHECK(parse_modbus_message("read  holding\t40 float32 big 1").range == range_of("read holding 40 float32"));
  CHECK(parse_modbus_message("write holding 1 int16 +5, -6").content == Registers{5, 0xfffa});
  CHECK(parse_modbus_message("write holding 10 float32 +1.005000E+02").content == Registers{0x42c9, 0});
}

TEST_CASE("a line that is no Modbus message is refused, and the message says why") {
  const std::map<std::string, std::string> wrong{
      {"", "expected read KIND"},
      {"*IDN?", "expected read KIND"},
      {"read", "coil, discrete, input, holding"},
      {"read hold 1 int16", "coil, discrete, input, holding"},
      {"read holding -1 int16", "0 to 65535"},
      {"read holding 65536 int16", "0 to 65535"},
      {"read holding 0x10 int16", "0 to 65535"},
      {"read holding 1 int8", "expected one of the types"},
      {"read holding 1 bool", "have the type bool"},
      {"read coil 1 int16", "have the type bool"},
      {"read holding 1 int16 0", "how many values"},
      {"read holding 1 int16 2 3", "how many values"},
      {"read holding 1 int16 126", "at most 125 registers"},
      {"read holding 1 float32 63", "at most 125 registers"},
      {"read holding 1 float64 99999999999999999999", "how many values"},
      {"read holding 1 uint16 18446744073709551615", "at most 125 registers"},
      {"read coil 1 bool 2001", "at most 2000 bits"},
      {"read holding 65535 float32", "beyond address 65535"},
      {"read holding 1 int16 little", "only the orders big"},
      {"read holding 1 text", "1 to 250"},
      {"read holding 1 text 251", "1 to 250"},
      {"read holding 1 text 4 2", "how many values"},
      {"write input 1 int16 4", "cannot be written"},
      {"write discrete 1 bool 1", "cannot be written"},
      {"write holding 1 int16", "expected a value"},
      {"write holding 1 int16 32768", "\"32768\" is no int16"},
      {"write holding 1 uint16 -1", "\"-1\" is no uint16"},
      {"write holding 1 int16 1.0", "\"1.0\" is no int16"},
      {"write holding 1 float32 1e39", "\"1e39\" is no float32"},
      {"write holding 1 float32 nan", "\"nan\" is no float32"},
      {"write holding 1 float32 1,,2", "\"\" is no float32"},
      {"write holding 1 float32 1 2", "\"1 2\" is no float32"},
      {"write coil 1 bool 2", "is not 0 or 1"},
      {"write holding 1 text 2 abc", "more than 2 characters"},
      {"write holding 1 text 4 a\\x00b", "NUL"},
  };
  for (const auto& [line, why] : wrong) {
    INFO(line);
    CHECK_THROWS_AS(parse_modbus_message(line), base::InputError);
    CHECK_THROWS_WITH(parse_modbus_message(line), Contains(why));
  }
}

TEST_CASE("numbers in registers, in every order") {
  // 21.83 is 0x41AEA3D7 (IEEE 754), 0x0102030405060708 counts its bytes.
  CHECK(encode_registers(range_of("read holding 0 float32"), "21.83") == Registers{0x41ae, 0xa3d7});
  CHECK(encode_registers(range_of("read holding 0 float32 little-words"), "21.83") == Registers{0xa3d7, 0x41ae});
  CHECK(encode_registers(range_of("read holding 0 float32 little"), "21.83") == Registers{0xd7a3, 0xae41});
  CHECK(encode_registers(range_of("read holding 0 float32 big-bytes-swapped"), "21.83") == Registers{0xae41, 0xd7a3});
  const std::string counting = "72623859790382856";
  CHECK(encode_registers(range_of("read holding 0 uint64"), counting) == Registers{0x0102, 0x0304, 0x0506, 0x0708});
  CHECK(encode_registers(range_of("read holding 0 int64 little-words"), counting) ==
        Registers{0x0708, 0x0506, 0x0304, 0x0102});
  CHECK(encode_registers(range_of("read holding 0 int64 little"), counting) ==
        Registers{0x0807, 0x0605, 0x0403, 0x0201});
  CHECK(encode_registers(range_of("read holding 0 text 5"), "ab\\x00c") == Registers{0x6162, 0x0063, 0});
  CHECK(decode_registers(range_of("read holding 0 text 6"), {0x4150, 0x3420, 0x0000}) == "AP4");
  CHECK(decode_registers(range_of("read holding 0 text 3 big-bytes-swapped"), {0x5041, 0x0034}) == "AP4");
  CHECK(decode_registers(range_of("read holding 0 float32"), {0x7fc0, 0}) == "nan");
  CHECK(decode_registers(range_of("read holding 0 float32"), {0xff80, 0}) == "-inf");
  CHECK(decode_registers(range_of("read holding 0 float32"), {0x8000, 0}) == "-0");
  CHECK(decode_registers(range_of("read input 0 int16 3"), {1, 0xfffe, 3}) == "1,-2,3");
  CHECK(decode_registers(range_of("read holding 0 float64"), {0x3fb9, 0x9999, 0x9999, 0x999a}) == "0.1");
  for (const char* type : {"int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"}) {
    for (const char* order : {"big", "little-words", "little", "big-bytes-swapped"}) {
      const bool one_word = std::string(type).ends_with("16");
      if (one_word && std::string(order).starts_with("little")) continue;
      const RegisterRange range = range_of(std::string("read holding 0 ") + type + " " + order + " 3");
      const std::string text = std::string(type).starts_with("u") ? "0,1,65535" : "0,-1,32767";
      INFO(type << " " << order);
      CHECK(decode_registers(range, encode_registers(range, text)) == text);
    }
  }
}

TEST_CASE("every float32 comes back from its shortest text") {
  const RegisterRange range = range_of("read holding 0 float32");
  unsigned bits = 12345;
  for (int i = 0; i < 200000; ++i) {
    bits = bits * 1664525u + 1013904223u;
    const Registers registers{static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits)};
    const std::string text = decode_registers(range, registers);
    if (text == "nan") continue;
    if (encode_registers(range, text, true) != registers) FAIL(text);
  }
}

TEST_CASE("Modbus frames as the specification prints them") {
  CHECK(modbus_crc("123456789") == 0x4b37);  // CRC-16/MODBUS check value
  const auto bytes = [](std::initializer_list<int> list) {
    std::string text;
    for (const int value : list)
      text += static_cast<char>(value);
    return text;
  };
  // Modbus Application Protocol V1.1b3, 6.3: registers 108 to 110.
  const ModbusMessage read = parse_modbus_message("read holding 107 uint16 3");
  CHECK(modbus_request(ModbusFraming::tcp, 0x1234, 0x11, read) ==
        bytes({0x12, 0x34, 0, 0, 0, 6, 0x11, 3, 0, 0x6b, 0, 3}));
  CHECK(modbus_request(ModbusFraming::rtu, 0, 0x11, read) == bytes({0x11, 3, 0, 0x6b, 0, 3, 0x76, 0x87}));
  CHECK(modbus_reply(ModbusFraming::tcp, 1, 0x11, read,
                     bytes({0, 1, 0, 0, 0, 9, 0x11, 3, 6, 2, 0x2b, 0, 0, 0, 0x64})) == "555,0,100");
  // 6.11: ten coils from 20.
  const ModbusMessage coils = parse_modbus_message("write coil 19 bool 1,0,1,1,0,0,1,1,1,0");
  CHECK(modbus_request(ModbusFraming::tcp, 1, 1, coils) ==
        bytes({0, 1, 0, 0, 0, 9, 1, 15, 0, 0x13, 0, 10, 2, 0xcd, 1}));
  // 6.5, 6.6, 6.12.
  CHECK(modbus_request(ModbusFraming::tcp, 1, 1, parse_modbus_message("write coil 172 bool 1")).substr(7) ==
        bytes({5, 0, 0xac, 0xff, 0}));
  CHECK(modbus_request(ModbusFraming::tcp, 1, 1, parse_modbus_message("write holding 1 uint16 3")).substr(7) ==
        bytes({6, 0, 1, 0, 3}));
  CHECK(modbus_request(ModbusFraming::tcp, 1, 1, parse_modbus_message("write holding 1 uint16 10,258")).substr(7) ==
        bytes({16, 0, 1, 0, 2, 4, 0, 10, 1, 2}));
}

TEST_CASE("all types and orders through the link and the simulated server, TCP and RTU") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  std::vector<std::string> lines;
  std::map<std::string, std::string> expected;
  int address = 0;
  for (const std::string type : {"int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"}) {
    for (const std::string order : {"big", "little-words", "little", "big-bytes-swapped"}) {
      if (type.ends_with("16") && order.starts_with("little")) continue;
      const std::string where = "holding " + std::to_string(address) + " " + type + (order == "big" ? "" : " " + order);
      lines.push_back("read " + where);
      lines.push_back("write " + where + " {value}");
      expected[where] = type.starts_with("float") ? "-21.83" : "12" + std::to_string(address);
      address += 4;
    }
  }
  lines.insert(lines.end(), {"read coil 5 bool", "write coil 5 bool {value}", "read discrete 9 bool 10",
                             "read input 3 int16 2", "write holding 700 text 6 {text}", "read holding 700 text 6"});
  Memory memory(kind, lines, {{"read discrete 9 bool 10", "1,0,0,1,1,1,0,0,1,1"}, {"read input 3 int16 2", "-7,8"}});
  REQUIRE_THAT(memory.instrument.address(), Contains(kind == Kind::tcp ? "MODBUS::127.0.0.1::" : "MODBUS/dev/pts/"));
  const auto gauge = memory.talk();
  for (const auto& [where, value] : expected) {
    CHECK(gauge->query("write " + where + " " + value) == "ok");
  }
  for (const auto& [where, value] : expected) {
    INFO(where);
    CHECK(gauge->query("read " + where) == value);
  }
  CHECK(gauge->query("write coil 5 bool 1") == "ok");
  CHECK(gauge->query("read coil 5 bool") == "1");
  CHECK(gauge->query("read discrete 9 bool 10") == "1,0,0,1,1,1,0,0,1,1");
  CHECK(gauge->query("read input 3 int16 2") == "-7,8");
  CHECK(gauge->query("write holding 700 text 6 AB-1") == "ok");
  CHECK(gauge->query("read holding 700 text 6") == "AB-1");
  CHECK(gauge->recoveries() == 0);
}

TEST_CASE("what the instrument refuses, and what cannot be sent") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  Memory memory(kind, {"read holding 40 float32", "write holding 10 float32 {value}", "read holding 900 text 4"},
                {{"read holding 40 float32", "nan"}, {"read holding 900 text 4", "DPG4"}});
  const auto gauge = memory.talk();
  CHECK(gauge->query("read holding 40 float32") == "nan");
  const InstrumentError unknown = error_of([&] { gauge->query("read holding 41 float32"); });
  CHECK(unknown.fault() == Fault::device_error);
  CHECK_THAT(unknown.what(), Contains("gauge at MODBUS") && Contains("exception 2, illegal data address"));
  CHECK_THROWS_AS(gauge->query("read holding 40 float23"), base::InputError);
  {
    const std::lock_guard lock(memory.mutex);
    memory.replies["read holding 40 float32"] = "OVERFLOW ERR\n";
    memory.replies["write holding 10 float32 3"] = "no\n";
  }
  CHECK_THAT(error_of([&] { gauge->query("read holding 40 float32"); }).what(),
             Contains("exception 4, server device failure"));
  CHECK_THAT(error_of([&] { gauge->query("write holding 10 float32 3"); }).what(), Contains("exception 4"));
  CHECK(gauge->query("write holding 10 float32 2.5") == "ok");
  for (const std::string& line : memory.instrument.lines())
    CHECK(line != "read holding 40 float23");
}

TEST_CASE("no reply, half a reply, late replies: never a reading") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  Memory memory(
      kind, {"read holding 40 float32", "read holding 42 float32", "read holding 900 text 4"},
      {{"read holding 40 float32", "1.5"}, {"read holding 42 float32", "2.5"}, {"read holding 900 text 4", "DPG4"}});
  const auto gauge = memory.talk(1500ms);
  CHECK(gauge->query("read holding 40 float32") == "1.5");
  const auto reply_with = [&](const std::string& text) {
    const std::lock_guard lock(memory.mutex);
    memory.replies["read holding 40 float32"] = text;
  };
  reply_with("");
  CHECK(error_of([&] { gauge->query("read holding 40 float32"); }).fault() == Fault::timeout);
  CHECK(gauge->query("read holding 42 float32") == "2.5");
  reply_with("1.5");  // without terminator: half a frame
  const Fault half = error_of([&] { gauge->query("read holding 40 float32"); }).fault();
  CHECK((half == Fault::truncated_reply || half == Fault::timeout));
  CHECK(gauge->query("read holding 42 float32") == "2.5");
  CHECK(gauge->recoveries() == 2);
}

TEST_CASE("frames that are wrong: checksum, unit, transaction, function, length") {
  // A device that is told what to answer to the next request, byte for byte.
  const bool rtu = GENERATE(false, true);
  struct Device {
    std::unique_ptr<ServerPort> port;
    base::Cancellation over;
    std::mutex mutex;
    std::function<std::string(const std::string& request)> reply;
    std::thread thread;
  } device;
  device.port = make_port(rtu ? Kind::pty : Kind::tcp);
  const Address line = parse_address(device.port->address());
  device.thread = std::thread([&] {
    try {
      std::string request;
      for (char buffer[256];;) {
        const std::size_t count = device.port->read(buffer, sizeof(buffer), device.over);
        if (count == 0) request.clear();
        request.append(buffer, count);
        if (request.size() < (rtu ? 8u : 12u)) continue;
        const std::lock_guard lock(device.mutex);
        device.port->write(device.reply(request), device.over);
        request.clear();
      }
    } catch (const base::InterruptedError&) {
    }
  });
  Address address = ModbusTcpAddress{};
  if (rtu) {
    address = ModbusRtuAddress{std::get<SerialAddress>(line).device, {}, 1};
  } else {
    address = ModbusTcpAddress{"127.0.0.1", std::get<SocketAddress>(line).port, 1};
  }
  const auto frame = [&](const std::string& request, std::string unit_and_body, int transaction_off = 0,
                         int crc_off = 0) {
    if (rtu) {
      const unsigned crc = modbus_crc(unit_and_body) ^ static_cast<unsigned>(crc_off);
      return unit_and_body + static_cast<char>(crc & 0xff) + static_cast<char>(crc >> 8);
    }
    std::string head = request.substr(0, 4) + std::string(1, '\0') + static_cast<char>(unit_and_body.size());
    head[1] = static_cast<char>(head[1] + transaction_off);
    return head + unit_and_body;
  };
  const std::string good("\x01\x03\x02\x00\x2a", 5);
  std::vector<std::pair<std::string, std::function<std::string(const std::string&)>>> wrong{
      {"unit 2 replied instead of unit 1",
       [&](const std::string& request) { return frame(request, std::string("\x02\x03\x02\x00\x2a", 5)); }},
      {"a reply to function 4",
       [&](const std::string& request) { return frame(request, std::string("\x01\x04\x02\x00\x2a", 5)); }},
      {"holds 4 bytes of data, 2 were expected",
       [&](const std::string& request) { return frame(request, std::string("\x01\x03\x04\x00\x2a\x00\x2a", 7)); }},
      {"exception 6, server device busy",
       [&](const std::string& request) { return frame(request, std::string("\x01\x83\x06", 3)); }},
  };
  if (rtu) {
    wrong.emplace_back("checksum", [&](const std::string& request) { return frame(request, good, 0, 0x100); });
  } else {
    wrong.emplace_back("the reply to request", [&](const std::string& request) { return frame(request, good, 1); });
    wrong.emplace_back("no Modbus frame", [&](const std::string&) { return std::string("HTTP/1.1 200 OK\r\n\r\n"); });
  }
  const auto link = open_link(address);
  for (const auto& [what, reply] : wrong) {
    {
      const std::lock_guard lock(device.mutex);
      device.reply = reply;
    }
    link->open(within(20s));
    link->write("read holding 3 uint16\n", within(20s));
    ReplyLimits limits;
    limits.first_byte = 20s;
    INFO(what);
    CHECK_THAT(error_of([&] { link->read_until("\n", limits); }).what(), Contains(what));
  }
  {
    const std::lock_guard lock(device.mutex);
    device.reply = [&](const std::string& request) { return frame(request, good) + "x"; };
  }
  link->open(within(20s));
  link->write("read holding 3 uint16\n", within(20s));
  CHECK(link->read_until("\n", {}) == "42");
  std::string extra;  // a byte too many is not lost: it is found after the reply
  for (int i = 0; extra.empty() && i < 2000; ++i) {
    extra = link->read_waiting();
    std::this_thread::sleep_for(1ms);
  }
  CHECK(extra == "x");
  device.over.cancel("done");
  device.thread.join();
}

// Another number of the same form would come if its last digits were cut.
TEST_CASE("a cut reply of a simulated Modbus instrument lacks a register, which is noticed") {
  const std::string driver = base::read_file(std::string(ETALON_SOURCE_DIR) + "/configs/drivers/generic-modbus.toml");
  const std::string address = GENERATE("MODBUS::127.0.0.1::502::UNIT1", "MODBUS/dev/ttyUSB0::9600-8E1::UNIT1");
  const std::string text =
      "[bench]\ntitle = \"x\"\n[simulation]\nstart = \"2026-06-01T08:00:00Z\"\n[roles]\n"
      "[instruments.room]\ndriver = \"generic-modbus\"\nserial = \"1\"\naddress = \"" +
      address + "\"\n";
  base::AcceleratedClock clock(100, 1.78e9);
  simulation::SimulatedBench served(parse_bench(text, "bench.toml", {{"generic-modbus", driver}}), clock, 3,
                                    {simulation::parse_fault("room:cut-reply@2")});
  const Bench live = served.live_bench();
  Instrument instrument(live.instrument("room"), nullptr, nullptr);
  instrument.identify();
  Meter meter(instrument, "temperature");
  meter.configure(200, {});
  CHECK(std::fabs(meter.read().value - 20.5) < 3);
  try {
    const Reading reading = meter.read();
    FAIL("read " << reading.text);
  } catch (const InstrumentError& error) {
    CHECK(error.fault() == Fault::unexpected_reply);
    CHECK_THAT(error.what(), Contains("2 bytes of data, 4 were expected"));
  }
}

TEST_CASE("a Modbus line that is cut") {
  Memory memory(Kind::tcp, {"read holding 40 float32", "read holding 900 text 4"},
                {{"read holding 40 float32", "1.5"}, {"read holding 900 text 4", "DPG4"}});
  const auto gauge = memory.talk();
  CHECK(gauge->query("read holding 40 float32") == "1.5");
  const auto reply_with = [&](const std::string& text) {
    const std::lock_guard lock(memory.mutex);
    memory.replies["read holding 40 float32"] = text;
  };
  reply_with("hang up");
  CHECK(error_of([&] { gauge->query("read holding 40 float32"); }).fault() == Fault::link_lost);
  CHECK(error_of([&] { gauge->query("read holding 40 float32"); }).fault() == Fault::link_lost);
  reply_with("1.5\n");
  gauge->reopen();
  CHECK(gauge->query("read holding 40 float32") == "1.5");
}

TEST_CASE("cancelled while waiting for a Modbus reply") {
  Memory memory(GENERATE(Kind::tcp, Kind::pty), {"read holding 40 float32"});
  const auto gauge = memory.talk(60s);
  base::Cancellation cancellation;
  QueryOptions options;
  options.cancellation = &cancellation;
  std::thread stopper([&] {
    while (memory.instrument.lines().empty())
      std::this_thread::sleep_for(1ms);
    cancellation.cancel("enough");
  });
  CHECK_THROWS_AS(gauge->query("read holding 40 float32", options), base::InterruptedError);
  stopper.join();
}

TEST_CASE("libmodbus as client of the simulated server") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  Memory memory(
      kind,
      {"read holding 40 float32", "read holding 42 float32", "write holding 10 float32 {value}",
       "read holding 10 float32", "read input 3 int16 2", "write coil 5 bool {value}", "read coil 5 bool"},
      {{"read holding 40 float32", "21.83"}, {"read holding 42 float32", "-0.1"}, {"read input 3 int16 2", "-7,8"}});
  const Context client = libmodbus_client(memory.instrument.address());
  Registers registers(8);
  REQUIRE(::modbus_read_registers(client.get(), 40, 2, registers.data()) == 2);
  CHECK(::modbus_get_float_abcd(registers.data()) == 21.83f);
  // Two messages in one request, and half a value.
  REQUIRE(::modbus_read_registers(client.get(), 40, 4, registers.data()) == 4);
  CHECK(::modbus_get_float_abcd(registers.data()) == 21.83f);
  CHECK(::modbus_get_float_abcd(registers.data() + 2) == -0.1f);
  REQUIRE(::modbus_read_registers(client.get(), 41, 1, registers.data()) == 1);
  CHECK(registers[0] == 0xa3d7);
  REQUIRE(::modbus_read_input_registers(client.get(), 3, 2, registers.data()) == 2);
  CHECK(registers[0] == 0xfff9);
  registers = {0x42c9, 0};  // 100.5; modbus_set_float_abcd() of libmodbus 3.1.6 swaps the bytes
  REQUIRE(::modbus_write_registers(client.get(), 10, 2, registers.data()) == 2);
  {
    const std::lock_guard lock(memory.mutex);
    CHECK(memory.values["read holding 10 float32"] == "100.5");
  }
  REQUIRE(::modbus_write_bit(client.get(), 5, 1) == 1);
  std::uint8_t bit = 0;
  REQUIRE(::modbus_read_bits(client.get(), 5, 1, &bit) == 1);
  CHECK(bit == 1);
  CHECK(::modbus_read_registers(client.get(), 44, 1, registers.data()) == -1);
  CHECK(errno == EMBXILADD);
  CHECK(::modbus_write_register(client.get(), 10, 3) == -1);  // half of a value cannot be written
  CHECK(errno == EMBXILADD);
  // On a serial line a function that is not known has no known length either, and gets no answer.
  if (kind == Kind::tcp)
    CHECK(::modbus_write_and_read_registers(client.get(), 10, 1, registers.data(), 40, 1, registers.data()) == -1);
}

TEST_CASE("libmodbus as the server of the link") {
  const bool rtu = GENERATE(false, true);
  // For RTU, libmodbus opens the slave side of a pseudo-terminal whose master the link's own pseudo-terminal is bridged
  // to; for TCP it listens.
  std::unique_ptr<modbus_mapping_t, void (*)(modbus_mapping_t*)> map(::modbus_mapping_new(20, 20, 100, 100),
                                                                     ::modbus_mapping_free);
  map->tab_registers[40] = 0xa3d7;  // 21.83, the less significant word first
  map->tab_registers[41] = 0x41ae;
  map->tab_input_registers[3] = 0xfff9;
  map->tab_input_bits[2] = 1;
  Context server;
  std::atomic<bool> stop{false};
  std::unique_ptr<PseudoTerminal> one, other;
  base::Cancellation over;
  std::thread there, back;
  int listener = -1;
  Address address;
  if (rtu) {
    one = std::make_unique<PseudoTerminal>();
    other = std::make_unique<PseudoTerminal>();
    const auto pump = [&over](PseudoTerminal& from, PseudoTerminal& to) {
      try {
        for (char buffer[256];;)
          to.write({buffer, from.read(buffer, sizeof(buffer), over)}, over);
      } catch (const base::InterruptedError&) {
      }
    };
    there = std::thread([&, pump] { pump(*one, *other); });
    back = std::thread([&, pump] { pump(*other, *one); });
    server.reset(::modbus_new_rtu(other->slave_path().c_str(), 9600, 'N', 8, 1));
    ::modbus_set_slave(server.get(), 7);
    REQUIRE(::modbus_connect(server.get()) == 0);
    address = ModbusRtuAddress{one->slave_path(), {}, 7};
  } else {
    TcpListener free_port;
    const std::uint16_t port = free_port.port();
    free_port.close();
    server.reset(::modbus_new_tcp("127.0.0.1", port));
    listener = ::modbus_tcp_listen(server.get(), 1);
    REQUIRE(listener >= 0);
    address = ModbusTcpAddress{"127.0.0.1", port, 7};
  }
  ::modbus_set_indication_timeout(server.get(), 0, 200000);
  std::thread serving([&] {
    if (listener >= 0 && ::modbus_tcp_accept(server.get(), &listener) < 0) return;
    while (!stop) {
      std::uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
      const int length = ::modbus_receive(server.get(), query);
      if (length > 0) ::modbus_reply(server.get(), query, length, map.get());
      if (length < 0 && errno != ETIMEDOUT && listener >= 0) return;
    }
  });
  {
    ConversationSettings settings;
    settings.first_byte_timeout = 20s;
    Conversation gauge(open_link(address), settings);
    CHECK(gauge.query("read holding 40 float32 little-words") == "21.83");
    CHECK(gauge.query("read input 3 int16") == "-7");
    CHECK(gauge.query("read discrete 0 bool 5") == "0,0,1,0,0");
    CHECK(gauge.query("write holding 10 float64 -1.25e-300") == "ok");
    CHECK(gauge.query("read holding 10 float64") == "-1.25e-300");
    CHECK(gauge.query("write holding 20 uint16 65535") == "ok");
    CHECK(gauge.query("read holding 20 uint16") == "65535");
    CHECK(gauge.query("write coil 1 bool 1") == "ok");
    CHECK(gauge.query("write coil 3 bool 1,0,1") == "ok");
    CHECK(gauge.query("read coil 0 bool 6") == "0,1,0,1,0,1");
    CHECK_THAT(error_of([&] { gauge.query("read holding 99 float32"); }).what(), Contains("illegal data address"));
  }
  stop = true;
  serving.join();
  if (listener >= 0) ::close(listener);
  over.cancel("done");
  if (there.joinable()) there.join();
  if (back.joinable()) back.join();
}

TEST_CASE("mbpoll reads and writes the simulated server") {
  if (!there("sh -c 'command -v mbpoll'", "mbpoll")) return;
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  Memory memory(kind, {"read holding 40 float32", "write holding 10 int16 {value}", "read holding 10 int16"},
                {{"read holding 40 float32", "21.83"}});
  const Address address = parse_address(memory.instrument.address());
  std::string where;
  if (const auto* tcp = std::get_if<ModbusTcpAddress>(&address)) {
    where = "-m tcp -p " + std::to_string(tcp->port) + " 127.0.0.1";
  } else {
    where = "-m rtu -b 9600 -P none " + std::get<ModbusRtuAddress>(address).device;
  }
  // -0: addresses from 0 as in the protocol; -B: most significant word first.
  const Outcome read = run("mbpoll -0 -1 -a 7 -r 40 -c 1 -t 4:float -B -o 10 " + where);
  INFO(read.text);
  CHECK(read.status == 0);
  CHECK_THAT(read.text, Contains("[40]:") && Contains("21.83"));
  const Outcome word = run("mbpoll -0 -1 -a 7 -r 41 -c 1 -t 4:hex -o 10 " + where);
  INFO(word.text);
  CHECK_THAT(word.text, Contains("0xA3D7"));
  const Outcome written = run("mbpoll -0 -a 7 -r 10 -t 4 -o 10 " + where + " -- 1234");
  INFO(written.text);
  const std::lock_guard lock(memory.mutex);
  CHECK(memory.values["read holding 10 int16"] == "1234");
}

TEST_CASE("pymodbus as client of the simulated server, and as the server of the link") {
  if (!there("/usr/bin/python3 -c 'import pymodbus'", "python3-pymodbus")) return;
  const std::string folder = std::string(ETALON_SOURCE_DIR) + "/tests/witness/";
  SECTION("client, TCP and RTU") {
    const Kind kind = GENERATE(Kind::tcp, Kind::pty);
    Memory memory(kind,
                  {"read holding 40 float32", "write holding 10 float32 {value}", "read holding 10 float32",
                   "read input 3 int16 2", "write coil 5 bool {value}", "read coil 5 bool"},
                  {{"read holding 40 float32", "21.83"}, {"read input 3 int16 2", "-7,8"}});
    const Address address = parse_address(memory.instrument.address());
    const auto* tcp = std::get_if<ModbusTcpAddress>(&address);
    const Outcome outcome =
        run("/usr/bin/python3 " + folder + "modbus_client.py " +
            (tcp ? "tcp " + std::to_string(tcp->port) : "rtu " + std::get<ModbusRtuAddress>(address).device));
    INFO(outcome.text);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.text, Contains("float 21.83") && Contains("inputs 65529 8") && Contains("coil True") &&
                                 Contains("unknown exception 2"));
    const std::lock_guard lock(memory.mutex);
    CHECK(memory.values["read holding 10 float32"] == "100.5");
  }
  SECTION("server") {
    FILE* pipe = ::popen(("exec /usr/bin/python3 " + folder + "modbus_server.py").c_str(), "r");
    REQUIRE(pipe);
    int process = 0, port = 0;
    REQUIRE(std::fscanf(pipe, "%d %d", &process, &port) == 2);
    {
      ConversationSettings settings;
      settings.first_byte_timeout = 20s;
      std::unique_ptr<Link> link;
      for (int i = 0; !link; ++i) {  // it says its port before it listens
        try {
          link = open_link(ModbusTcpAddress{"127.0.0.1", static_cast<std::uint16_t>(port), 7});
        } catch (const InstrumentError&) {
          if (i == 300) throw;
          std::this_thread::sleep_for(100ms);
        }
      }
      Conversation gauge(std::move(link), settings);
      CHECK(gauge.query("read holding 40 float32") == "21.83");
      CHECK(gauge.query("read input 3 int16 2") == "-7,8");
      CHECK(gauge.query("read discrete 2 bool") == "1");
      CHECK(gauge.query("write holding 10 float64 little-words 0.1") == "ok");
      CHECK(gauge.query("read holding 10 float64 little-words") == "0.1");
      CHECK(gauge.query("write coil 1 bool 1,1,0") == "ok");
      CHECK(gauge.query("read coil 1 bool 3") == "1,1,0");
      CHECK(gauge.query("write holding 20 int16 -5") == "ok");
      CHECK(gauge.query("read holding 20 int16") == "-5");
      CHECK_THAT(error_of([&] { gauge.query("read holding 5000 int16"); }).what(), Contains("illegal data address"));
    }
    ::kill(process, SIGTERM);
    ::pclose(pipe);
  }
}
