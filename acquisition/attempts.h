// What the journal says of how a point came to its readings: each try, why there was another, and how often the leads
// had been touched before.
#pragma once

#include <string>
#include <vector>

#include "acquisition/run_record.h"

namespace etalon::acquisition {

enum class AttemptCause {
  first,
  interrupted,       // the one before was broken off, or the run was, and it was gone on with
  line_out_of_step,  // what the one before read was withdrawn
  wiring_doubted,    // a reading contradicted the wiring, which was made again
  repeated,          // by choice: `etalon repeat`
};
std::string to_string(AttemptCause cause);  // "first", "interrupted", "line out of step", "wiring doubted", "repeated"

struct Attempt {
  int number = 0;  // from 1; 0: a repeat that was broken off before this step began
  AttemptCause cause = AttemptCause::first;
  bool finished = false;
  std::string day;     // YYYY-MM-DD (UTC) on which it began
  std::string reason;  // why a point was repeated, as it was given; else empty
};
// Of one reading step, in order.
std::vector<Attempt> attempts_of(const RunRecord& run, int step);

// How many prompts of wirings that touch the leads had been answered when this attempt of a step took its first
// reading: readings with one such count share their thermal EMF, others do not.
int touches_before(const RunRecord& run, int step, int attempt);

}  // namespace etalon::acquisition
