// Results as a person reads them on a terminal.
#pragma once

#include <string>

#include "calibration/evaluation/evaluate.h"

namespace etalon::app {

// The table of errors with U, limits and verdicts, then the curves.
std::string results_text(const calibration::Results& results, bool colours);

// How many points pass, fail, …: "31 pass, 2 inconclusive".
std::string verdict_counts(const calibration::Results& results);

// Said of a run whose file seals nothing; else empty.
std::string unsealed_note(const acquisition::RunRecord& run);

}  // namespace etalon::app
