// A log file that another process may be writing: its plan, and what is new in it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "acquisition/journal_reader.h"
#include "acquisition/log_plan.h"

namespace etalon::acquisition {

class SealCheck;

class LogFollower {
 public:
  // InputError when it is no log; RunFileError when it is no run file, damaged, or changed after
  // it was sealed.
  explicit LogFollower(const std::string& path);
  ~LogFollower();

  const LogPlan& plan() const { return plan_; }
  // What came since the last call. A moment in which a file that is being written is not whole is waited out.
  JournalNews read_new();
  bool is_being_written() const { return acquisition::is_being_written(path_); }

 private:
  std::string path_;
  std::optional<JournalReader> reader_;
  JournalPosition position_;
  std::unique_ptr<SealCheck> seal_;
  LogPlan plan_;
};

}  // namespace etalon::acquisition
