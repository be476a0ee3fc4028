// Readings that contradict the set-up stop the source and the run, before they can become errors of the item.
#include <catch2/catch.hpp>

#include "acquisition/runner.h"
#include "acquisition/wiring_check.h"
#include "app/certificate_files.h"
#include "tests/app/bench_in_other_process.h"
#include "tests/app/journal_of_run.h"
#include "tests/app/terminal_program.h"

using namespace etalon;
using namespace etalon::tests;

namespace {

std::vector<std::string> run_arguments(const std::string& procedure, const BenchInOtherProcess& bench,
                                       const std::string& run) {
  return {etalon_program(), "run", procedure, "--bench", bench.real_bench(), "--item", "example-34461a", "--out", run};
}

}  // namespace

TEST_CASE("a short that stays on stops the run at the first reading that cannot be true") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  bench.move_hand("SHORT meter");
  const std::string run = folder / "run.h5";
  auto arguments = run_arguments(write_short_procedure(folder), bench, run);
  arguments.push_back("--yes");
  const Outcome stopped = run_program(arguments);
  INFO(stopped.output);
  CHECK(stopped.exit_code == 3);
  CHECK(stopped.output.find("meter reads ") != std::string::npos);
  CHECK(stopped.output.find("where 0.09 V are expected") != std::string::npos);
  CHECK(highest_output(run) == 0.09);
  CHECK_FALSE(bench.source_is_on());
  CHECK(events_of_kind(run, acquisition::event::wiring_doubted).size() == 1);
  const auto record = acquisition::read_run(run);
  for (const auto& reading : record.readings) {
    if (reading.channel != acquisition::indication_channel) continue;
    const auto& step = record.plan.steps.at(static_cast<std::size_t>(reading.step) - 1);
    CHECK(record.plan.points[static_cast<std::size_t>(step.point)].nominal == 0);  // no reading of 90 mV counts
  }
  // 0 mV was read through the short as well: it is measured again.
  const auto steps = acquisition::remaining_steps(record);
  std::string first_point;
  for (const auto& step : steps) {
    if (step.point >= 0 && first_point.empty())
      first_point = record.plan.points[static_cast<std::size_t>(step.point)].id;
  }
  CHECK(first_point == "100 mV / 0 mV");
}

TEST_CASE("the person is asked again, and the points that nothing proved are measured again") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  bench.move_hand("OPEN meter");
  bench.move_hand("SHORT meter");
  const std::string run = folder / "run.h5";
  TerminalProgram program(run_arguments(write_procedure_of_one_wiring(folder, "10 V", "\"0 V\", \"9 V\""), bench, run));
  const std::string choices = "q: stop here > ";
  REQUIRE(program.shows(choices, 30));
  program.type("\n");  // "done", but it was not
  REQUIRE(program.shows("where 9 V are expected", 60));
  REQUIRE(program.shows(choices, 30, 2));
  bench.move_hand("CONNECT meter calibrator");
  program.type("\n");
  CHECK(program.wait(60) == 0);
  INFO(program.screen());
  const auto record = acquisition::read_run(run);
  CHECK(record.complete());
  const auto results = calibration::evaluate(record);
  REQUIRE(results.points.size() == 2);
  CHECK(results.points[0].attempt == 2);  // 0 V through the short proves nothing
  for (const auto& point : results.points) {
    CHECK(std::abs(point.error.value) < 1e-3);
    CHECK(point.touch == 2);
  }
  REQUIRE(results.points[0].attempts.size() == 2);
  CHECK(results.points[0].attempts[1].cause == acquisition::AttemptCause::wiring_doubted);
  CHECK_FALSE(calibration::repeated_by_choice(results.points[0]));
}

TEST_CASE("the wiring is asked for a bounded number of times") {
  const TemporaryFolder folder;
  const BenchInOtherProcess bench(folder, "60");
  bench.move_hand("SHORT meter");
  const std::string run = folder / "run.h5";
  TerminalProgram program(run_arguments(write_procedure_of_one_wiring(folder, "10 V", "\"9 V\""), bench, run));
  const std::string choices = "q: stop here > ";
  for (int asked = 1; program.shows(choices, 30, asked) && asked < 10; ++asked)
    program.type("\n");
  CHECK(program.wait(30) == 3);
  INFO(program.screen());
  CHECK(program.count(choices) == 4);
  CHECK_FALSE(bench.source_is_on());
}

TEST_CASE("a finished run of an earlier version with impossible readings decides nothing") {
  auto run = acquisition::read_run(std::string(ETALON_SOURCE_DIR) + "/tests/golden/run-version-1.h5");
  CHECK(acquisition::contradictions(run).empty());
  // As it would be had the short stayed on for one point.
  for (auto& reading : run.readings) {
    const auto& step = run.plan.steps.at(static_cast<std::size_t>(reading.step) - 1);
    if (step.point < 0 || reading.channel != acquisition::indication_channel) continue;
    if (run.plan.points[static_cast<std::size_t>(step.point)].id != "10 V / 9 V") continue;
    reading.value = -2e-5;
    reading.reply = "-2.00000000E-05";
  }
  const auto found = acquisition::contradictions(run);
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("10 V / 9 V: meter reads -0.0000200 V where 9 V are expected") != std::string::npos);
  for (const auto& point : calibration::evaluate(run).points) {
    const bool wrong = point.point.id == "10 V / 9 V";
    CHECK(point.contradicts_wiring == wrong);
    if (wrong) CHECK(point.verdict == calibration::Verdict::inconclusive);
  }
  CHECK_THROWS_AS(app::make_certificate_files(run, "", base::Language::en), base::RefusedError);
}
