// The logger at scripted instruments over real sockets: blocks of readings, replies that several channels share, serial
// numbers that nobody can check.
#include "acquisition/logger.h"

#include <fmt/format.h>

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <mutex>

#include "acquisition/block_times.h"
#include "acquisition/log_follower.h"
#include "acquisition/log_summary.h"
#include "acquisition/serial_doubt.h"
#include "drivers/messages/number_array.h"
#include "tests/acquisition/small_calibration.h"
#include "tests/drivers/scripted_instrument.h"

using namespace etalon;
using namespace etalon::acquisition;
using acquisition::testing::TemporaryFolder;
using acquisition::testing::with;
using Catch::Contains;
using drivers::testing::ScriptedInstrument;

namespace {

// Stands still unless it is told to wait, or the instrument lets time pass: times are exact on any machine.
class StepClock : public base::Clock {
 public:
  base::Seconds now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  double utc() const override { return 1780300800.0 + now(); }
  void wait(base::Seconds seconds, const base::Cancellation& cancellation) const override {
    cancellation.check();
    pass(seconds);
  }
  double speed() const override { return 1; }
  void pass(base::Seconds seconds) const {
    const std::lock_guard lock(mutex_);
    if (seconds > 0) now_ += seconds;
  }

 private:
  mutable std::mutex mutex_;
  mutable double now_ = 0;
};

class Silent : public LogProgress {
 public:
  void journal_grew(const JournalNews&) override {}
};

const std::string block_meter = R"([driver]
title   = "Digitizing meter of a test"
sources = ["none"]
[link]
send_terminator  = "\n"
reply_terminator = "\n"
timeout          = "10 s"
[identity]
query   = "*IDN?"
pattern = '^MAKER,(?<model>[^,]+),(?<serial>[^,]+),(?<firmware>.+)$'
example = "MAKER,D1,{serial},1.0"
maker   = "MAKER"
[[measures]]
quantity   = "dc voltage"
unit       = "V"
ranges     = [1, 10]
over_range = 1.2
digit      = 1e-6
configure  = ["CONF {range}"]
read       = { send = "READ?", reply = "{value}" }
[measures.read_many]
send      = "FETCH? {count}"
format    = "real64"
most      = 5000
time_each = "1 ms"
[measures.physics]
rows = [[1, 0, 0, 0, 0], [10, 0, 0, 0, 0]]
)";

drivers::Bench bench_of(const std::string& driver, const std::string& address) {
  const std::string text = fmt::format(
      "[bench]\ntitle = {{ en = \"Test\" }}\n[roles]\n[instruments.meter]\ndriver = \"some\"\naddress = "
      "\"{}\"\nserial = \"S7\"\n",
      address);
  return drivers::parse_bench(text, "bench.toml", {{"some", driver}});
}

struct Log {
  LogPlan plan;
  JournalNews news;

  std::vector<JournalReading> of_slot(int slot) const {
    std::vector<JournalReading> found;
    for (const JournalReading& reading : news.readings) {
      if (reading.attempt == slot) found.push_back(reading);
    }
    return found;
  }
  // "channel fault", in order.
  std::vector<std::string> faults(int slot) const {
    std::vector<std::string> found;
    for (const JournalEvent& entry : news.events) {
      if (entry.kind == event::fault && entry.attempt == slot)
        found.push_back(std::to_string(entry.step) + " " + entry.subject);
    }
    return found;
  }
  std::vector<JournalEvent> events(const std::string& kind) const {
    std::vector<JournalEvent> found;
    for (const JournalEvent& entry : news.events) {
      if (entry.kind == kind) found.push_back(entry);
    }
    return found;
  }
};

Log logged(const drivers::Bench& bench, const std::vector<std::string>& channels, int slots, const base::Clock& clock) {
  const TemporaryFolder folder;
  const std::string path = folder / "log.h5";
  const LogPlan plan = make_log_plan(bench, channels, {}, 10, slots);
  const base::Cancellation cancellation;
  Logger logger(plan, bench, clock, cancellation, nullptr);
  logger.connect();
  {
    RunWriter writer = RunWriter::create(path, log_plan_to_json(plan), {}, "test");
    Silent silent;
    CHECK(logger.carry_out(writer, silent));
  }
  LogFollower follower(path);
  return {follower.plan(), follower.read_new()};
}

std::string block_of(const std::vector<double>& numbers) {
  const std::string data = drivers::format_number_array(numbers, drivers::parse_number_array_format("real64"));
  const std::string size = std::to_string(data.size());
  return "#" + std::to_string(size.size()) + size + data + "\n";
}

std::vector<double> ramp(int count, int block) {
  std::vector<double> numbers;
  for (int i = 0; i < count; ++i)
    numbers.push_back(block + i * 1e-3 / 3);
  return numbers;
}

// What comes in place of the `broken` block (from 1); the others are ramps that begin with their number. Each takes the
// clock `each` s a reading.
struct DigitizingMeter {
  DigitizingMeter(const StepClock& clock, double each, int broken = 0,
                  std::function<void(int count, ScriptedInstrument&)> instead = {})
      : server(std::make_unique<drivers::TcpListener>(),
               [this, &clock, each, broken, instead](const std::string& line, ScriptedInstrument& self) {
                 if (line == "*IDN?") self.say("MAKER,D1,S7,1.0\n");
                 if (line == "READ?") self.say("1.25\n");
                 if (line.rfind("FETCH? ", 0) != 0) return;
                 const int count = std::stoi(line.substr(7));
                 clock.pass(each * count);
                 if (++blocks == broken) return instead(count, self);
                 self.say(block_of(ramp(count, blocks)));
               }) {}
  int blocks = 0;
  ScriptedInstrument server;
};

}  // namespace

TEST_CASE("a channel of blocks logs every reading of each, at its time") {
  const StepClock clock;
  DigitizingMeter meter(clock, 1e-3);
  const drivers::Bench bench = bench_of(block_meter, meter.server.address());
  const Log log = logged(bench, {"u=meter:dc voltage@10 V:block=500", "v=meter:dc voltage@10 V"}, 3, clock);
  CHECK(log.plan.channels.at(0).block == 500);
  CHECK(log.plan.channels.at(1).block == 0);
  std::int64_t sequence = 0;
  for (int slot = 1; slot <= 3; ++slot) {
    const auto readings = log.of_slot(slot);
    REQUIRE(readings.size() == 501);
    const std::vector<double> sent = ramp(500, slot);
    for (std::size_t i = 0; i < 500; ++i) {
      CHECK(readings[i].step == 1);
      CHECK(readings[i].channel == "u");
      CHECK(readings[i].unit == "V");
      CHECK(readings[i].value == sent[i]);  // bit for bit
      CHECK(std::stod(readings[i].reply) == sent[i]);
      CHECK(readings[i].flags == 0);
      CHECK(readings[i].sequence > sequence);
      sequence = readings[i].sequence;
      CHECK(readings[i].monotonic == Approx(10 * (slot - 1) + 0.001 * (static_cast<double>(i) + 1)).margin(1e-9));
      CHECK(base::parse_utc(readings[i].utc) == Approx(1780300800.0 + readings[i].monotonic).epsilon(0).margin(0.6e-3));
    }
    CHECK(readings[500].step == 2);  // between the blocks single readings as ever
    CHECK(readings[500].value == 1.25);
  }
  CHECK(log.events(event::fault).empty());
  CHECK(log.events(event::serial_not_verified).empty());
}

TEST_CASE("readings of a block whose times nobody knows say so") {
  const StepClock clock;
  // The driver file says nothing; the meter is ten times slower than it says (set to a longer integration time), or
  // faster.
  const bool silent_file = GENERATE(true, false, false);
  const double each = GENERATE(10e-3, 0.1e-3);
  DigitizingMeter meter(clock, each);
  const std::string driver = silent_file ? with(block_meter, "time_each = \"1 ms\"", "") : block_meter;
  const Log log = logged(bench_of(driver, meter.server.address()), {"meter:dc voltage@1 V:block=100"}, 1, clock);
  const auto readings = log.of_slot(1);
  // One V is within 1.2 times the range.
  REQUIRE(readings.size() == 100);
  CHECK(readings.front().channel == "meter:dc voltage@1 V");
  for (const JournalReading& reading : readings) {
    CHECK(reading.flags == reading_time_of_block);
    CHECK(reading.monotonic == Approx(100 * each));
    CHECK(reading.utc == readings.front().utc);
  }
}

TEST_CASE("the times of a block are believed where it took as long") {
  CHECK(block_times(10, 11, 100, 0.01, 0.1).known);
  CHECK(block_times(10, 11, 100, 0.01, 0.1).of(99) == 11);
  CHECK(block_times(10, 11, 100, 0.01, 0.1).of(0) == Approx(10.01));
  CHECK(block_times(10, 11.5, 100, 0.01, 0.1).known);  // the way of a long block
  CHECK_FALSE(block_times(10, 11.7, 100, 0.01, 0.1).known);
  CHECK_FALSE(block_times(10, 10.5, 100, 0.01, 0.1).known);
  CHECK(block_times(10, 10.09, 100, 1e-5, 0.1).known);
  CHECK_FALSE(block_times(10, 11, 100, 0, 0.1).known);
  CHECK(block_times(10, 11, 100, 0, 0.1).of(0) == 11);
  CHECK(block_times(10, 10, 1, 0.01, 0.1).known);  // one reading is of its arrival
}

TEST_CASE("a block with anything wrong in it is a fault with its name, and no reading at all") {
  struct Case {
    const char* fault;
    std::function<void(int, ScriptedInstrument&)> say;
    bool link_stays;
  };
  const auto with_one = [](double wrong) {
    return [wrong](int count, ScriptedInstrument& self) {
      std::vector<double> numbers = ramp(count, 2);
      numbers[static_cast<std::size_t>(count) / 2] = wrong;
      self.say(block_of(numbers));
    };
  };
  const std::vector<Case> cases{
      {"unexpected-reply", [](int count, ScriptedInstrument& self) { self.say(block_of(ramp(count - 1, 2))); }, false},
      {"unexpected-reply", [](int count, ScriptedInstrument& self) { self.say(block_of(ramp(count + 1, 2))); }, false},
      {"truncated-reply",
       [](int count, ScriptedInstrument& self) {
         const std::string block = block_of(ramp(count, 2));
         self.say(block.substr(0, block.size() / 2));
         self.hang_up();
       },
       false},
      {"not-a-number", [](int, ScriptedInstrument& self) { self.say("#2100123456789\n"); }, false},
      {"not-a-number", with_one(std::nan("")), false},
      {"overload", with_one(9.9e37), true},
      {"overload", with_one(-9.9e37), true},
      {"overload", with_one(12.5), true},  // more than 1.2 times the range can show
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    INFO("case " << i);
    const Case& one = cases[i];
    const StepClock clock;
    DigitizingMeter meter(clock, 1e-3, 2, one.say);
    const Log log =
        logged(bench_of(block_meter, meter.server.address()), {"meter:dc voltage@10 V:block=100"}, 3, clock);
    CHECK(log.of_slot(1).size() == 100);
    CHECK(log.of_slot(2).empty());
    REQUIRE(log.faults(2).size() == 1);
    // A line that broke off in the middle of a block may be found lost before it is found short.
    const std::string fault = log.faults(2).front();
    CHECK((fault == std::string("1 ") + one.fault ||
           (std::string(one.fault) == "truncated-reply" && fault == "1 link-lost")));
    REQUIRE(log.of_slot(3).size() == 100);
    CHECK(log.of_slot(3).front().value == 3);
    CHECK(log.events(event::link_restored).empty() == one.link_stays);
    const auto asked = meter.server.lines();
    CHECK(std::count(asked.begin(), asked.end(), "CONF 10") == (one.link_stays ? 1 : 2));
  }
}

TEST_CASE("numbers of a text block that carry another unit are none") {
  const StepClock clock;
  const std::string driver = with(block_meter, "\"real64\"", "\"text\"");
  int blocks = 0;
  ScriptedInstrument meter(std::make_unique<drivers::TcpListener>(),
                           [&](const std::string& line, ScriptedInstrument& self) {
                             if (line == "*IDN?") self.say("MAKER,D1,S7,1.0\n");
                             if (line.rfind("FETCH? ", 0) == 0)
                               self.say(++blocks == 2 ? "1.0,2.0 mV,3.0\n" : "1.0,2.0,3.0\n");
                           });
  const Log log = logged(bench_of(driver, meter.address()), {"meter:dc voltage@10 V:block=3"}, 3, clock);
  CHECK(log.of_slot(1).size() == 3);
  CHECK(log.of_slot(2).empty());
  CHECK(log.faults(2) == std::vector<std::string>{"1 not-a-number"});
  CHECK(log.of_slot(3).size() == 3);
}

TEST_CASE("what blocks a channel can have") {
  const drivers::Bench bench = bench_of(block_meter, "TCPIP::127.0.0.1::1::SOCKET");
  const auto plan = [&](const std::string& channel) { return make_log_plan(bench, {channel}, {}, 1, 1); };
  CHECK(plan("meter:dc voltage@10 V:block=5000").channels.at(0).name == "meter:dc voltage@10 V");
  CHECK(log_plan_from_json(log_plan_to_json(plan("u=meter:dc voltage@10 V:block=7"))).channels.at(0).block == 7);
  for (const char* wrong : {"0", "-1", "5001", "x", "", "10x", "99999999999"})
    CHECK_THROWS_WITH(plan(std::string("meter:dc voltage@10 V:block=") + wrong), Contains("1 to 5000"));
  const std::string::size_type many = block_meter.find("[measures.read_many]");
  const std::string without = block_meter.substr(0, many) + block_meter.substr(block_meter.find("[measures.physics]"));
  const drivers::Bench single = bench_of(without, "TCPIP::127.0.0.1::1::SOCKET");
  CHECK_THROWS_WITH(make_log_plan(single, {"meter:dc voltage@10 V:block=10"}, {}, 1, 1), Contains("has no read_many"));
  // A log that was written before there were blocks.
  CHECK(log_plan_from_json(R"({"kind": "log", "interval": 1, "slots": 1, "simulated": false, "settings": {},
    "channels": [{"name": "u", "instrument": "m", "quantity": "q", "unit": "V", "range": 1, "resolution": 0}]})")
            .channels.at(0)
            .block == 0);
}

namespace {

// One reply with three quantities, their units in its text; and one with two temperatures and a place for their unit.
const std::string ambient_logger = R"([driver]
title   = "Ambient logger of a test"
sources = ["none"]
[link]
send_terminator  = "\n"
reply_terminator = "\n"
timeout          = "10 s"
[identity]
query   = "*IDN?"
pattern = '^MAKER,(?<model>[^,]+),(?<serial>[^,]+),(?<firmware>.+)$'
example = "MAKER,A1,{serial},1.0"
maker   = "MAKER"
[[measures]]
quantity   = "temperature"
unit       = "degC"
digit      = 0.01
read       = { send = "SEND", reply = "T={temperature:.2f} C RH={humidity:.2f} % P={pressure:.2f} hPa" }
value_name = "temperature"
[[measures]]
quantity   = "relative humidity"
unit       = "%"
digit      = 0.01
read       = { send = "SEND", reply = "T={temperature:.2f} C RH={humidity:.2f} % P={pressure:.2f} hPa" }
value_name = "humidity"
[[measures]]
quantity   = "pressure"
unit       = "hPa"
digit      = 0.01
read       = { send = "SEND", reply = "T={temperature:.2f} C RH={humidity:.2f} % P={pressure:.2f} hPa" }
value_name = "pressure"
[[measures]]
quantity    = "air temperature"
unit        = "degC"
digit       = 0.01
read        = { send = "BOTH", reply = "{air:.2f} {wall:.2f} {unit}" }
value_name  = "air"
reply_units = ["C", "degC"]
[[measures]]
quantity    = "wall temperature"
unit        = "degC"
digit       = 0.01
read        = { send = "BOTH", reply = "{air:.2f} {wall:.2f} {unit}" }
value_name  = "wall"
reply_units = ["C", "degC"]
)";

}  // namespace

TEST_CASE("a wrong unit in a reply that several channels share is a fault of each, and no reading of any") {
  const StepClock clock;
  int sends = 0;
  int boths = 0;
  ScriptedInstrument ambient(std::make_unique<drivers::TcpListener>(),
                             [&](const std::string& line, ScriptedInstrument& self) {
                               if (line == "*IDN?") self.say("MAKER,A1,S7,1.0\n");
                               if (line == "SEND") {
                                 ++sends;
                                 self.say(sends == 2   ? "T=21.00 C RH=45.00 % P=759.98 mmHg\n"
                                          : sends == 3 ? "T=69.80 F RH=45.00 % P=1013.25 hPa\n"
                                                       : "T=21.00 C RH=45.00 % P=1013.25 hPa\n");
                               }
                               if (line == "BOTH") self.say(++boths == 4 ? "69.80 70.00 F\n" : "21.00 21.11 C\n");
                             });
  const drivers::Bench bench = bench_of(ambient_logger, ambient.address());
  // Slot 2 and 3: the first message is wrong, so the second is not sent; slot 6 is where the second is wrong.
  const Log log = logged(bench,
                         {"t=meter:temperature", "h=meter:relative humidity", "p=meter:pressure",
                          "a=meter:air temperature", "w=meter:wall temperature"},
                         7, clock);
  for (int slot = 1; slot <= 7; ++slot) {
    INFO("slot " << slot);
    const auto readings = log.of_slot(slot);
    if (slot == 2 || slot == 3) {
      CHECK(readings.empty());
      // The other channels of the instrument have no reading for the same reason.
      CHECK(log.faults(slot) == std::vector<std::string>{"1 unexpected-reply", "2 unexpected-reply",
                                                         "3 unexpected-reply", "4 unexpected-reply",
                                                         "5 unexpected-reply"});
    } else if (slot == 6) {
      CHECK(readings.size() == 3);
      CHECK(log.faults(slot) == std::vector<std::string>{"4 wrong-unit", "5 wrong-unit"});
    } else {
      CHECK(readings.size() == 5);
      CHECK(log.faults(slot).empty());
    }
    for (const JournalReading& reading : readings) {
      const std::map<std::string, double> right{{"t", 21}, {"h", 45}, {"p", 1013.25}, {"a", 21}, {"w", 21.11}};
      CHECK(reading.value == right.at(reading.channel));
    }
  }
  // The fault says what came.
  bool said = false;
  for (const JournalEvent& entry : log.events(event::fault))
    said = said || (entry.subject == "wrong-unit" && entry.text.find("\"F\"") != std::string::npos);
  CHECK(said);
}

TEST_CASE("a value that is none takes the others of its reply with it") {
  const StepClock clock;
  int boths = 0;
  ScriptedInstrument ambient(
      std::make_unique<drivers::TcpListener>(), [&](const std::string& line, ScriptedInstrument& self) {
        if (line == "*IDN?") self.say("MAKER,A1,S7,1.0\n");
        if (line == "BOTH")
          self.say(++boths == 2 ? "21.00 9.9E37 C\n" : boths == 3 ? "21.00 ***** C\n" : "21.00 21.11 C\n");
      });
  const std::string driver = with(with(ambient_logger, "{air:.2f} {wall:.2f} {unit}", "{air:.2f} {wall} {unit}"),
                                  "{air:.2f} {wall:.2f} {unit}", "{air:.2f} {wall} {unit}");
  const Log log =
      logged(bench_of(driver, ambient.address()), {"a=meter:air temperature", "w=meter:wall temperature"}, 4, clock);
  CHECK(log.of_slot(1).size() == 2);
  // An overload is of one value only.
  REQUIRE(log.of_slot(2).size() == 1);
  CHECK(log.of_slot(2).front().channel == "a");
  CHECK(log.faults(2) == std::vector<std::string>{"2 overload"});
  // A reply that is out of shape is no reading of anything.
  CHECK(log.of_slot(3).empty());
  CHECK(log.faults(3).size() == 2);
  CHECK(log.of_slot(4).size() == 2);
}

TEST_CASE("a serial number that the instrument cannot report is marked in the journal of a log") {
  const StepClock clock;
  const std::string unasked = block_meter.substr(0, block_meter.find("[identity]")) +
                              "[identity]\nmaker = \"MAKER\"\n" + block_meter.substr(block_meter.find("[[measures]]"));
  const std::string no_serial = with(with(with(block_meter, "(?<serial>[^,]+),", "-,"), "{serial}", "-"),
                                     "maker   =", "has_serial = false\nmaker =");
  struct Case {
    std::string driver;
    std::vector<std::string> says;
  };
  const std::vector<Case> cases{{no_serial, {"serial number S7 of meter", "from the bench file"}},
                                {unasked, {"who meter is", "S7", "from the bench file"}}};
  for (const Case& one : cases) {
    int reads = 0;
    ScriptedInstrument meter(std::make_unique<drivers::TcpListener>(),
                             [&](const std::string& line, ScriptedInstrument& self) {
                               if (line == "*IDN?") self.say("MAKER,D1,-,1.0\n");
                               if (line == "READ?") self.say(++reads == 2 ? "nonsense\n" : "1.25\n");
                             });
    const Log log = logged(bench_of(one.driver, meter.address()), {"meter:dc voltage@10 V"}, 4, clock);
    const auto marks = log.events(event::serial_not_verified);
    // At the start, and again after the link was opened anew: it may be another one by then.
    REQUIRE(marks.size() == 2);
    CHECK(marks[0].subject == "meter");
    CHECK(marks[0].sequence > log.events(event::identity).front().sequence);
    CHECK(marks[1].attempt == 3);
    for (const std::string& text : one.says)
      CHECK_THAT(marks[0].text, Contains(text));
    CHECK(log.of_slot(4).size() == 1);
  }
  // Where nobody claims a serial number there is nothing to doubt.
  drivers::Bench bench = bench_of(no_serial, "TCPIP::127.0.0.1::1::SOCKET");
  CHECK(serial_doubt(bench.instruments.front()));
  bench.instruments.front().any_serial = true;
  CHECK_FALSE(serial_doubt(bench.instruments.front()));
}

TEST_CASE("a log withdraws what a line out of step brought, also at its very end") {
  const int stray_at = GENERATE(3, 6);  // of six
  const StepClock clock;
  int boths = 0;
  ScriptedInstrument ambient(std::make_unique<drivers::TcpListener>(),
                             [&](const std::string& line, ScriptedInstrument& self) {
                               if (line == "*IDN?") self.say("MAKER,A1,S7,1.0\n");
                               if (line != "BOTH") return;
                               if (++boths == stray_at) self.say("21.01 21.10 C\n");
                               self.pause(std::chrono::milliseconds(10));
                               self.say("21.00 21.11 C\n");
                             });
  const Log log = logged(bench_of(ambient_logger, ambient.address()),
                         {"a=meter:air temperature", "w=meter:wall temperature"}, 6, clock);
  // Back to back, nothing but the question at the end shows it.
  const auto withdrawn = log.events(event::readings_withdrawn);
  REQUIRE(withdrawn.size() == 2);
  CHECK(withdrawn.front().step == 1);
  CHECK(withdrawn.front().attempt == 6);
  LogSummary summary(log.plan);
  summary.add(log.news);
  for (const ChannelSummary& channel : summary.channels()) {
    CHECK(channel.withdrawn > 0);
    CHECK(channel.statistics.count() == 6 - channel.withdrawn);
    CHECK(channel.statistics.count() < stray_at);
    CHECK(channel.last_fault == "unsolicited-input");
  }
}

TEST_CASE("a line of its own before an instrument fell silent, or before a late reply, counts nowhere") {
  // Six slots; the true reply to the question of the stray line comes 0.7 s later, or nothing does any more.
  const bool asks_who = GENERATE(true, false);
  const bool dead = GENERATE(true, false);
  const int stray_at = GENERATE(4, 6);
  std::string driver = with(ambient_logger, "\"10 s\"", "\"1 s\"");
  if (!asks_who) {
    driver = driver.substr(0, driver.find("[identity]")) + "[identity]\nmaker = \"MAKER\"\n" +
             driver.substr(driver.find("[[measures]]"));
  }
  INFO(asks_who << " " << dead << " " << stray_at);
  const StepClock clock;
  int boths = 0;
  bool silent = false;
  ScriptedInstrument ambient(std::make_unique<drivers::TcpListener>(),
                             [&](const std::string& line, ScriptedInstrument& self) {
                               if (silent) return;
                               if (line == "*IDN?") self.say("MAKER,A1,S7,1.0\n");
                               if (line != "BOTH") return;
                               if (++boths == stray_at) {
                                 self.say("81.01 81.10 C\n");
                                 silent = dead;
                                 if (dead) return;
                                 self.pause(std::chrono::milliseconds(700));
                               }
                               self.say("21.00 21.11 C\n");
                             });
  const Log log = logged(bench_of(driver, ambient.address()), {"a=meter:air temperature"}, 6, clock);
  LogSummary summary(log.plan);
  summary.add(log.news);
  const ChannelSummary& channel = summary.channels().front();
  CHECK(channel.withdrawn > 0);
  CHECK(!channel.last_fault.empty() == (dead || stray_at == 6));
  if (channel.statistics.count() > 0) CHECK(channel.statistics.maximum() < 80);
  // Faults and readings of one slot are one slot, in one look at the whole too.
  CHECK(summary.missed(channel) >= 0);
}

TEST_CASE("what is withdrawn is as if it had never come") {
  Withdrawable<ChannelStatistics> statistics;
  ChannelStatistics right;
  for (int slot = 1; slot <= 100; ++slot) {
    const double value = slot == 60 ? 1e6 : 0.1 * slot;
    statistics.add(slot, slot, value);
    if (slot < 58 || slot > 63) right.add(slot, value);
  }
  statistics.withdraw(58, 63);
  CHECK(statistics.sum().count() == right.count());
  CHECK(statistics.sum().mean() == right.mean());
  CHECK(statistics.sum().maximum() == right.maximum());
  CHECK(statistics.sum().standard_deviation() == right.standard_deviation());
}
