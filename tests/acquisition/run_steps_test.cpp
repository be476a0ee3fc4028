// What remains of a run, whatever moment it was interrupted at.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "acquisition/runner.h"
#include "base/error.h"
#include "tests/acquisition/small_calibration.h"

using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;

namespace {

JournalEvent event_of(const Step& step, int attempt, const char* kind) {
  return {0, step.number, attempt, "", 0, kind, step_name(step.kind), ""};
}

RunRecord record_with(const Plan& plan, std::size_t finished, bool next_started) {
  RunRecord record;
  record.plan = plan;
  for (std::size_t i = 0; i < finished; ++i) {
    record.events.push_back(event_of(plan.steps[i], 1, event::step_started));
    record.events.push_back(event_of(plan.steps[i], 1, event::step_finished));
  }
  if (next_started) record.events.push_back(event_of(plan.steps[finished], 1, event::step_started));
  return record;
}

}  // namespace

TEST_CASE("a run that was not begun, and one that is complete") {
  const Plan plan = small_plan();
  CHECK(remaining_steps(record_with(plan, 0, false)).size() == plan.steps.size());
  const RunRecord complete = record_with(plan, plan.steps.size(), false);
  CHECK(complete.complete());
  CHECK(remaining_steps(complete).empty());
}

TEST_CASE("after every possible interruption the rest is prepared, whole, and nothing stands twice") {
  const Plan plan = small_plan();
  for (std::size_t finished = 0; finished < plan.steps.size(); ++finished) {
    for (const bool started : {false, true}) {
      const RunRecord record = record_with(plan, finished, started);
      CHECK_FALSE(record.complete());
      const std::vector<Step> rest = remaining_steps(record);
      INFO("interrupted at step " << finished + 1);
      std::set<int> numbers;
      for (const Step& step : rest)
        numbers.insert(step.number);
      CHECK(numbers.size() == rest.size());
      for (std::size_t i = finished; i < plan.steps.size(); ++i)
        CHECK(numbers.count(plan.steps[i].number));  // no unfinished step is left out
      REQUIRE_FALSE(rest.empty());
      CHECK(rest.front().kind == StepKind::identify);
      CHECK(rest.back().number == plan.steps.back().number);
      CHECK(rest.back().kind == StepKind::make_safe);

      // In the order of the plan, and before each point: the prompt of its wiring, and of a wiring that touched the
      // leads.
      int last = 0;
      int prompted = -1;
      bool touched = false;
      bool waited = false;
      std::set<StepKind> of_point;
      for (const Step& step : rest) {
        CHECK(step.number > last);
        last = step.number;
        if (step.kind == StepKind::prompt) {
          prompted = step.wiring;
          touched = touched || plan.wirings[static_cast<std::size_t>(step.wiring)].touched;
        }
        if (step.kind == StepKind::wait) waited = true;
        if (step.point < 0) continue;
        CHECK(prompted == step.wiring);
        CHECK(touched);
        CHECK(waited);
        // Each point from its start: configured, set, settled, then read.
        if (step.kind == StepKind::configure) of_point.clear();
        of_point.insert(step.kind);
        const bool shorted = plan.points[static_cast<std::size_t>(step.point)].shorted;
        if (step.kind == StepKind::read) {
          CHECK(of_point.count(StepKind::configure));
          CHECK((shorted || of_point.count(StepKind::apply)));
          CHECK(of_point.count(StepKind::settle));
          CHECK(of_point.count(StepKind::environment));
        }
      }
      // Nothing that is done is done again but the interrupted point: finished points stay.
      const Step& first = plan.steps[finished];
      for (const Step& step : rest) {
        if (step.point >= 0 && step.number < first.number) CHECK(step.point == first.point);
      }
    }
  }
}

TEST_CASE("an interrupted resumption goes on where the first run stopped") {
  const Plan plan = small_plan();
  for (std::size_t finished = 1; finished < plan.steps.size(); ++finished) {
    RunRecord record = record_with(plan, finished, true);
    const std::vector<Step> second = remaining_steps(record);
    // The second session is interrupted before it reaches anything new.
    for (const Step& step : second) {
      if (step.number > static_cast<int>(finished)) break;
      record.events.push_back(event_of(step, record.last_attempt(step.number) + 1, event::step_started));
      record.events.push_back(event_of(step, record.last_attempt(step.number), event::step_finished));
    }
    const std::vector<Step> third = remaining_steps(record);
    REQUIRE(third.size() == second.size());
    for (std::size_t i = 0; i < third.size(); ++i)
      CHECK(third[i].number == second[i].number);
  }
}

TEST_CASE("a point is repeated with its preparation, and leaves the source off") {
  const Plan plan = small_plan();
  const RunRecord record = record_with(plan, plan.steps.size(), false);
  for (std::size_t p = 0; p < plan.points.size(); ++p) {
    const Point& point = plan.points[p];
    const std::vector<Step> steps = steps_to_repeat(record, point.id);
    INFO(point.id);
    CHECK(steps.front().kind == StepKind::identify);
    CHECK(steps.back().kind == StepKind::make_safe);
    std::set<int> numbers;
    bool connected = false;
    int of_point = 0;
    for (const Step& step : steps) {
      numbers.insert(step.number);
      if (step.kind == StepKind::prompt)
        connected = connected || plan.wirings[static_cast<std::size_t>(step.wiring)].touched;
      if (step.point >= 0) {
        CHECK(step.point == static_cast<int>(p));
        CHECK(connected);
        ++of_point;
      }
    }
    CHECK(numbers.size() == steps.size());
    CHECK(of_point == (point.shorted ? 4 : 5));
  }
  CHECK_THROWS_WITH(steps_to_repeat(record, "10 V / 7 V"),
                    Catch::Contains("10 V / 7 V") && Catch::Contains("10 V / -10 V"));
}

TEST_CASE("attempts: the newest finished one counts, the highest started one is known") {
  const Plan plan = small_plan();
  RunRecord record = record_with(plan, 3, true);
  CHECK(record.finished_attempt(3) == 1);
  CHECK(record.finished_attempt(4) == 0);
  CHECK(record.last_attempt(4) == 1);
  CHECK(record.last_attempt(5) == 0);
  record.events.push_back(event_of(plan.steps[2], 2, event::step_started));
  CHECK(record.finished_attempt(3) == 1);  // the second one was not finished
  CHECK(record.last_attempt(3) == 2);
  record.readings = {{1, 3, 1, "indication", "", 0, 1.5, "V", 0, "1.5"},
                     {2, 3, 2, "indication", "", 0, 2.5, "V", 0, "2.5"},
                     {3, 3, 1, "settling", "", 0, 3.5, "V", 0, "3.5"}};
  REQUIRE(record.readings_of(3, 1, "indication").size() == 1);
  CHECK(record.readings_of(3, 1, "indication")[0].value == 1.5);
}

TEST_CASE("an attempt whose readings were withdrawn is not finished, and nobody sees them") {
  const Plan plan = small_plan();
  RunRecord record = record_with(plan, plan.steps.size(), false);
  REQUIRE(record.complete());
  const auto read =
      std::find_if(plan.steps.begin(), plan.steps.end(), [](const Step& step) { return step.kind == StepKind::read; });
  record.readings = {{1, read->number, 1, "indication", "", 0, 1.5, "V", 0, "1.5"}};
  record.events.push_back(event_of(*read, 1, event::readings_withdrawn));
  CHECK(record.finished_attempt(read->number) == 0);
  CHECK(record.last_attempt(read->number) == 1);
  CHECK(record.readings_of(read->number, 1, "indication").empty());
  CHECK_FALSE(record.complete());
  const auto remaining = remaining_steps(record);
  CHECK(std::any_of(remaining.begin(), remaining.end(), [&](const Step& step) { return step.number == read->number; }));
  // Taken again, only the new attempt counts.
  record.events.push_back(event_of(*read, 2, event::step_finished));
  record.readings.push_back({2, read->number, 2, "indication", "", 0, 2.5, "V", 0, "2.5"});
  CHECK(record.finished_attempt(read->number) == 2);
  CHECK(record.readings_of(read->number, 2, "indication").size() == 1);
}
