// What a run file holds (docs/run-file.md): plan, exact inputs, and the journal of what happened.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "acquisition/plan.h"

namespace etalon::acquisition {

// Channels of readings. "indication" enters results; "settling" shows that the item had settled, "probe" that the
// wiring is made; others are ambient quantities by name.
inline constexpr const char* indication_channel = "indication";
inline constexpr const char* settling_channel = "settling";
inline constexpr const char* probe_channel = "probe";  // one reading before those that count: is the wiring made?

struct JournalReading {
  std::int64_t sequence = 0;  // order over readings and events, from 1
  int step = 0;               // Step::number
  int attempt = 0;            // from 1
  std::string channel;
  std::string utc;       // ISO 8601
  double monotonic = 0;  // s on the run's clock
  double value = 0;
  std::string unit;
  std::uint32_t flags = 0;  // reading_text_cut, reading_time_of_block
  std::string reply;        // the instrument's own text of the value
};
inline constexpr std::uint32_t reading_text_cut = 1;  // the reply was longer than the table holds
// One of a block whose readings all carry the time at which it arrived: when each was taken is not known.
inline constexpr std::uint32_t reading_time_of_block = 2;

struct JournalEvent {
  std::int64_t sequence = 0;
  int step = 0;  // 0: of the run as a whole
  int attempt = 0;
  std::string utc;
  double monotonic = 0;
  std::string kind;     // namespace event
  std::string subject;  // instrument, channel or person it concerns
  std::string text;
};

struct RunRecord {
  std::string path;
  int version = 0;       // of the run file; 0: it is in none (a rehearsal)
  std::string software;  // "etalon 0.1.0"
  Plan plan;
  std::string plan_json;
  std::map<std::string, std::string>
      inputs;  // "procedure", "bench", "item", "laboratory", "driver/NAME", "standard/NAME"
  std::vector<JournalReading> readings;
  std::vector<JournalEvent> events;

  // The exact text of an input; InputError when the run holds none of that name.
  const std::string& input(const std::string& name) const;
  // Whether what an attempt of a step read was withdrawn.
  bool withdrawn(int step, int attempt) const;
  // The newest attempt of a step that was finished and not withdrawn; 0 when there is none.
  int finished_attempt(int step) const;
  // The highest attempt that was started; 0 when none was.
  int last_attempt(int step) const;
  // Readings of a channel in one attempt of a step, in order; none of an attempt that was withdrawn.
  std::vector<JournalReading> readings_of(int step, int attempt, const std::string& channel) const;
  // True once every step of the plan has a finished attempt.
  bool complete() const;
};

// Kinds of events.
namespace event {
inline constexpr const char* run_started = "run-started";
inline constexpr const char* run_resumed = "run-resumed";
inline constexpr const char* point_repeated = "point-repeated";
inline constexpr const char* run_finished = "run-finished";
inline constexpr const char* run_stopped = "run-stopped";
inline constexpr const char* step_started = "step-started";
inline constexpr const char* step_finished = "step-finished";
inline constexpr const char* identity = "identity";
inline constexpr const char* serial_not_verified = "serial-not-verified";
inline constexpr const char* repeat_reason = "repeat-reason";
inline constexpr const char* run_paused = "run-paused";
inline constexpr const char* prompt_asked = "prompt-asked";
inline constexpr const char* answer_not_taken = "answer-not-taken";
inline constexpr const char* prompt_answered = "prompt-answered";
inline constexpr const char* wiring_doubted = "wiring-doubted";
inline constexpr const char* set = "set";
inline constexpr const char* settled = "settled";  // its text says by what, see settled_by_flag
inline constexpr const char* fault = "fault";
// What an attempt of a step read (of a log: a channel, from the slot in `subject` to the one in `attempt`) is
// withdrawn: the line was found out of step.
inline constexpr const char* readings_withdrawn = "readings-withdrawn";
// Sums of the rows before it (journal_seal.h).
inline constexpr const char* rows_sealed = "rows-sealed";
inline constexpr const char* safe_state = "safe-state";
inline constexpr const char* safe_state_failed = "safe-state-failed";
// Of a log of channels.
inline constexpr const char* log_started = "log-started";
inline constexpr const char* log_finished = "log-finished";
inline constexpr const char* log_stopped = "log-stopped";
inline constexpr const char* slots_missed = "slots-missed";
inline constexpr const char* link_restored = "link-restored";
}  // namespace event

// The text of `settled` begins with it when the source's own flag said so. It is empty in runs of version 1.
inline constexpr const char* settled_by_flag = "flag";

}  // namespace etalon::acquisition
