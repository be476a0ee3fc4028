// A line more than was asked for is never a reading: whatever it was that sent it, and however like a reading it looks.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <functional>
#include <thread>

#include "drivers/driver_file.h"
#include "drivers/driver_file/reply_units.h"
#include "drivers/links/modbus_frame.h"
#include "drivers/links/modbus_link.h"
#include "drivers/messages/conversation.h"
#include "drivers/meter.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon::drivers;
using namespace etalon::drivers::testing;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

const std::string identity = "ACME,DM1,A1,1.0";

LinkOptions options() {
  LinkOptions options;
  options.instrument = "meter";
  return options;
}

ConversationSettings quick() {
  ConversationSettings settings;
  settings.first_byte_timeout = 800ms;
  settings.between_bytes_timeout = 150ms;
  settings.quiet_time = 60ms;
  return settings;
}

Proof proof() {
  return {"*IDN?", [](const std::string& reply) { return reply == identity; }};
}

Fault fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InstrumentError& error) {
    INFO(error.what());
    return error.fault();
  }
  FAIL("no fault");
  throw 0;
}

// The third reading is preceded by a line of the instrument's own, near the true value.
ScriptedInstrument::Answer with_a_stray_line(std::atomic<int>& count, std::chrono::milliseconds takes) {
  return [&count, takes](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") return self.say(identity + "\n");
    if (line != "READ?") return;
    const int n = ++count;
    if (n == 3) self.say("+1.0000000E+00\n");
    self.pause(takes);
    self.say("+1.000000" + std::to_string(n) + "E+00\n");
  };
}

// The text of a driver file for a meter on a line without more than it needs.
std::string meter_file(const std::string& identity_section, const std::string& measure, const std::string& more = "") {
  return R"([driver]
title   = "Meter of the tests"
sources = ["made up"]
[link]
send_terminator  = "\n"
reply_terminator = "\n"
timeout          = "600 ms"
[identity]
)" + identity_section +
         more + "\n[[measures]]\n" + measure;
}
const std::string asked = R"(query   = "*IDN?"
pattern = '^(?<maker>ACME),(?<model>DM1),(?<serial>[^,]+),(?<firmware>.+)$'
example = "ACME,DM1,{serial},1.0"
)";
std::string volts(const std::string& reply, const std::string& more = "") {
  return R"(quantity   = "dc voltage"
unit       = "V"
digit      = 1e-7
read       = { send = "READ?", reply = ")" +
         reply + R"(" }
read_time  = { fixed = "50 ms" }
)" + more +
         "physics = { rows = [[10, 1e-5, 0, 1e-6, 1e-6]] }\n";
}

struct Client {
  Client(const std::string& driver_text, const std::string& address) {
    entry.name = "meter";
    entry.driver = parse_driver_file(driver_text, "test.toml");
    entry.driver_name = "test";
    entry.address = address;
    entry.any_serial = true;
    instrument = std::make_unique<Instrument>(entry, nullptr, nullptr);
    instrument->identify();
    instrument->start_up();
  }
  BenchInstrument entry;
  std::unique_ptr<Instrument> instrument;
};

// What the meter of a driver file makes of one reply.
Reading reading_of(const std::string& measure, const std::string& reply) {
  ScriptedInstrument scripted(make_port(Kind::tcp), [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "*IDN?") self.say(identity + "\n");
    if (line == "READ?") self.say(reply + "\n");
  });
  Client client(meter_file(asked, measure), scripted.address());
  Meter meter(*client.instrument, "dc voltage");
  meter.configure(0, {});
  return meter.read();
}

}  // namespace

TEST_CASE(
    "read back to back, one line too many makes every later reply that of the question before: the proof finds it") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  std::atomic<int> count{0};
  ScriptedInstrument instrument(make_port(kind), with_a_stray_line(count, 30ms));
  Conversation conversation(open_link(instrument.address(), options()), quick(), proof());
  for (int i = 0; i < 6; ++i)
    conversation.query("READ?");  // nothing waits and nothing follows
  CHECK(conversation.unproven());
  CHECK(fault_of([&] { conversation.confirm(); }) == Fault::unsolicited_input);
  // From then on each reply is that of its own question again.
  const std::string next = conversation.query("READ?");
  CHECK(next == "+1.000000" + std::to_string(count.load()) + "E+00");
  conversation.confirm();
  CHECK(!conversation.unproven());
}

TEST_CASE("without a question of known answer, the time that a reply takes must pass in silence") {
  std::atomic<int> count{0};
  ScriptedInstrument instrument(make_port(Kind::pty), with_a_stray_line(count, 300ms));
  Conversation conversation(open_link(instrument.address(), options()), quick(), std::nullopt);
  for (int i = 0; i < 3; ++i)
    conversation.query("READ?");
  CHECK(fault_of([&] { conversation.confirm(); }) == Fault::unsolicited_input);
}

TEST_CASE("an identity that was asked as any other message proves nothing") {
  // Each reply, of the identity too, is one behind.
  ScriptedInstrument instrument(make_port(Kind::tcp), [&](const std::string&, ScriptedInstrument& self) {
    self.pause(30ms);
    self.say(identity + "\n");
    static bool first = true;
    if (std::exchange(first, false)) self.say(identity + "\n");
  });
  Conversation conversation(open_link(instrument.address(), options()), quick(), proof());
  CHECK(fault_of([&] {
          for (int i = 0; i < 3; ++i)
            conversation.query("*IDN?");
          conversation.confirm();
        }) == Fault::unsolicited_input);
}

TEST_CASE("a line that repeats what is sent is said to do so") {
  ScriptedInstrument instrument(make_port(Kind::pty), [](const std::string& line, ScriptedInstrument& self) {
    self.say(line + "\n");
    if (line == "*IDN?") self.say(identity + "\n");
  });
  Conversation conversation(open_link(instrument.address(), options()), quick(), proof());
  conversation.query("OUTP 1");  // its echo looks like a confirmation
  try {
    conversation.confirm();
    FAIL("no fault");
  } catch (const InstrumentError& error) {
    CHECK(error.fault() == Fault::unsolicited_input);
    CHECK_THAT(error.what(), Contains("repeats what is sent"));
  }
}

TEST_CASE("an echo is not taken for a confirmation of any text") {
  ScriptedInstrument instrument(make_port(Kind::pty), [](const std::string& line, ScriptedInstrument& self) {
    self.say(line == "*IDN?" ? identity + "\n" : line + "\n");
  });
  Client client(meter_file(asked, volts("{value}", "configure = [{ send = \"FORM 1\", reply = \"{any=OK}\" }]\n")),
                instrument.address());
  Meter meter(*client.instrument, "dc voltage");
  CHECK(fault_of([&] { meter.configure(0, {}); }) == Fault::unexpected_reply);
}

TEST_CASE("a command that is answered gives no reading its confirmation") {
  const Kind kind = GENERATE(Kind::tcp, Kind::pty);
  int n = 0;
  ScriptedInstrument instrument(make_port(kind), [&](const std::string& line, ScriptedInstrument& self) {
    self.pause(40ms);
    if (line == "*IDN?") return self.say(identity + "\n");
    if (line == "READ?") return self.say("+" + std::to_string(++n) + ".2345678E+00\n");
    self.say(line.substr(line.rfind(' ') + 1) + "\n");
  });
  Client client(meter_file(asked, volts("{value}", "configure = [\"CONF:VOLT:DC 10\"]\n")), instrument.address());
  Meter meter(*client.instrument, "dc voltage");
  CHECK(fault_of([&] { meter.configure(0, {}); }) == Fault::unsolicited_input);
}

TEST_CASE("without an identity a late reply is never a reading") {
  const double lateness = GENERATE(1.0, 2.0);
  int n = 0;
  ScriptedInstrument instrument(make_port(Kind::pty), [&](const std::string&, ScriptedInstrument& self) {
    if (++n == 3) self.pause(std::chrono::milliseconds(static_cast<int>(1000 * lateness)));
    self.say("+" + std::to_string(20 + n) + ".5\n");
  });
  Client client(meter_file("", volts("{value:+.1f}")), instrument.address());
  Meter meter(*client.instrument, "dc voltage");
  meter.configure(0, {});
  CHECK(meter.read().value == 21.5);
  CHECK(meter.read().value == 22.5);
  CHECK(fault_of([&] { meter.read(); }) == Fault::timeout);
  for (int i = 0; i < 3; ++i) {
    const double value = meter.read().value;
    CHECK(value > 23.5);
    CHECK(value == 20.5 + n);  // the reply to the last question
    client.instrument->confirm();
  }
}

TEST_CASE("a unit in the reply is that of the number, or the file is refused with the factor") {
  const auto refused = [](const std::string& units) {
    try {
      parse_driver_file(meter_file(asked, volts("{value} {unit}", "reply_units = " + units + "\n")), "test.toml");
    } catch (const etalon::base::FileError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(refused(R"(["V", "mV"])"), Contains("0.001"));
  CHECK_THAT(refused(R"(["V", "MV"])"), Contains("'MV'") || Contains("1 MV"));
  CHECK_THAT(refused(R"(["V", "KV"])"), Contains("1000"));
  CHECK_THAT(refused("{ V = 1, mV = 1 }"), Contains("0.001"));
  CHECK(refused(R"(["V", "VDC", "v"])").empty());
  CHECK(refused("{ V = 1, mV = 1e-3 }").empty());
  // A unit with another zero has no factor at all; C and F are temperatures here, no coulomb and no farad.
  CHECK(known_factors("C", "degC") == std::vector<double>{1});
  for (const char* other : {"F", "degF", "K"})
    CHECK(std::isnan(known_factors(other, "degC").at(0)));
  CHECK(known_factors("HPA", "kPa").at(0) == Approx(0.1));
  CHECK(known_factors("1133", "kPa").empty());

  const Reading reading = reading_of(volts("{value} {unit}", "reply_units = { V = 1, mV = 1e-3 }\n"), "1.2345 mV");
  CHECK(reading.value == Approx(0.0012345).epsilon(1e-12));
  CHECK(reading.unit == "V");
  CHECK(reading.text == "1.2345 mV");
  CHECK(reading_of(volts("{value} {unit}", "reply_units = { V = 1, mV = 1e-3 }\n"), "1.2345 V").value == 1.2345);
  CHECK(fault_of([] { reading_of(volts("{value} {unit}", "reply_units = [\"V\"]\n"), "1.2345 mV"); }) ==
        Fault::wrong_unit);
}

TEST_CASE("a list of units holds only spellings that are known to be the same unit") {
  const auto refused = [](const std::string& units, const std::string& unit) {
    std::string measure = volts("{value} {unit}", "reply_units = " + units + "\n");
    measure.replace(measure.find("\"V\""), 3, "\"" + unit + "\"");
    try {
      parse_driver_file(meter_file(asked, measure), "test.toml");
    } catch (const etalon::base::FileError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  // What says the kind of value hides no prefix.
  for (const char* other : {"mVDC", "mV DC", "mvdc", "MVDC", "millivolt", "kV rms", "MV", "k", "counts"}) {
    INFO(other);
    CHECK_THAT(refused("[\"" + std::string(other) + "\"]", "V"), Contains("reply_units"));
  }
  for (const char* other :
       {"psia", "psi a", "PSIG", "mbara", "kPag", "KPAA", "inH2O", "BARG", "KGCM2", "kg/cm2", "1133"}) {
    INFO(other);
    CHECK_THAT(refused("[\"" + std::string(other) + "\"]", "Pa"), Contains("reply_units"));
  }
  for (const char* other : {"ct", "oz", "OZ", "lb", "k", "MG"}) {
    INFO(other);
    CHECK_THAT(refused("[\"" + std::string(other) + "\"]", "g"), Contains("reply_units"));
  }
  CHECK(refused(R"(["V", "VDC", "V DC", "VOLT", "v"])", "V").empty());
  CHECK(refused(R"(["kPa", "kPag", "kPa a", "KPAG", "KPA"])", "kPa").empty());
  CHECK(refused(R"(["OHM", "ohms"])", "ohm").empty());
  CHECK(refused(R"(["C", "DEGC"])", "degC").empty());
  CHECK(refused(R"(["%", "RH", "%RH"])", "%").empty());
  CHECK(refused(R"(["g", "G"])", "g").empty());
  CHECK(refused("{ counts = 1, mVDC = 1e-3 }", "V").empty());
  CHECK_THAT(refused("{ mVDC = 1 }", "V"), Contains("0.001"));
  CHECK_THAT(refused("{ mV = 1e6 }", "V"), Contains("0.001"));  // as written it has one meaning
  CHECK(refused("{ psia = 6.894757 }", "kPa").empty());
  CHECK_THAT(refused("{ psia = 6.9 }", "kPa"), Contains("6.89476"));
  CHECK(refused("{ inH2O = 0.2490889 }", "kPa").empty());
}

TEST_CASE("units in capitals: no factor is suggested where there are several meanings; MOHM and MHZ are mega") {
  CHECK(known_factors("MOHM", "ohm") == std::vector<double>{1e6});
  CHECK(known_factors("MHZ", "Hz") == std::vector<double>{1e6});
  CHECK(known_factors("MV", "V").size() == 2);
  CHECK(known_factors("MA", "A").size() == 2);
  try {
    parse_driver_file(meter_file(asked, volts("{value} {unit}", "reply_units = { V = 1, MV = 1 }\n")), "test.toml");
    FAIL("taken");
  } catch (const etalon::base::FileError& error) {
    CHECK_THAT(error.what(), Contains("several meanings") && !Contains("MV = "));
  }
  for (const char* right : {"1e-3", "1e6"}) {
    const std::string units = "reply_units = { V = 1, MV = " + std::string(right) + " }\n";
    CHECK_NOTHROW(parse_driver_file(meter_file(asked, volts("{value} {unit}", units)), "test.toml"));
  }
}

TEST_CASE("silence proves nothing where an answer is known") {
  ScriptedInstrument instrument(make_port(Kind::tcp), [](const std::string& line, ScriptedInstrument& self) {
    self.say(line == "*IDN?" ? identity + "\n" : "+1.0000000E+00\n");
  });
  const bool known = GENERATE(true, false);
  Conversation conversation(open_link(instrument.address(), options()), quick(),
                            known ? std::optional(proof()) : std::nullopt);
  conversation.query("READ?");
  std::this_thread::sleep_for(400ms);
  CHECK(conversation.confirmed_by_silence() == !known);
  conversation.confirm();
  CHECK(conversation.confirmed_by_silence());
}

TEST_CASE("an identity of several lines proves a line, too: a late reply to the question before comes first") {
  const bool stray = GENERATE(true, false);
  int n = 0;
  ScriptedInstrument instrument(make_port(Kind::pty), [&](const std::string& line, ScriptedInstrument& self) {
    if (line == "?")
      return self.say("LOG1 / 1.0\nSerial number : A1\nDate : 2026-01-0" + std::to_string(++n) + "\nModule 2 : none\n");
    if (stray) {
      self.say("+2.0\n");
      self.pause(500ms);
    }
    self.say("+1.0\n");
  });
  Client client(
      meter_file("query = \"?\"\nlast_line = \"Module 2\"\nmaker = \"ACME\"\npattern = '(?s)^(?<model>LOG1) / "
                 "(?<firmware>[0-9.]+).*Serial number : (?<serial>[A-Z0-9]+)'\nexample = \"\"\"\nLOG1 / "
                 "1.0\nSerial number : {serial}\nDate : 2026-01-01\nModule 2 : none\"\"\"\n",
                 volts("{value:+.1f}")),
      instrument.address());
  CHECK(client.instrument->has_known_answer());
  Meter meter(*client.instrument, "dc voltage");
  meter.configure(0, {});
  CHECK(meter.read().value == (stray ? 2 : 1));
  if (stray) {
    CHECK(fault_of([&] { client.instrument->confirm(); }) == Fault::unsolicited_input);
  } else {
    client.instrument->confirm();
    CHECK(!client.instrument->unproven());
  }
}

TEST_CASE("a dead line is silent, too: at the end the last question is put once more") {
  const int last = GENERATE(3, 100);
  int n = 0;
  ScriptedInstrument instrument(make_port(Kind::pty), [&](const std::string&, ScriptedInstrument& self) {
    if (++n <= last) self.say("+1.0000000E+00\n");
  });
  Conversation conversation(open_link(instrument.address(), options()), quick(), std::nullopt);
  QueryOptions harmless;
  harmless.repeatable = true;
  for (int i = 0; i < 3; ++i)
    conversation.query("READ?", harmless);
  if (last == 3) {
    CHECK(fault_of([&] { conversation.confirm_at_the_end(); }) == Fault::timeout);
  } else {
    conversation.confirm_at_the_end();
    CHECK(n == 4);
    CHECK(!conversation.unproven());
  }
}

TEST_CASE("a sign for overload is one in any digits, and no number has another name") {
  const std::string measure = volts("{value:+.7E}", "overload = 9.9e37\n");
  for (const char* sign : {"9.9E+37", "+9.9E37", "+9.90000000E+37", "-9.9E+37", "9.90000E+37", "1.0E+38"})
    CHECK(fault_of([&] { reading_of(measure, sign); }) == Fault::overload);
  for (const char* sign : {"9.91E37", "+9.9100000E+37", "9.91000000E+37"})
    CHECK(fault_of([&] { reading_of(measure, sign); }) == Fault::no_result);
  CHECK(fault_of([&] { reading_of(measure, "+9.9E+3"); }) == Fault::truncated_reply);
  CHECK(reading_of(measure, "+9.9000000E+03").value == 9900);
  const std::string other = volts("{value:+.7E}", "overload = 1e9\n");
  for (const char* sign : {"1E+9", "1.0E+09", "9.9E+37", "+1.0000000E+09"})
    CHECK(fault_of([&] { reading_of(other, sign); }) == Fault::overload);
}

TEST_CASE("a value that cannot be is no reading") {
  const std::string measure = volts("{value}", "largest = 1e4\n");
  CHECK(fault_of([&] { reading_of(measure, "1.000000E+09"); }) == Fault::overload);
  CHECK(reading_of(measure, "1.000000E+04").value == 1e4);
}

namespace {

std::string with_crc(std::string frame) {
  const std::uint16_t crc = modbus_crc(frame);
  frame += static_cast<char>(crc & 0xff);
  frame += static_cast<char>(crc >> 8);
  return frame;
}

// An RS-485 line whose adapter hears itself; `reply` is what the instrument says to each request, empty: nobody there.
class Rs485 {
 public:
  Rs485(bool echoes, std::function<std::string(const std::string& request)> reply)
      : port_(std::make_unique<PseudoTerminal>()), thread_([this, echoes, reply] {
          std::string input;
          try {
            for (;;) {
              char buffer[512];
              input.append(buffer, port_->read(buffer, sizeof buffer, cancellation_));
              if (input.size() < 8) continue;
              const std::string request = std::exchange(input, "");
              if (echoes) port_->write(request, cancellation_);
              cancellation_.sleep(100ms);
              if (const std::string said = reply(request); !said.empty()) port_->write(said, cancellation_);
            }
          } catch (const etalon::base::InterruptedError&) {
          }
        }) {}
  ~Rs485() {
    cancellation_.cancel("the test is over");
    thread_.join();
  }
  std::string address(const std::string& end = "") const {
    return "MODBUS" + port_->address().substr(4, port_->address().find("::") - 4) + "::9600-8N1::UNIT1" + end;
  }

 private:
  std::unique_ptr<PseudoTerminal> port_;
  etalon::base::Cancellation cancellation_;
  std::thread thread_;
};

// Takes single writes but that of register 9, and reads 42.
std::string instrument_says(const std::string& request) {
  if (request[1] == 3) return with_crc(std::string("\x01\x03\x02\x00\x2a", 5));
  if (request[1] == 6 && request[3] != 9) return request;
  if (request[1] == 16) return with_crc(request.substr(0, 6));
  return with_crc(std::string{request[0], static_cast<char>(request[1] | 0x80), 3});
}

std::string modbus(const std::string& address, const std::string& message) {
  ConversationSettings settings = quick();
  settings.write_timeout = 800ms;
  Conversation conversation(open_link(address, options()), settings);
  return conversation.query(message);
}

}  // namespace

TEST_CASE("an echo on a Modbus line confirms no write") {
  const char* message = GENERATE("write holding 5 uint16 7", "write coil 5 bool 1", "write holding 5 uint16 7,8",
                                 "write holding 9 uint16 7", "read holding 5 uint16", "read holding 515 uint16");
  INFO(message);
  for (const bool alone : {true, false}) {
    Rs485 line(true, [&](const std::string& request) { return alone ? "" : instrument_says(request); });
    try {
      const std::string reply = modbus(line.address(), message);
      FAIL("taken for right: " << reply);
    } catch (const InstrumentError& error) {
      CHECK_THAT(error.what(), Contains("repeats what is sent"));
      CHECK_THAT(error.what(), Contains("::ECHO"));
    }
  }
}

TEST_CASE("with ::ECHO in the address the echo is taken off") {
  Rs485 line(true, instrument_says);
  CHECK(modbus(line.address("::ECHO"), "read holding 5 uint16") == "42");
  CHECK(modbus(line.address("::ECHO"), "write holding 5 uint16 7") == "ok");
  CHECK(fault_of([&] { modbus(line.address("::ECHO"), "write holding 9 uint16 7"); }) == Fault::device_error);
  Rs485 alone(true, [](const std::string&) { return std::string(); });
  CHECK(fault_of([&] { modbus(alone.address("::ECHO"), "write holding 5 uint16 7"); }) == Fault::timeout);
}

TEST_CASE("on a Modbus line without echo writes are confirmed as before, and ::ECHO is refused") {
  Rs485 line(false, instrument_says);
  CHECK(modbus(line.address(), "write holding 5 uint16 7") == "ok");
  CHECK(modbus(line.address(), "write holding 5 uint16 7,8") == "ok");
  CHECK(modbus(line.address(), "read holding 5 uint16") == "42");
  CHECK(fault_of([&] { modbus(line.address(), "write holding 9 uint16 7"); }) == Fault::device_error);
  CHECK_THROWS_AS(modbus(line.address("::ECHO"), "read holding 5 uint16"), InstrumentError);
}
