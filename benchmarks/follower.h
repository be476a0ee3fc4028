// Another process that reads a run file while it grows.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "acquisition/run_record.h"

namespace etalon {

// The process: this program again, with the arguments "follow PATH READINGS".
class FollowerProcess {
 public:
  FollowerProcess(const std::string& path, int readings);
  ~FollowerProcess();
  FollowerProcess(const FollowerProcess&) = delete;
  FollowerProcess& operator=(const FollowerProcess&) = delete;

  // Waits until it has the file open; false when it failed.
  bool opened();
  // Waits until it has read all, each one right.
  bool saw_all();

 private:
  bool told();
  int pipe_ = -1;
  pid_t process_ = -1;
};

// What it does: a byte to standard output when the file is open, another when so many readings were there. `right` is
// asked for each, with its number from 1. The exit code.
int follow(const std::string& path, int readings,
           bool (*right)(const acquisition::JournalReading& reading, std::int64_t number));

}  // namespace etalon
