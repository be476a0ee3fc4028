// What a run tells while it goes on: always after it is in the journal, so that nothing shown can be lost.
#pragma once

#include <string>

#include "acquisition/run_record.h"

namespace etalon::acquisition {

class RunProgress {
 public:
  virtual ~RunProgress() = default;
  // `done` and `remaining` are the plan's estimates in s.
  virtual void step_started(const Plan& plan, const Step& step, double done, double remaining) = 0;
  virtual void reading_taken(const Plan& plan, const Step& step, const JournalReading& reading) = 0;
  virtual void event_noted(const JournalEvent& event) = 0;
  // A run is being stopped and this source is about to be made safe, which takes a while when it does not answer. The
  // only call before the journal: a person must not wait for the warning. `was_off`: it was switched off and read back,
  // and not switched on since.
  virtual void making_safe(const std::string& instrument, bool was_off) {
    (void)instrument;
    (void)was_off;
  }
};

}  // namespace etalon::acquisition
