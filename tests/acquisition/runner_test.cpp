// The runner on a simulated bench: to the end, and every way out leaves the source off and says so in the journal.
#include "acquisition/runner.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <thread>

#include "drivers/instrument.h"
#include "drivers/simulation/simulated_bench.h"
#include "tests/acquisition/small_calibration.h"

using namespace etalon;
using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;
namespace simulation = etalon::drivers::simulation;

namespace {

constexpr double speed = 1000;

class HandOfTheWorld : public Operator {
 public:
  explicit HandOfTheWorld(simulation::World& world) : world_(world) {}
  std::string make_wiring(const WiringQuestion& question) override {
    const WiringPlan& wiring = question.wiring;
    questions.push_back({wiring.name, question.doubt, question.highest, question.dangerous});
    ++prompts;
    if (on_prompt && !on_prompt(prompts)) return "not done";
    if (!wiring.touched) return "done";
    if (wiring.from == "short") {
      world_.short_input(wiring.to);
    } else {
      world_.connect(wiring.to, wiring.from);
    }
    return "done";
  }
  bool can_look_again() const override { return looks; }
  struct Asked {
    std::string wiring, doubt;
    double highest;
    bool dangerous;
  };
  std::vector<Asked> questions;
  std::function<bool(int prompt)> on_prompt;  // false: the wiring stays as it was
  bool looks = false;
  int prompts = 0;

 private:
  simulation::World& world_;
};

// Cancels at the n-th reading, or never.
class Watch : public RunProgress {
 public:
  void step_started(const Plan&, const Step&, double, double) override {}
  void reading_taken(const Plan&, const Step&, const JournalReading& reading) override {
    if (on_row) on_row(reading);
    if (++readings == cancel_at) cancellation.cancel("stopped by the test");
    if (on_reading) on_reading(readings);
  }
  void event_noted(const JournalEvent&) override {}
  base::Cancellation cancellation;
  std::function<void(int)> on_reading;
  std::function<void(const JournalReading&)> on_row;
  int readings = 0;
  int cancel_at = -1;
};

// A run on a bench of its own; what stopped it is kept.
struct Trial {
  explicit Trial(const std::vector<std::string>& faults = {}, const std::string& procedure = procedure_text)
      : clock(speed, 1780300800.0),
        simulated(demo_bench(), clock, 3, parse(faults)),
        hand(simulated.world()),
        bench(simulated.live_bench()) {
    // Long enough for a machine that is busy with many trials, and short enough for the faults that wait it out.
    for (drivers::BenchInstrument& instrument : bench.instruments)
      instrument.driver.link.timeout = 2;
    plan = make_plan(parse_procedure(procedure, "procedure.toml"), demo_bench());
  }
  static std::vector<simulation::Fault> parse(const std::vector<std::string>& texts) {
    std::vector<simulation::Fault> faults;
    for (const std::string& text : texts)
      faults.push_back(simulation::parse_fault(text));
    return faults;
  }
  // The kind of error that ended it, by exit code; 0 when it came to its end.
  int run() {
    const std::string path = folder / "run.h5";
    RunWriter writer = RunWriter::create(path, plan_to_json(plan), {{"procedure", procedure_text}}, "etalon test");
    const RunRecord fresh = read_run(path);
    const RunSurroundings around{clock, watch.cancellation, hand, watch, nullptr};
    int code = 0;
    try {
      acquisition::carry_out(fresh, remaining_steps(fresh), bench, writer, around, event::run_started);
    } catch (const base::Error& error) {
      message = error.what();
      code = static_cast<int>(error.exit_code());
    }
    record = read_run(path);
    return code;
  }
  // Goes on with a run that another trial left behind.
  int resume(const std::string& path) {
    const RunRecord before = read_run(path);
    RunWriter writer = RunWriter::reopen(path);
    const RunSurroundings around{clock, watch.cancellation, hand, watch, nullptr};
    int code = 0;
    try {
      acquisition::carry_out(before, remaining_steps(before), bench, writer, around, event::run_resumed);
    } catch (const base::Error& error) {
      message = error.what();
      code = static_cast<int>(error.exit_code());
    }
    record = read_run(path);
    return code;
  }
  // What truly lies at the meter's terminals is next to nothing.
  bool output_is_off() {
    const base::Cancellation never;
    clock.wait(20, never);
    return std::fabs(simulated.world().input("meter", "dc voltage", clock.now()).value) < 0.01;
  }
  // What the calibrator says of itself over a link of its own.
  bool source_is_on() const {
    drivers::Instrument calibrator(bench.instrument("calibrator"), nullptr, nullptr);
    calibrator.identify();
    return calibrator.flag("operate");
  }
  bool journal_has(const std::string& kind, const std::string& subject) const {
    for (const JournalEvent& e : record.events) {
      if (e.kind == kind && e.subject == subject) return true;
    }
    return false;
  }

  TemporaryFolder folder;
  base::AcceleratedClock clock;
  simulation::SimulatedBench simulated;
  HandOfTheWorld hand;
  drivers::Bench bench;
  Watch watch;
  Plan plan;
  RunRecord record;
  std::string message;
};

// Trials mostly wait: many at a time.
template <typename Outcome>
std::vector<Outcome> at_a_time(std::size_t count, const std::function<Outcome(std::size_t)>& trial) {
  std::vector<Outcome> outcomes(count);
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      // One after the other: the beginning of a trial is what costs time of the processor.
      std::this_thread::sleep_for(std::chrono::milliseconds(150 * i));
      for (std::size_t k = next++; k < count; k = next++)
        outcomes[k] = trial(k);
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  return outcomes;
}

}  // namespace

TEST_CASE("a run comes to its end, with every reading of the plan and the source off") {
  Trial trial;
  // As if it could not say its serial number; the others are asked.
  for (drivers::BenchInstrument& instrument : trial.bench.instruments) {
    if (instrument.name == "ambient") instrument.driver.identity.has_serial = false;
  }
  INFO(trial.message);
  REQUIRE(trial.run() == 0);
  CHECK(trial.record.complete());
  CHECK(trial.journal_has(event::serial_not_verified, "ambient"));
  for (const char* asked : {"meter", "calibrator"})
    CHECK_FALSE(trial.journal_has(event::serial_not_verified, asked));
  CHECK(trial.hand.prompts == 3);
  CHECK_FALSE(trial.source_is_on());
  CHECK(trial.journal_has(event::run_finished, ""));
  for (const Step& step : trial.plan.steps) {
    CHECK(trial.record.finished_attempt(step.number) == 1);
    if (step.kind != StepKind::read) continue;
    const Point& point = trial.plan.points[static_cast<std::size_t>(step.point)];
    const auto readings = trial.record.readings_of(step.number, 1, indication_channel);
    CHECK(static_cast<int>(readings.size()) == point.readings);
    for (const JournalReading& reading : readings) {
      CHECK(std::fabs(reading.value - point.nominal) < 1e-4 * point.range);
      CHECK(reading.unit == "V");
      CHECK_FALSE(reading.reply.empty());
    }
  }
  // Settling: the window's readings before each point, and the environment at every point.
  for (const Step& step : trial.plan.steps) {
    if (step.kind == StepKind::settle) CHECK(trial.record.readings_of(step.number, 1, settling_channel).size() >= 3);
    if (step.kind == StepKind::environment) CHECK(trial.record.readings_of(step.number, 1, "temperature").size() == 1);
  }
}

TEST_CASE("an environment out of its limits stops the run with the source off") {
  Trial trial({}, with(procedure_text, "from = \"10 degC\", to = \"35 degC\"", "from = \"30 degC\", to = \"35 degC\""));
  CHECK(trial.run() == static_cast<int>(base::ExitCode::refused));
  INFO(trial.message);
  CHECK(trial.message.find("temperature") != std::string::npos);
  CHECK(trial.message.find("30 to 35") != std::string::npos);
  CHECK_FALSE(trial.source_is_on());
  CHECK(trial.journal_has(event::safe_state, "calibrator"));
}

TEST_CASE("faults in the middle leave the source off and a journal that says so") {
  std::vector<std::string> faults;
  for (const std::string kind :
       {"late-reply=3.0", "empty-reply", "truncated-reply", "cut-reply", "text-reply", "no-reply", "garbage"}) {
    faults.push_back("meter:" + kind + "@41");
    faults.push_back("meter:" + kind + "@31+");
    faults.push_back("ambient:" + kind + "@8");  // of a reading
    // A single reply that the status register's second look replaces is no fault; one that lasts is.
    faults.push_back("calibrator:" + kind + "@40" + (kind == "cut-reply" || kind == "garbage" ? "+" : ""));
  }
  for (const std::string fault :
       {"meter:overload@40", "meter:cut-line@40", "meter:cut-line@15", "ambient:cut-line@9", "calibrator:standby@40+",
        "calibrator:standby@70+", "calibrator:wrong-serial@1", "meter:wrong-identity@1"}) {
    faults.push_back(fault);
  }
  struct Outcome {
    int code = 0;
    std::string message;
    bool off = false, safe = false, failed = false, stopped = false, complete = true, named = false;
  };
  const auto named = [](const std::string& fault) { return fault.substr(0, fault.find(':')) + " at "; };
  const auto tried = [](const std::string& fault) {
    Trial trial({fault});
    Outcome outcome;
    outcome.code = trial.run();
    outcome.message = trial.message;
    outcome.off = trial.output_is_off();
    outcome.safe = trial.journal_has(event::safe_state, "calibrator");
    outcome.failed = trial.journal_has(event::safe_state_failed, "calibrator");
    outcome.stopped = trial.journal_has(event::run_stopped, "");
    outcome.complete = trial.record.complete();
    for (const JournalEvent& e : trial.record.events)
      outcome.named = outcome.named || (e.kind == event::fault && !e.subject.empty() && !e.text.empty());
    return outcome;
  };
  const auto outcomes = at_a_time<Outcome>(faults.size(), [&](std::size_t i) {
    Outcome outcome = tried(faults[i]);
    // A machine that stands still for seconds makes time-outs of its own: such a trial says nothing.
    for (int more = 0; more < 3 && outcome.message.find(named(faults[i])) == std::string::npos &&
                       outcome.message.find("time-out") != std::string::npos;
         ++more) {
      outcome = tried(faults[i]);
    }
    return outcome;
  });
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    INFO(faults[i] << ": " << outcome.message);
    CHECK(outcome.code == static_cast<int>(base::ExitCode::instrument));
    CHECK(outcome.off);
    CHECK(outcome.stopped);
    CHECK(outcome.named);
    CHECK_FALSE(outcome.complete);
    const std::string instrument = faults[i].substr(0, faults[i].find(':'));
    CHECK_THAT(outcome.message, Catch::Contains(named(faults[i])));
    const bool unheard =
        instrument == "calibrator" && faults[i].back() == '+' && faults[i].find("standby") == std::string::npos;
    if (faults[i].find("wrong-serial") != std::string::npos) continue;  // not ours to switch
    CHECK((outcome.safe || unheard));
    // What cannot be heard may be on, for all that is known.
    if (unheard) {
      CHECK(outcome.failed);
      CHECK_THAT(outcome.message, Catch::StartsWith("A SOURCE MAY STILL BE ON"));
    }
  }
}

TEST_CASE("a cancellation at any reading, and at any moment, leaves the source off") {
  std::mt19937 random(7);
  std::vector<int> readings;
  std::vector<int> moments;
  for (int i = 0; i < 10; ++i) {
    readings.push_back(std::uniform_int_distribution<>(1, 40)(random));
    moments.push_back(std::uniform_int_distribution<>(0, 1000)(random));
  }
  const auto failures = at_a_time<std::string>(20, [&](std::size_t i) -> std::string {
    Trial trial;
    std::thread person;
    const std::size_t k = i / 2;
    if (i % 2) {
      trial.watch.cancel_at = readings[k];
    } else {
      person = std::thread([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(moments[k]));
        trial.watch.cancellation.cancel("stopped by the test");
      });
    }
    const int code = trial.run();
    if (person.joinable()) person.join();
    const std::string when = i % 2 ? fmt::format("at reading {}", readings[k]) : fmt::format("after {} ms", moments[k]);
    if (code != static_cast<int>(base::ExitCode::interrupted))
      return fmt::format("{}: ended with {} {}", when, code, trial.message);
    if (!trial.output_is_off() || trial.source_is_on()) return when + ": the source is on";
    bool identified = false;
    for (const JournalEvent& e : trial.record.events)
      identified = identified || (e.kind == event::identity && e.subject == "calibrator");
    if (identified && !trial.journal_has(event::safe_state, "calibrator"))
      return when + ": the journal does not say safe";
    if (!trial.journal_has(event::run_stopped, "")) return when + ": the journal does not say stopped";
    return "";
  });
  for (const std::string& failure : failures)
    CHECK(failure == "");
}

TEST_CASE("a source that an earlier session left on is switched off, or the person is told") {
  // The first session loses the calibrator's line: it stays on.
  Trial first({"calibrator:cut-line@60"});
  CHECK(first.run() == static_cast<int>(base::ExitCode::instrument));
  const std::string path = first.folder / "run.h5";
  {
    // It does not answer at all.
    Trial second({"calibrator:no-reply@1+"});
    CHECK(second.resume(path) == static_cast<int>(base::ExitCode::instrument));
    INFO(second.message);
    CHECK_THAT(second.message, Catch::StartsWith("A SOURCE MAY STILL BE ON"));
  }
  {
    // The person changes his mind before anything was asked.
    Trial third;
    third.watch.cancellation.cancel("stopped by the test");
    CHECK(third.resume(path) == static_cast<int>(base::ExitCode::interrupted));
    CHECK(third.journal_has(event::safe_state, "calibrator"));
  }
  Trial last;
  INFO(last.message);
  CHECK(last.resume(path) == 0);
  CHECK(last.record.complete());
  CHECK_FALSE(last.source_is_on());
  CHECK(last.journal_has(event::run_finished, ""));
}

TEST_CASE("a full disk in the middle of a run leaves the source off, and the journal still says so") {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(300);
    ::signal(SIGXFSZ, SIG_IGN);
    int result = 1;
    try {
      Trial trial;
      // From the 20th reading on there is no room for more readings, only for what happens then. The limit is looked at
      // when the megabyte that was reserved before is used up: eight rows at most, of which some are events.
      trial.watch.on_reading = [&](int count) {
        if (count != 20) return;
        const rlim_t room = std::filesystem::file_size(trial.folder / "run.h5") + 200000;
        const rlimit limit{room, room};
        ::setrlimit(RLIMIT_FSIZE, &limit);
      };
      const int code = trial.run();
      const bool said = trial.message.find("disk full") != std::string::npos;
      const bool noted =
          trial.journal_has(event::safe_state, "calibrator") && trial.journal_has(event::run_stopped, "");
      result = code != static_cast<int>(base::ExitCode::bad_input) ? 2
               : !said                                             ? 3
               : !noted                                            ? 4
               : trial.record.readings.size() < 20                 ? 5
               : trial.record.readings.size() > 28                 ? 7
               : trial.source_is_on() || !trial.output_is_off()    ? 6
                                                                   : 0;
      if (result) (void)!::write(2, trial.message.data(), trial.message.size());
    } catch (const std::exception& error) {
      (void)!::write(2, error.what(), std::strlen(error.what()));
    }
    ::_exit(result);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("when the source's own line is cut, the person is told that it may still be on") {
  Trial trial({"calibrator:cut-line@60"});
  const int code = trial.run();
  INFO(trial.message);
  CHECK(code == static_cast<int>(base::ExitCode::instrument));
  CHECK(trial.message.find("A SOURCE MAY STILL BE ON") == 0);
  CHECK(trial.journal_has(event::safe_state_failed, "calibrator"));
}

TEST_CASE("a line more than was asked for, near the true value and anywhere in a run, is no reading of it") {
  // How many replies the instruments give in an undisturbed run: the last reading is among the last few.
  int replies = 0, ambient = 0;
  {
    Trial trial;
    REQUIRE(trial.run() == 0);
    replies = trial.simulated.replies("meter");
    ambient = trial.simulated.replies("ambient");
  }
  std::vector<std::string> faults;
  for (int at = 12; at < replies; at += 9)
    faults.push_back(fmt::format("meter:stray-line@{}", at));
  for (int back = 2; back <= 5; ++back)
    faults.push_back(fmt::format("meter:stray-line@{}", replies - back));
  for (int at = 3; at < ambient - 1; at += 5)
    faults.push_back(fmt::format("ambient:stray-line@{}", at));
  struct Result {
    int code = -1;
    std::string message;
    bool withdrawn = false, complete = false;
    std::string wrong;
  };
  const auto results = at_a_time<Result>(faults.size(), [&](std::size_t k) {
    Trial trial({faults[k]});
    Result result;
    result.code = trial.run();
    result.message = trial.message;
    result.complete = trial.record.complete();
    for (const JournalEvent& e : trial.record.events)
      result.withdrawn = result.withdrawn || e.kind == event::readings_withdrawn;
    for (const Step& step : trial.plan.steps) {
      if (step.kind != StepKind::read) continue;
      const Point& point = trial.plan.points[static_cast<std::size_t>(step.point)];
      const auto readings =
          trial.record.readings_of(step.number, trial.record.finished_attempt(step.number), indication_channel);
      if (static_cast<int>(readings.size()) != point.readings) result.wrong = point.id + ": another number of readings";
      for (const JournalReading& reading : readings) {
        if (std::fabs(reading.value - point.nominal) > 1e-4 * point.range)
          result.wrong = point.id + " " + reading.reply;
      }
    }
    return result;
  });
  for (std::size_t k = 0; k < faults.size(); ++k) {
    INFO(faults[k] << ": " << results[k].message);
    CHECK(results[k].code == 0);
    CHECK(results[k].withdrawn);
    CHECK(results[k].complete);
    CHECK(results[k].wrong.empty());
  }
}

TEST_CASE("a line that is disturbed again and again stops the run, and what was read there is none") {
  Trial trial({"meter:stray-line@30+"});
  CHECK(trial.run() == static_cast<int>(base::ExitCode::instrument));
  CHECK_FALSE(trial.source_is_on());
  CHECK(trial.journal_has(event::safe_state, "calibrator"));
  CHECK_FALSE(trial.record.complete());
  for (const JournalEvent& e : trial.record.events) {
    if (e.kind != event::readings_withdrawn) continue;
    CHECK(trial.record.withdrawn(e.step, e.attempt));
    CHECK(trial.record.readings_of(e.step, e.attempt, indication_channel).empty());
    CHECK(trial.record.finished_attempt(e.step) != e.attempt);
  }
}

TEST_CASE("a lead that falls off between the probe and a reading is no error of the item") {
  Trial trial;
  const int at_9 = 3 + 3 + 3 + 2;  // inside the readings of a point of the source
  int indications = 0;
  trial.watch.on_row = [&](const JournalReading& reading) {
    if (reading.channel != indication_channel || ++indications != at_9) return;
    trial.simulated.world().open_input("meter");
  };
  CHECK(trial.run() == static_cast<int>(base::ExitCode::instrument));
  INFO(trial.message);
  CHECK(trial.message.find("contradicts the wiring") != std::string::npos);
  CHECK_FALSE(trial.source_is_on());
  CHECK(trial.journal_has(event::fault, "contradicts-wiring"));
  // Looked after by a person it comes to its end.
  Trial again;
  again.hand.looks = true;
  indications = 0;
  again.watch.on_row = [&](const JournalReading& reading) {
    if (reading.channel != indication_channel || ++indications != at_9) return;
    again.simulated.world().open_input("meter");
  };
  CHECK(again.run() == 0);
  CHECK(again.record.complete());
  CHECK(again.hand.prompts == 4);
  int told = 0;
  for (const auto& question : again.hand.questions)
    told += question.doubt.find("is the wiring as asked?") != std::string::npos;
  CHECK(told == 1);
}

TEST_CASE("a short with a voltage on it, and a wiring that nobody made, are seen") {
  for (const bool looks : {false, true}) {
    Trial trial;
    trial.hand.looks = looks;
    trial.hand.on_prompt = [&](int prompt) {
      if (prompt == 1) trial.simulated.world().short_input("meter");
      return prompt >= 4;  // "done" is said three times, and was not
    };
    const int code = trial.run();
    INFO(trial.message);
    if (looks) {
      CHECK(code == 0);
      CHECK(trial.record.complete());
      continue;
    }
    CHECK(code == static_cast<int>(base::ExitCode::instrument));
    CHECK(trial.journal_has(event::wiring_doubted, "low voltage"));
    CHECK_FALSE(trial.source_is_on());
  }
}

TEST_CASE("what a prompt asks for knows the highest voltage that follows") {
  Trial trial;
  REQUIRE(trial.run() == 0);
  REQUIRE(trial.hand.questions.size() == 3);
  CHECK_FALSE(trial.hand.questions[0].dangerous);
  CHECK_FALSE(trial.hand.questions[1].dangerous);
  CHECK(trial.hand.questions[1].highest == 10);
  CHECK(trial.hand.questions[2].dangerous);
  CHECK(trial.hand.questions[2].highest == 1000);
}
