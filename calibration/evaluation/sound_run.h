// Whether a run file can be evidence at all: what it says twice agrees.
#pragma once

#include "acquisition/run_record.h"

namespace etalon::calibration {

// Error with both places where it contradicts itself (acquisition/run_consistency.h), or where its standards contradict
// its bench or its driver files (standard_on_bench.h). A run that is in no file (a rehearsal) is left alone: its files
// were compared when they were gathered.
void require_sound(const acquisition::RunRecord& run);

}  // namespace etalon::calibration
