// Carries out a plan: the instruments are proven, each step's readings and events go to the journal, and on every way
// out (end, error, Ctrl-C, lost link) each source is brought to its safe state and read back (design decision 6).
#pragma once

#include <memory>
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

// The steps that remain, in order. A run that was interrupted goes on at its first step without a finished record: the
// instruments are identified again, the wiring is asked for again, and the point is set and settled again.
std::vector<Step> remaining_steps(const RunRecord& record);
// The steps that measure one point again (a new attempt beside the old). InputError for an unknown point id.
std::vector<Step> steps_to_repeat(const RunRecord& record, const std::string& point_id);

// Throws what stopped it, after the sources were made safe: InstrumentError, RefusedError (environment out of limits),
// InterruptedError, RunFileError. When a source could not be made safe the message begins with that.
// `opening` is the kind of event it begins with: run_started, run_resumed or point_repeated.
void carry_out(const RunRecord& record, const std::vector<Step>& steps, const drivers::Bench& bench, RunWriter& writer,
               const RunSurroundings& surroundings, const std::string& opening);

}  // namespace etalon::acquisition
