// Logs channels of a bench to a run file until its plan ends or it is cancelled. Unlike a run it sets nothing: sources
// stay as a person left them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "acquisition/instrument_channels.h"
#include "acquisition/log_plan.h"
#include "acquisition/run_file.h"
#include "base/clock.h"
#include "drivers/bench.h"

namespace etalon::acquisition {

// Told what was logged, after it is in the file: nothing shown can be lost. Called about every 0.1 s, also with no
// news.
class LogProgress {
 public:
  virtual ~LogProgress() = default;
  virtual void journal_grew(const JournalNews& news) = 0;
};

class Logger {
 public:
  // Everything given must outlive it.
  Logger(const LogPlan& plan, const drivers::Bench& bench, const base::Clock& clock,
         const base::Cancellation& cancellation, std::shared_ptr<drivers::Transcript> transcript);
  ~Logger();

  // All instruments side by side. InstrumentError of the first (in the plan's order) that cannot be used.
  void connect();
  // False when it was cancelled before the plan's end; a plan without an end always is. RunFileError when the file
  // cannot be written.
  bool carry_out(RunWriter& writer, LogProgress& progress);
  // Whether the last readings of every instrument were proven: those that were not are withdrawn.
  bool proven_at_the_end() const { return proven_at_the_end_; }

 private:
  void append(RunWriter& writer, LogProgress& progress, JournalNews news);
  JournalEvent note(const std::string& kind, const std::string& subject, const std::string& text) const;
  const LogPlan& plan_;
  const base::Clock& clock_;
  const base::Cancellation& cancellation_;
  base::Cancellation stop_;  // of the threads
  std::vector<std::unique_ptr<InstrumentChannels>> instruments_;
  std::vector<std::string> identities_;
  std::atomic<bool> proven_at_the_end_ = true;
};

}  // namespace etalon::acquisition
