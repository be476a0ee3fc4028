// Why a point was measured again, as its journal tells it.
#include "acquisition/attempts.h"

#include <catch2/catch.hpp>

#include "tests/acquisition/small_calibration.h"

using namespace etalon::acquisition;
using namespace etalon::acquisition::testing;

namespace {

class Journal {
 public:
  Journal() {
    run_.plan = small_plan();
    for (const Step& step : run_.plan.steps) {
      if (step.kind == StepKind::read && read_ == 0) read_ = step.number;
    }
    note(0, 0, event::run_started, "", "");
  }
  void note(int step, int attempt, const std::string& kind, const std::string& subject, const std::string& text) {
    run_.events.push_back({static_cast<std::int64_t>(run_.events.size()) + 1, step, attempt, "2026-06-02T10:00:00Z", 0,
                           kind, subject, text});
  }
  void begin(int attempt) { note(read_, attempt, event::step_started, "read", ""); }
  void finish(int attempt) { note(read_, attempt, event::step_finished, "read", ""); }
  void withdraw(int attempt) { note(read_, attempt, event::readings_withdrawn, "read", ""); }
  void repeat(const std::string& reason) {
    note(0, 0, event::point_repeated, run_.plan.points.front().id, "");
    note(0, 0, event::repeat_reason, run_.plan.points.front().id, reason);
  }
  std::vector<Attempt> attempts() const { return attempts_of(run_, read_); }

 private:
  RunRecord run_;
  int read_ = 0;
};

}  // namespace

TEST_CASE("after withdrawn readings, the line is the cause") {
  Journal journal;
  journal.begin(1);
  journal.finish(1);
  journal.withdraw(1);
  journal.begin(2);
  journal.finish(2);
  journal.repeat("drifting");
  journal.begin(3);
  journal.withdraw(3);
  journal.begin(4);
  journal.finish(4);
  const auto attempts = journal.attempts();
  REQUIRE(attempts.size() == 4);
  CHECK(to_string(attempts[0].cause) == "first");
  CHECK_FALSE(attempts[0].finished);
  CHECK(to_string(attempts[1].cause) == "line out of step");
  CHECK(attempts[2].cause == AttemptCause::repeated);
  CHECK(attempts[3].cause == AttemptCause::line_out_of_step);
}

TEST_CASE("a repeat that was broken off before its readings is told") {
  Journal journal;
  journal.begin(1);
  journal.finish(1);
  journal.repeat("odd");
  journal.note(0, 0, event::run_stopped, "", "");
  CHECK(journal.attempts().size() == 2);
  journal.repeat("odd again");
  journal.begin(2);
  journal.finish(2);
  const auto attempts = journal.attempts();
  REQUIRE(attempts.size() == 3);
  CHECK(attempts[1].number == 0);
  CHECK(attempts[1].cause == AttemptCause::repeated);
  CHECK(attempts[1].reason == "odd");
  CHECK(attempts[1].day == "2026-06-02");
  CHECK_FALSE(attempts[1].finished);
  CHECK(attempts[2].number == 2);
  CHECK(attempts[2].reason == "odd again");
}
