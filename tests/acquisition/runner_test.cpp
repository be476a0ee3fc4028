// The runner on a simulated bench: to the end, and every way out leaves the source off and says so in the journal.
#include "acquisition/runner.h"

#include <catch2/catch.hpp>
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
  void make_wiring(const WiringPlan& wiring) override {
    ++prompts;
    if (!wiring.touched) return;
    if (wiring.from == "short") {
      world_.short_input(wiring.to);
    } else {
      world_.connect(wiring.to, wiring.from);
    }
  }
  int prompts = 0;

 private:
  simulation::World& world_;
};

// Cancels at the n-th reading, or never.
class Watch : public RunProgress {
 public:
  void step_started(const Plan&, const Step&, double, double) override {}
  void reading_taken(const Plan&, const Step&, const JournalReading&) override {
    if (++readings == cancel_at) cancellation.cancel("stopped by the test");
  }
  void event_noted(const JournalEvent&) override {}
  base::Cancellation cancellation;
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
  // What the calibrator says of itself over a link of its own.
  bool source_is_on() const {
    drivers::Instrument calibrator(bench.instrument("calibrator"), nullptr, nullptr);
    calibrator.identify();
    return calibrator.status_bit("operate");
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

}  // namespace

TEST_CASE("a run comes to its end, with every reading of the plan and the source off") {
  Trial trial;
  INFO(trial.message);
  REQUIRE(trial.run() == 0);
  CHECK(trial.record.complete());
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
  for (const std::string fault : {"meter:overload@40", "meter:text-reply@40", "meter:cut-line@40",
                                  "ambient:text-reply@12", "calibrator:standby@40+", "meter:empty-reply@40"}) {
    Trial trial({fault});
    const int code = trial.run();
    INFO(fault << ": " << trial.message);
    CHECK(code == static_cast<int>(base::ExitCode::instrument));
    CHECK_FALSE(trial.source_is_on());
    CHECK(trial.journal_has(event::safe_state, "calibrator"));
    CHECK(trial.journal_has(event::run_stopped, ""));
    CHECK_FALSE(trial.record.complete());
    CHECK(remaining_steps(trial.record).front().kind == StepKind::identify);
  }
}

TEST_CASE("a cancellation at any reading leaves the source off") {
  std::mt19937 random(7);
  for (int i = 0; i < 6; ++i) {
    Trial trial;
    trial.watch.cancel_at = std::uniform_int_distribution<>(1, 40)(random);
    const int code = trial.run();
    INFO("at reading " << trial.watch.cancel_at << ": " << trial.message);
    CHECK(code == static_cast<int>(base::ExitCode::interrupted));
    CHECK_FALSE(trial.source_is_on());
    CHECK(trial.journal_has(event::safe_state, "calibrator"));
  }
}

TEST_CASE("when the source's own line is cut, the person is told that it may still be on") {
  Trial trial({"calibrator:cut-line@60"});
  const int code = trial.run();
  INFO(trial.message);
  CHECK(code == static_cast<int>(base::ExitCode::instrument));
  CHECK(trial.message.find("A SOURCE MAY STILL BE ON") == 0);
  CHECK(trial.journal_has(event::safe_state_failed, "calibrator"));
}
