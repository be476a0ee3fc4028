// What a run file states in two places is compared (docs/run-file.md): a file in which one of them was changed is no
// evidence.
#pragma once

#include "acquisition/run_record.h"

namespace etalon::acquisition {

// RunFileError names both places:
// - /plan, and the plan made again from /inputs;
// - "simulated" of /plan, [simulation] of /inputs/bench, and /inputs/simulation;
// - serial numbers and models in /inputs, and who answered in the journal;
// - what was set according to the journal, and the point's value;
// - a reading's value and unit, and the instrument's own text beside it.
void require_consistent(const RunRecord& record);

}  // namespace etalon::acquisition
