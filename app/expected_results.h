// What a plan's points will be measured with, before they are: a person sees a slip of a prefix here.
#pragma once

#include <string>
#include <vector>

#include "app/run_session.h"
#include "calibration/evaluation/evaluate.h"

namespace etalon::app {

// Of a rehearsal: InputError when an uncertainty cannot be meant, larger than the range or a hundred times the limit.
void require_believable(const calibration::Results& rehearsed);

// A line for each point: the standard's correction (what it truly puts out, less its setting), U at least, the limit.
// Then what could not be compared.
std::string expected_results_text(const RunInputs& inputs, const calibration::Results& rehearsed);

}  // namespace etalon::app
