// Runs that are killed, interrupted, or meet a fault: nothing acknowledged is lost, the source ends up off, and what
// remains can be done later.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "acquisition/run_file.h"
#include "app/certificate_files.h"
#include "tests/app/bench_in_other_process.h"

using namespace etalon;
using namespace etalon::tests;

namespace {

constexpr const char* speed = "600";

std::vector<std::string> run_arguments(const std::string& bench, const std::string& run) {
  return {etalon_program(), "run",   "multimeter-dc-voltage",
          "--bench",        bench,   "--item",
          "example-34461a", "--out", run,
          "--speed",        speed,   "--verbose"};
}

// "reading UTC step N attempt N channel text unit" lines as they were shown.
std::vector<std::string> acknowledged(const std::string& log) {
  std::vector<std::string> lines;
  std::istringstream stream(log);
  for (std::string line; std::getline(stream, line);) {
    // A line counts once it is whole: a kill may cut the last one.
    if (line.rfind("reading ", 0) == 0 && !stream.eof()) lines.push_back(line);
  }
  return lines;
}

std::set<std::string> lines_in_file(const acquisition::RunRecord& record) {
  std::set<std::string> lines;
  for (const auto& r : record.readings) {
    lines.insert("reading " + r.utc + " step " + std::to_string(r.step) + " attempt " + std::to_string(r.attempt) +
                 " " + r.channel + " " + r.reply + " " + r.unit);
  }
  return lines;
}

// A run file as it would be had nothing interrupted it: the readings that count, as first attempts, in the order in
// which they were taken; and each answer to a prompt, for it touched the leads.
acquisition::RunRecord as_uninterrupted(const acquisition::RunRecord& record, const std::string& path) {
  const auto counts = [&](int step, int attempt) { return attempt == record.finished_attempt(step); };
  const auto is_prompt = [&](int step) {
    return record.plan.steps.at(static_cast<std::size_t>(step) - 1).kind == acquisition::StepKind::prompt;
  };
  {
    auto writer = acquisition::RunWriter::create(path, record.plan_json, record.inputs, record.software);
    auto reading = record.readings.begin();
    for (auto event : record.events) {
      for (; reading != record.readings.end() && reading->sequence < event.sequence; ++reading) {
        if (!counts(reading->step, reading->attempt)) continue;
        auto kept = *reading;
        kept.attempt = 1;
        writer.append(kept);
      }
      if (event.step == 0) continue;
      const bool answered = event.kind == acquisition::event::step_finished && is_prompt(event.step);
      if (!answered && !counts(event.step, event.attempt)) continue;
      event.attempt = 1;
      writer.append(event);
    }
  }
  return acquisition::read_run(path);
}

bool has_event(const acquisition::RunRecord& record, const std::string& kind, const std::string& subject) {
  for (const auto& event : record.events) {
    if (event.kind == kind && event.subject == subject) return true;
  }
  return false;
}

}  // namespace

namespace {

// Lines shown must be in the file.
void check_nothing_lost(const std::vector<std::string>& shown, const acquisition::RunRecord& record) {
  const auto in_file = lines_in_file(record);
  for (const std::string& line : shown) {
    INFO(line);
    CHECK(in_file.count(line) == 1);
  }
}

// Starts or goes on with a run and kills it at a random moment; its lines are added to `shown`. False when it had ended
// by then.
bool run_and_kill(const std::string& bench, const std::string& run, int moment_ms, const std::string& log,
                  std::vector<std::string>& shown) {
  BackgroundProgram program(std::filesystem::exists(run)
                                ? std::vector<std::string>{etalon_program(), "resume", run, "--verbose"}
                                : run_arguments(bench, run),
                            log);
  // Not before the run file is there; then any moment.
  for (int i = 0; i < 400 && program.running() && !std::filesystem::exists(run); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(moment_ms));
  const bool killed = program.running();
  program.signal(SIGKILL);
  program.wait(10);
  const auto lines = acknowledged(read_text(log));
  shown.insert(shown.end(), lines.begin(), lines.end());
  return killed;
}

}  // namespace

TEST_CASE("kill -9 at ten random moments loses nothing, and the certificate is that of an uninterrupted run") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, speed);
  std::mt19937 random(20260601);
  std::uniform_int_distribution<> moment(30, 2000);
  int kills = 0;
  // A run that ends before its moment is followed by another.
  for (int number = 0; kills < 10; ++number) {
    REQUIRE(number < 10);
    const std::string run = folder / ("run" + std::to_string(number) + ".h5");
    std::vector<std::string> shown;
    for (int part = 0; kills < 10; ++part) {
      const std::string log = run + "." + std::to_string(part) + ".log";
      if (!run_and_kill(bench.bench(), run, moment(random), log, shown)) break;
      ++kills;
      INFO(read_text(log).substr(0, 400));
      check_nothing_lost(shown, acquisition::read_run(run));
    }
    const Outcome end = etalon::tests::etalon({"resume", run});
    INFO(end.output);
    REQUIRE(end.exit_code == 0);
    CHECK_FALSE(bench.source_is_on());
    const auto record = acquisition::read_run(run);
    REQUIRE(record.complete());
    check_nothing_lost(shown, record);
    WARN(shown.size() << " readings were shown before the kills; the file holds " << record.readings.size());

    const auto resumed = app::make_certificate_files(record, "", base::Language::en);
    const auto whole = app::make_certificate_files(as_uninterrupted(record, run + ".whole.h5"), "", base::Language::en);
    CHECK(resumed.dcc == whole.dcc);
    CHECK(resumed.pdf == whole.pdf);
  }
  CHECK(kills == 10);
}

TEST_CASE("Ctrl-C leaves the source off, read back, and says so in the journal") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, speed);
  const std::string run = folder / "run.h5";
  const std::string log = folder / "run.log";
  BackgroundProgram program(run_arguments(bench.bench(), run), log);
  // When readings of the calibrator's output are coming.
  for (int i = 0; i < 2000 && read_text(log).find(" set calibrator ") == std::string::npos; ++i) {
    REQUIRE(program.running());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  program.signal(SIGINT);
  CHECK(program.wait(20) == 130);
  CHECK_FALSE(bench.source_is_on());
  const auto record = acquisition::read_run(run);
  CHECK(has_event(record, acquisition::event::safe_state, "calibrator"));
  CHECK(has_event(record, acquisition::event::run_stopped, ""));
  const Outcome end = etalon::tests::etalon({"resume", run});
  INFO(end.output);
  CHECK(end.exit_code == 0);
}

TEST_CASE("a run that another process is writing cannot be resumed beside it") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, speed);
  const std::string run = folder / "run.h5";
  BackgroundProgram program(run_arguments(bench.bench(), run), folder / "run.log");
  for (int i = 0; i < 2000 && read_text(folder / "run.log").find("reading ") == std::string::npos; ++i) {
    REQUIRE(program.running());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const Outcome second = etalon::tests::etalon({"resume", run});
  INFO(second.output);
  CHECK(second.exit_code == 2);
  CHECK(second.output.find("another process") != std::string::npos);
  // Reading it meanwhile is fine.
  CHECK_FALSE(acquisition::read_run(run).readings.empty());
  CHECK(program.wait(60) == 0);
}

namespace {

struct NamedFault {
  std::string fault;  // as --fault takes it
  std::string name;   // of the error
  std::string instrument;
};

}  // namespace

TEST_CASE("every fault ends the run with its name, instrument and address; resume finishes it") {
  const NamedFault faults[] = {
      {"meter:late-reply=7@70", "time-out", "meter"},
      {"meter:no-reply@70", "time-out", "meter"},
      {"meter:empty-reply@70", "empty reply", "meter"},
      {"meter:truncated-reply@70", "truncated reply", "meter"},
      {"meter:cut-reply@70", "truncated reply", "meter"},
      {"meter:text-reply@70", "not a number", "meter"},
      {"meter:overload@70", "overload", "meter"},
      {"meter:wrong-identity@1+", "wrong instrument", "meter"},
      {"meter:wrong-serial@1+", "wrong instrument", "meter"},
      {"meter:cut-line@70", "link lost", "meter"},
      {"calibrator:standby@60+", "output not in operation", "calibrator"},
      {"calibrator:wrong-serial@1+", "wrong instrument", "calibrator"},
      {"ambient:text-reply@20", "unexpected reply", "ambient"},
  };
  for (const NamedFault& fault : faults) {
    const TemporaryFolder folder;
    const std::string run = folder / "run.h5";
    const Outcome stopped =
        etalon::tests::etalon({"run", "multimeter-dc-voltage", "--bench", "demo", "--item", "example-34461a", "--out",
                               run, "--speed", "2500", "--fault", fault.fault});
    INFO(fault.fault << "\n" << stopped.output);
    CHECK(stopped.exit_code == 3);
    CHECK(stopped.output.find("etalon: " + fault.instrument + " at ") != std::string::npos);
    CHECK(stopped.output.find(": " + fault.name + ": ") != std::string::npos);
    CHECK(stopped.output.find("sent \"") != std::string::npos);
    CHECK(stopped.output.find("received \"") != std::string::npos);
    const Outcome end = etalon::tests::etalon({"resume", run});
    INFO(end.output);
    CHECK(end.exit_code == 0);
    const Outcome evaluated = etalon::tests::etalon({"evaluate", run});
    CHECK(evaluated.exit_code == 0);
  }
}

TEST_CASE("a point can be measured again, also at other addresses; both attempts are kept") {
  const TemporaryFolder folder;
  const std::string run = folder / "run.h5";
  {
    const BenchInOtherProcess bench(folder, speed);
    const Outcome whole = run_program(run_arguments(bench.bench(), run));
    INFO(whole.output);
    REQUIRE(whole.exit_code == 0);
  }
  const std::size_t before = acquisition::read_run(run).readings.size();
  // The old addresses are gone: a clear error, and nothing is lost.
  const Outcome gone = etalon::tests::etalon({"repeat", run, "10 V / 5 V"});
  INFO(gone.output);
  CHECK(gone.exit_code == 3);
  CHECK(acquisition::read_run(run).readings.size() == before);

  const TemporaryFolder second;
  const BenchInOtherProcess bench(second, speed);
  const Outcome unknown = etalon::tests::etalon({"repeat", run, "10 V / 6 V", "--bench", bench.bench()});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.output.find("10 V / 5 V") != std::string::npos);  // the points there are
  const Outcome again = etalon::tests::etalon({"repeat", run, "10 V / 5 V", "--bench", bench.bench()});
  INFO(again.output);
  REQUIRE(again.exit_code == 0);
  const auto record = acquisition::read_run(run);
  CHECK(record.readings.size() > before);
  const auto results = calibration::evaluate(record);
  for (const auto& point : results.points)
    CHECK(point.attempt == (point.point.id == "10 V / 5 V" ? 2 : 1));
}
