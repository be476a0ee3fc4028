// Carries out a plan: the instruments are proven, each step's readings and events go to the journal, and on every way
// out (end, error, Ctrl-C, lost link) each source is brought to its safe state and read back (design decision 6).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "acquisition/operator.h"
#include "acquisition/run_file.h"
#include "acquisition/run_progress.h"
#include "base/clock.h"
#include "drivers/bench.h"
#include "drivers/links/transcript.h"

namespace etalon::acquisition {

struct RunSurroundings {
  const base::Clock& clock;
  const base::Cancellation& cancellation;
  Operator& person;
  RunProgress& progress;
  std::shared_ptr<drivers::Transcript> transcript;  // may be empty
};

// How a part of a run begins: the kind of event (run_started, run_resumed or point_repeated), and why a point is
// repeated.
struct Opening {
  Opening(const char* kind) : kind(kind) {}  // NOLINT: most have no reason
  Opening(const std::string& kind, const std::string& reason) : kind(kind), reason(reason) {}
  std::string kind;
  std::string reason = "no reason given";
};

// The steps that remain, in order. A run that was interrupted goes on at its first step without a finished record: the
// instruments are identified again, the wiring is asked for again, and the point is set and settled again.
std::vector<Step> remaining_steps(const RunRecord& record);
// The steps that make a wiring, from the switching off of the sources: prompt and wait; one that only goes on with an
// earlier wiring ("the connection stays as it is") begins with that one's.
std::vector<Step> steps_to_wire(const Plan& plan, int wiring);
// Where to begin again among `steps` when a reading at `at` contradicted the wiring: a point that a missing lead would
// not show counts only when a later one of its wiring showed that it was there.
std::size_t first_doubtful(const Plan& plan, const std::vector<Step>& steps, std::size_t at);
// The steps that measure one point again (a new attempt beside the old). InputError for an unknown point id.
std::vector<Step> steps_to_repeat(const RunRecord& record, const std::string& point_id);

// Throws what stopped it, after the sources were made safe: InstrumentError, RefusedError (environment out of limits),
// InterruptedError, PausedError, RunFileError. When a source could not be made safe the message begins with that. A
// reading that contradicts the wiring (wiring_check.h) switches the sources off, and the person is asked for the wiring
// again, three times for a point; where nobody can look it is the fault contradicts_wiring.
void carry_out(const RunRecord& record, const std::vector<Step>& steps, const drivers::Bench& bench, RunWriter& writer,
               const RunSurroundings& surroundings, const Opening& opening);

}  // namespace etalon::acquisition
