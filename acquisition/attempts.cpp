#include "acquisition/attempts.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace etalon::acquisition {

std::string to_string(AttemptCause cause) {
  switch (cause) {
    case AttemptCause::first:
      return "first";
    case AttemptCause::interrupted:
      return "interrupted";
    case AttemptCause::line_out_of_step:
      return "line out of step";
    case AttemptCause::wiring_doubted:
      return "wiring doubted";
    case AttemptCause::repeated:
      return "repeated";
  }
  return "";
}

std::vector<Attempt> attempts_of(const RunRecord& run, int step) {
  std::vector<Attempt> attempts;
  const int point = run.plan.steps.at(static_cast<std::size_t>(step) - 1).point;
  const std::string id = point < 0 ? "" : run.plan.points[static_cast<std::size_t>(point)].id;
  std::optional<Attempt> not_begun;  // of a repeat of this point
  const auto note_not_begun = [&] {
    if (not_begun) attempts.push_back(*not_begun);
    not_begun.reset();
  };
  bool repeating = false;
  bool doubted = false;    // since this step last began
  bool withdrawn = false;  // likewise
  std::string reason;
  for (const JournalEvent& e : run.events) {
    if (e.kind == event::run_started || e.kind == event::run_resumed) {
      note_not_begun();
      repeating = false;
    }
    if (e.kind == event::point_repeated) {
      note_not_begun();
      withdrawn = false;
      repeating = true;
      reason = "no reason given";  // also by a version that asked for none
    }
    if (e.kind == event::repeat_reason) reason = e.text;
    if (e.kind == event::point_repeated && e.subject == id) {
      not_begun.emplace();
      not_begun->cause = AttemptCause::repeated;
      not_begun->day = e.utc.substr(0, 10);
    }
    if (not_begun) not_begun->reason = reason;
    if (e.kind == event::wiring_doubted) doubted = true;
    if (e.step != step) continue;
    if (e.kind == event::readings_withdrawn) {
      withdrawn = true;
      for (Attempt& attempt : attempts)
        attempt.finished = attempt.finished && attempt.number != e.attempt;
    }
    if (e.kind == event::step_started) {
      not_begun.reset();
      Attempt attempt;
      attempt.number = e.attempt;
      attempt.day = e.utc.substr(0, 10);
      if (withdrawn) {
        attempt.cause = AttemptCause::line_out_of_step;
      } else if (repeating) {
        attempt.cause = AttemptCause::repeated;
        attempt.reason = reason;
      } else if (!attempts.empty()) {
        attempt.cause = doubted ? AttemptCause::wiring_doubted : AttemptCause::interrupted;
      }
      attempts.push_back(attempt);
      doubted = false;
      withdrawn = false;
    }
    if (e.kind == event::step_finished) {
      for (Attempt& attempt : attempts)
        attempt.finished = attempt.finished || attempt.number == e.attempt;
    }
  }
  note_not_begun();
  return attempts;
}

int touches_before(const RunRecord& run, int step, int attempt) {
  std::int64_t first_reading = std::numeric_limits<std::int64_t>::max();
  for (const JournalReading& reading : run.readings) {
    if (reading.step == step && reading.attempt == attempt) first_reading = std::min(first_reading, reading.sequence);
  }
  return static_cast<int>(std::count_if(run.events.begin(), run.events.end(), [&](const JournalEvent& e) {
    if (e.kind != event::step_finished || e.step < 1 || e.sequence >= first_reading) return false;
    const Step& prompt = run.plan.steps.at(static_cast<std::size_t>(e.step) - 1);
    return prompt.kind == StepKind::prompt && run.plan.wirings[static_cast<std::size_t>(prompt.wiring)].touched;
  }));
}

}  // namespace etalon::acquisition
