// The client against real simulators that misbehave in every way, at every one of the replies of a small measurement:
// a fault has its name and says who, where, what was sent and what came; none becomes a number; the source can always
// be made safe; and what is read afterwards is right.
#include "drivers/instrument.h"

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <future>
#include <set>
#include <thread>

#include "drivers/links/instrument_error.h"
#include "drivers/meter.h"
#include "drivers/source.h"
#include "tests/drivers/scripted_instrument.h"
#include "tests/drivers/simulation_bench.h"

using namespace etalon::drivers;
namespace simulation = etalon::drivers::simulation;
using etalon::base::AcceleratedClock;
using etalon::base::Cancellation;
using etalon::base::InterruptedError;
using simulation::SimulatedBench;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

struct Setup {
  explicit Setup(const std::vector<std::string>& faults = {}, double timeout = 1)
      : clock(2000, 1.78e9), served(simulation::test_bench(), clock, 17, parsed(faults)), live(served.live_bench()) {
    for (BenchInstrument& instrument : live.instruments)
      instrument.driver.link.timeout = timeout;
    served.world().connect("meter", "calibrator");
  }
  static std::vector<simulation::Fault> parsed(const std::vector<std::string>& texts) {
    std::vector<simulation::Fault> faults;
    for (const std::string& text : texts)
      faults.push_back(simulation::parse_fault(text));
    return faults;
  }
  // What truly lies at the meter, long after the last change.
  double output() {
    const Cancellation never;
    clock.wait(20, never);
    return served.world().input("meter", "dc voltage", clock.now()).value;
  }
  AcceleratedClock clock;
  SimulatedBench served;
  Bench live;
};

// Instruments of one attempt at the measurement, opened in the order of a run: the source first.
struct Session {
  Session(Setup& setup, const Cancellation* cancellation) : setup_(setup), cancellation_(cancellation) {}
  Instrument& open(std::unique_ptr<Instrument>& place, const std::string& name) {
    auto made = std::make_unique<Instrument>(setup_.live.instrument(name), transcript, cancellation_);
    made->identify();
    place = std::move(made);
    place->start_up();
    return *place;
  }
  // Five volts, measured three times; each reading is only kept once the source has been asked.
  void measure(std::vector<Reading>& readings) {
    if (!calibrator) {
      open(calibrator, "calibrator");
      calibrator->make_safe();
    }
    if (!meter) open(meter, "meter");
    if (!ambient) open(ambient, "ambient");
    started = true;
    Meter item(*meter, "dc voltage");
    SourceRole source(*calibrator, "dc voltage");
    item.configure(10, {{"nplc", "1"}});
    source.apply(5);
    while (!source.settled())
      std::this_thread::sleep_for(milliseconds(1));
    const double temperature = Meter(*ambient, "temperature").read().value;
    ambient->confirm();
    if (std::fabs(temperature - 20.5) > 3) throw std::runtime_error("a wrong temperature was read");
    for (int i = 0; i < 3; ++i) {
      const Reading reading = item.read();
      source.check_operating();
      item.instrument().confirm();  // as a run does before readings count
      readings.push_back(reading);
    }
  }
  std::shared_ptr<Transcript> transcript = std::make_shared<Transcript>();
  std::unique_ptr<Instrument> calibrator, meter, ambient;
  bool started = false;

 private:
  Setup& setup_;
  const Cancellation* cancellation_;
};

struct Outcome {
  std::string fault_text;
  std::string fault = "none";
  std::string instrument, address, sent, received, message;
  bool address_right = true;
  std::vector<Reading> readings, later;
  std::string safe = "not tried";    // or what make_safe threw
  double output = 0;                 // V, after make_safe
  std::string second = "not tried";  // the measurement once more
  std::string unexpected;
};

Outcome outcome_of(const std::string& fault_text) {
  Outcome outcome;
  outcome.fault_text = fault_text;
  try {
    Setup setup({fault_text});
    Session session(setup, nullptr);
    bool line_cut = false;
    try {
      session.measure(outcome.readings);
    } catch (const InstrumentError& error) {
      outcome.fault = fault_name(error.fault());
      outcome.instrument = error.instrument();
      outcome.address = error.address();
      outcome.address_right = error.address() == setup.served.address(error.instrument());
      outcome.sent = error.sent();
      outcome.received = error.received();
      outcome.message = error.what();
      line_cut = error.fault() == Fault::link_lost || error.fault() == Fault::safe_state_failed;
    }
    if (session.calibrator) {
      try {
        session.calibrator->make_safe();
        outcome.safe = "safe";
      } catch (const InstrumentError& error) {
        outcome.safe = fault_name(error.fault());
      }
    }
    outcome.output = setup.output();
    // A line that was cut, or an instrument that did not even start up, is begun anew; so is the logger, whose identity
    // of several lines cannot prove a link. The others must be in step again by themselves.
    if (line_cut || !session.started) session.calibrator.reset();
    if (line_cut || !session.started) session.meter.reset();
    session.ambient.reset();
    if (fault_text.ends_with("+") && !fault_text.starts_with("meter")) return outcome;
    try {
      session.measure(outcome.later);
      outcome.second = "none";
      session.calibrator->make_safe();
    } catch (const InstrumentError& error) {
      outcome.second = fault_name(error.fault());
    }
  } catch (const std::exception& error) {
    outcome.unexpected = error.what();
  }
  return outcome;
}

// They mostly wait: many at a time.
std::vector<Outcome> outcomes_of(const std::vector<std::string>& faults, int at_a_time = 32) {
  std::vector<Outcome> outcomes(faults.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < at_a_time; ++i) {
    threads.emplace_back([&] {
      for (std::size_t k = next++; k < faults.size(); k = next++)
        outcomes[k] = outcome_of(faults[k]);
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  return outcomes;
}

std::vector<std::string> lasting_faults() {
  std::vector<std::string> faults;
  for (const std::string kind : {"late-reply=2.0", "empty-reply", "truncated-reply", "cut-reply", "text-reply",
                                 "overload", "no-reply", "wrong-serial", "garbage"}) {
    for (const std::string instrument : {"meter", "calibrator"}) {
      if (kind == "overload" && instrument == "calibrator") continue;
      faults.push_back(instrument + ":" + kind + "@" + (kind == "wrong-serial" ? "1" : "6") + "+");
    }
  }
  return faults;
}

// Made beside the others: they take long.
const std::vector<Outcome>& lasting_outcomes() {
  static const std::shared_future<std::vector<Outcome>> outcomes =
      std::async(std::launch::async, [] { return outcomes_of(lasting_faults()); }).share();
  return outcomes.get();
}

void check_readings(const std::vector<Reading>& readings) {
  for (const Reading& reading : readings) {
    INFO("reading " << reading.text);
    CHECK(reading.unit == "V");
    CHECK(std::fabs(reading.value - 5) < 2e-3);
    CHECK(parse_number(reading.text) == reading.value);
  }
}

}  // namespace

TEST_CASE("without a fault the small measurement works, and leaves no fault behind") {
  const Outcome outcome = outcome_of("meter:no-reply@100000");
  INFO(outcome.message << outcome.unexpected);
  CHECK(outcome.fault == "none");
  CHECK(outcome.unexpected.empty());
  CHECK(outcome.readings.size() == 3);
  CHECK(outcome.safe == "safe");
  CHECK(std::fabs(outcome.output) < 1e-3);
  CHECK(outcome.second == "none");
  check_readings(outcome.readings);
}

TEST_CASE("every fault at every reply has its name and never becomes a number") {
  // What each kind may end in; "none" where the fault did no harm (see below).
  const std::map<std::string, std::set<std::string>> expected = {
      {"late-reply=2.0", {"time-out"}},
      // Of several lines the last is missed; an empty line is not the answer that proves a line.
      {"empty-reply", {"empty-reply", "time-out", "unsolicited-input"}},
      {"truncated-reply", {"truncated-reply"}},
      {"cut-reply", {"truncated-reply", "unexpected-reply"}},
      {"text-reply", {"not-a-number", "unexpected-reply"}},
      {"overload", {"overload"}},
      {"overload-digits", {"overload"}},
      {"stray-line", {"unsolicited-input"}},
      {"no-reply", {"time-out"}},
      {"standby", {"not-operating"}},
      {"wrong-identity", {"wrong-instrument"}},
      {"wrong-serial", {"wrong-instrument"}},
      {"cut-line", {"link-lost", "safe-state-failed"}},  // also on the way to the safe state
      {"power-cycle", {"link-lost", "time-out", "not-operating", "value-differs"}},
      {"garbage",
       {"unexpected-reply", "not-a-number", "truncated-reply", "unsolicited-input", "empty-reply", "time-out"}}};
  // Identity, error queue, settings or status, read-back, readings.
  const std::map<std::string, std::vector<int>> replies = {{"meter", {1, 2, 3, 4, 5, 6, 7}},
                                                           {"calibrator", {1, 2, 3, 5, 6, 7, 8, 10, 12, 15, 18}},
                                                           {"ambient", {1, 2, 4, 6}}};
  std::vector<std::string> faults;
  std::vector<std::string> pulled_adapters;
  for (const auto& kind : simulation::fault_kinds()) {
    for (const auto& [instrument, numbers] : replies) {
      if (kind.name == "standby" && instrument != "calibrator") continue;
      if (kind.name == "wrong-unit") continue;  // no reply of these three says its unit
      if (kind.name.starts_with("overload") && instrument == "calibrator") continue;
      const std::string text = instrument + ":" + kind.name + (kind.name == "late-reply" ? "=2.0" : "") + "@";
      // The whole identity is one reply; wrong ones fit no other.
      for (const int at : numbers) {
        if (kind.name.starts_with("wrong") && at > 1) continue;
        const bool pulled = kind.name == "cut-line" && instrument != "meter";
        if (!pulled) faults.push_back(text + std::to_string(at));
        if (pulled && (at == 2 || at == 6 || at == 12)) pulled_adapters.push_back(text + std::to_string(at));
      }
    }
  }
  REQUIRE(faults.size() > 150);
  std::map<std::string, int> seen;
  std::thread lasting(lasting_outcomes);
  std::vector<Outcome> outcomes = outcomes_of(faults);
  lasting.join();
  // One after the other: the name of a pseudo-terminal that is gone would be that of another bench's new one.
  const std::vector<Outcome> alone = outcomes_of(pulled_adapters, 1);
  outcomes.insert(outcomes.end(), alone.begin(), alone.end());
  for (const Outcome& outcome : outcomes) {
    INFO(outcome.fault_text);
    INFO(outcome.message);
    const std::string instrument = outcome.fault_text.substr(0, outcome.fault_text.find(':'));
    const std::string kind =
        outcome.fault_text.substr(instrument.size() + 1, outcome.fault_text.find('@') - instrument.size() - 1);
    REQUIRE(expected.count(kind));
    CHECK(outcome.unexpected.empty());
    check_readings(outcome.readings);
    check_readings(outcome.later);
    if (outcome.fault == "none") {
      CHECK(outcome.readings.size() == 3);
    } else {
      ++seen[kind];
      CHECK(expected.at(kind).count(outcome.fault));
      CHECK(outcome.instrument == instrument);
      CHECK(outcome.address_right);
      CHECK_FALSE(outcome.sent.empty());
      const bool something_came = outcome.fault != "time-out" && outcome.fault != "link-lost" &&
                                  outcome.fault != "not-operating" && outcome.fault != "safe-state-failed";
      CHECK((!something_came || !outcome.received.empty()));
      CHECK_THAT(outcome.message, Catch::Contains(instrument + " at " + outcome.address));
    }
    // A pulled adapter stays pulled: nobody can say that the output is off.
    const bool gone = kind == "cut-line" && outcome.fault != "none" && instrument != "meter";
    if (outcome.safe != "not tried" && !(gone && instrument == "calibrator")) {
      CHECK(outcome.safe == "safe");
      CHECK(std::fabs(outcome.output) < 1e-3);
    }
    if (gone && instrument == "calibrator" && outcome.safe != "not tried") CHECK(outcome.safe == "safe-state-failed");
    if (!gone) {
      // A wrong instrument is asked again after the person has changed it.
      CHECK(outcome.second == "none");
      CHECK(outcome.later.size() == 3);
    }
  }
  // Each kind was met, and most of its places showed it: only a first reply (the identity is asked again) and a status
  // register (read until two replies agree) bear a fault.
  for (const auto& [kind, names] : expected) {
    INFO(kind << " was seen " << seen[kind] << " times");
    CHECK(seen[kind] >= (kind.starts_with("wrong")                                                     ? 3
                         : kind.starts_with("overload") || kind == "cut-reply" || kind == "stray-line" ? 2
                                                                                                       : 4));
  }
}

TEST_CASE("faults that last never become numbers either") {
  for (const Outcome& outcome : lasting_outcomes()) {
    INFO(outcome.fault_text << ": " << outcome.message);
    CHECK(outcome.unexpected.empty());
    CHECK(outcome.fault != "none");
    CHECK(outcome.second != "none");  // nor later on
    CHECK(outcome.readings.empty());
    CHECK(outcome.later.empty());
    if (outcome.fault_text.starts_with("meter")) {
      CHECK((outcome.safe == "safe" || outcome.safe == "not tried"));
    }
    // Nothing of what it says can be believed, but what it hears it does: the output is off in truth.
    if (outcome.fault_text.starts_with("calibrator") && outcome.safe != "not tried")
      CHECK(outcome.safe == "safe-state-failed");
    CHECK(std::fabs(outcome.output) < 1e-3);
  }
}

TEST_CASE("a query that times out shows the instrument's error queue") {
  Setup setup;
  Session session(setup, nullptr);
  session.open(session.meter, "meter");
  const Exchange wrong{MessageTemplate("MEAS:PHLOGISTON?"), MessageTemplate("{value:+.8E}")};
  try {
    session.meter->carry_out(wrong, {});
    FAIL("it answered");
  } catch (const InstrumentError& error) {
    CHECK(error.fault() == Fault::timeout);
    CHECK(error.sent().find("PHLOGISTON") != std::string::npos);
    CHECK_THAT(error.what(), Catch::Contains("-113") && Catch::Contains("Undefined header"));
  }
  CHECK(session.meter->drain_errors().empty());
  Meter item(*session.meter, "dc voltage");
  CHECK_NOTHROW(item.configure(10, {}));
}

TEST_CASE("errors of the queue stop what was being done") {
  Setup setup;
  Session session(setup, nullptr);
  session.open(session.meter, "meter");
  session.meter->carry_out({MessageTemplate("VOLT:DC:NPLC 7"), std::nullopt}, {});
  session.meter->carry_out({MessageTemplate("NONSENSE"), std::nullopt}, {});
  try {
    session.meter->check_errors("a test");
    FAIL("no error was reported");
  } catch (const InstrumentError& error) {
    CHECK(error.fault() == Fault::device_error);
    CHECK_THAT(error.what(), Catch::Contains("-222") && Catch::Contains("-113") && Catch::Contains("a test"));
  }
  CHECK_NOTHROW(session.meter->check_errors("a test"));
  // Longer than the queue: bounded, and said so.
  for (int i = 0; i < 30; ++i)
    session.meter->carry_out({MessageTemplate("NONSENSE"), std::nullopt}, {});
  const auto entries = session.meter->drain_errors();
  CHECK(entries.size() == 20);
  CHECK(entries.back() == "-350 Queue overflow");
}

TEST_CASE("what cannot be is refused before anything is sent") {
  Setup setup;
  Session session(setup, nullptr);
  session.open(session.calibrator, "calibrator");
  session.open(session.meter, "meter");
  SourceRole source(*session.calibrator, "dc voltage");
  Meter item(*session.meter, "dc voltage");
  const std::size_t before = session.transcript->entries().size();
  const auto refused = [](const auto& work) {
    try {
      work();
    } catch (const InstrumentError& error) {
      return fault_name(error.fault());
    }
    return std::string("none");
  };
  for (const double value : {1020.01, -1020.01, 1e300, std::nan(""), std::numeric_limits<double>::infinity()}) {
    INFO(value);
    CHECK(refused([&] { source.apply(value); }) == "out-of-range");
  }
  CHECK(refused([&] { item.configure(5, {}); }) == "out-of-range");
  CHECK(refused([&] { item.configure(10, {{"nplc", "7"}}); }) == "out-of-range");
  CHECK(session.transcript->entries().size() == before);
  CHECK_THROWS_AS(Meter(*session.calibrator, "dc voltage"), etalon::base::InputError);
  CHECK_THROWS_AS(SourceRole(*session.meter, "dc voltage"), etalon::base::InputError);
  CHECK(std::fabs(setup.output()) < 1e-3);
}

TEST_CASE("settings come back to their standard values, and a reading beyond the range is none") {
  Setup setup;
  Session session(setup, nullptr);
  session.open(session.calibrator, "calibrator");
  session.open(session.meter, "meter");
  Meter item(*session.meter, "dc voltage");
  item.configure(10, {{"nplc", "0.02"}, {"frequency", "meant for another instrument"}});
  item.configure(10, {});
  const Exchange ask{MessageTemplate("VOLT:DC:NPLC?"), MessageTemplate("{nplc:+.8E}")};
  CHECK(*parse_number(session.meter->carry_out(ask, {}).at("nplc")) == 10);
  SourceRole source(*session.calibrator, "dc voltage");
  source.apply(9);
  // Somebody turns the meter to another range: 9 V is more than 1 V can show.
  item.configure(1, {});
  session.meter->carry_out({MessageTemplate("CONF:VOLT:DC 10"), std::nullopt}, {});
  setup.output();
  try {
    const Reading reading = item.read();
    FAIL("it became the number " << reading.text);
  } catch (const InstrumentError& error) {
    CHECK(error.fault() == Fault::overload);
  }
  source.make_safe();
}

TEST_CASE("the source is made safe after Ctrl-C at any moment") {
  std::vector<std::string> failures(16);
  std::vector<std::thread> threads;
  std::atomic<int> interrupted{0};
  for (std::size_t i = 0; i < failures.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        Setup setup({"calibrator:late-reply=0.1@7+"});  // so that the cancellation meets messages on their way
        Cancellation cancellation;
        Session session(setup, &cancellation);
        session.open(session.calibrator, "calibrator");
        std::thread person([&] {
          std::this_thread::sleep_for(milliseconds(20 + 37 * i));
          cancellation.cancel("Ctrl-C");
        });
        std::vector<Reading> readings;
        try {
          for (;;)
            session.measure(readings);
        } catch (const InterruptedError&) {
          ++interrupted;
        }
        person.join();
        session.calibrator->make_safe();
        if (session.calibrator->driver().name.empty()) failures[i] = "no driver";
        if (!(std::fabs(setup.output()) < 1e-3)) failures[i] = "the output is on";
        try {
          session.calibrator->flag("operate");
          failures[i] += " the cancellation was forgotten";
        } catch (const InterruptedError&) {
        }
      } catch (const std::exception& error) {
        failures[i] = error.what();
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (const std::string& failure : failures)
    CHECK(failure.empty());
  CHECK(interrupted == 16);
}

// ---- a calibrator that lies

namespace {

// Answers as a calibrator does, with the faults of one test.
struct Calibrator {
  std::mutex mutex;
  bool on = true;
  int deaf_to_standby = 0;  // so many messages STBY are lost
  int cut_status = 0;       // so many replies of the status register lose digits
  bool cut_everything = false;
  bool mute = false;
  std::string serial = "0000001";
  int standby_heard = 0;

  static std::string cut(const std::string& number) { return number.substr(0, number.size() / 2); }

  void answer(const std::string& line, testing::ScriptedInstrument& self) {
    std::string reply;
    {
      std::lock_guard lock(mutex);
      if (line == "STBY") {
        ++standby_heard;
        if (deaf_to_standby > 0) {
          --deaf_to_standby;
        } else {
          on = false;
        }
      } else if (line == "*IDN?") {
        reply = "FLUKE,5522A," + serial + ",1.2+1.3+2.0+*";
      } else if (line == "ERR?") {
        reply = "0,\"No error\"";
      } else if (line == "OUT?") {
        reply = cut_everything ? "1.0" : "1.000000E+03,V,0.000000E+00,V,0.00E+00";
      } else if (line == "ISR?") {
        reply = on ? "4097" : "4096";
        if (cut_everything || cut_status > 0) reply = cut(reply);
        if (cut_status > 0) --cut_status;
      }
      if (mute) return;
    }
    if (!reply.empty()) self.say(reply + "\r\n");
  }
};

struct Lying {
  explicit Lying(testing::Kind kind = testing::Kind::tcp)
      : instrument(testing::make_port(kind), [this](const std::string& line, testing::ScriptedInstrument& self) {
          calibrator.answer(line, self);
        }) {
    described = simulation::test_bench().instrument("calibrator");
    described.address = instrument.address();
    described.driver.link.timeout = 0.2;
    client = std::make_unique<Instrument>(described, nullptr, nullptr);
    client->identify();
    client->start_up();
  }
  std::string made_safe() {
    try {
      client->make_safe();
    } catch (const InstrumentError& error) {
      const std::string text = error.what();
      if (text.find("calibrator at") == std::string::npos || text.find("STBY") == std::string::npos) return text;
      return fault_name(error.fault());
    }
    return "safe";
  }
  bool on() {
    std::lock_guard lock(calibrator.mutex);
    return calibrator.on;
  }
  Calibrator calibrator;
  testing::ScriptedInstrument instrument;
  BenchInstrument described;
  std::unique_ptr<Instrument> client;
};

}  // namespace

TEST_CASE("a status reply that lost digits does not make an output look off") {
  std::vector<std::future<std::string>> results;
  for (const int cut : {1, 2, 3}) {
    for (const int deaf : {0, 1, 2, 3}) {
      results.push_back(std::async(std::launch::async, [cut, deaf] {
        Lying lying;
        lying.calibrator.cut_status = cut;
        lying.calibrator.deaf_to_standby = deaf;
        const std::string result = lying.made_safe();
        if ((result == "safe") == !lying.on() || result != "safe") return std::string();
        return fmt::format("{} cut replies, {} lost messages: {}, but it is on", cut, deaf, result);
      }));
    }
  }
  for (auto& result : results)
    CHECK(result.get().empty());
}

TEST_CASE("a line that loses digits of every reply never shows a safe state") {
  Lying lying;
  lying.calibrator.cut_everything = true;
  lying.calibrator.deaf_to_standby = 1000;
  CHECK(lying.made_safe() == "safe-state-failed");
  CHECK(lying.on());
}

TEST_CASE("an output that stays on is not called safe") {
  Lying lying;
  lying.calibrator.deaf_to_standby = 1000;
  CHECK(lying.made_safe() == "safe-state-failed");
  CHECK(lying.calibrator.standby_heard >= 3);
}

TEST_CASE("a message that is lost is sent again") {
  Lying lying;
  lying.calibrator.deaf_to_standby = 1;
  CHECK(lying.made_safe() == "safe");
  CHECK_FALSE(lying.on());
}

TEST_CASE("an instrument that cannot be heard is switched off all the same, and soon") {
  std::vector<std::future<std::string>> results;
  for (const auto kind : {testing::Kind::tcp, testing::Kind::pty}) {
    for (const bool tainted : {false, true}) {
      results.push_back(std::async(std::launch::async, [kind, tainted]() -> std::string {
        Lying lying(kind);
        lying.calibrator.mute = true;
        if (tainted) {
          try {
            lying.client->flag("operate");
            return "the mute one was heard";
          } catch (const InstrumentError&) {
          }
        }
        const auto begin = steady_clock::now();
        if (lying.made_safe() != "safe-state-failed") return "it was called safe";
        if (lying.on()) return "it is on";
        return steady_clock::now() - begin < std::chrono::seconds(10) ? "" : "it took too long";
      }));
    }
  }
  for (auto& result : results)
    CHECK(result.get() == "");
}

TEST_CASE("another individual at the same address proves nothing") {
  Lying lying;
  lying.calibrator.deaf_to_standby = 1;  // the first message is lost, so the link is opened anew
  lying.calibrator.serial = "0000001";
  {
    std::lock_guard lock(lying.calibrator.mutex);
    lying.calibrator.serial = "0000002";
  }
  CHECK(lying.made_safe() == "safe-state-failed");
}
