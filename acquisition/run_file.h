// The run file: HDF5, written so that a reader can watch it grow (SWMR) and a crash at any moment leaves every row that
// was appended (docs/run-file.md).
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "acquisition/run_file_error.h"
#include "acquisition/run_record.h"

namespace etalon::acquisition {

// Also while it is being written, and after a crash. RunFileError when it is no run file or damaged, InputError when it
// is a log of channels.
RunRecord read_run(const std::string& path);

class RunWriter {
 public:
  // A new run; InputError when the file exists.
  static RunWriter create(const std::string& path, const std::string& plan_json,
                          const std::map<std::string, std::string>& inputs, const std::string& software);
  // To go on with a run: the file is rewritten beside the old one and put in its place, so that a crash even in this
  // moment loses nothing. InputError when another process is writing it.
  static RunWriter reopen(const std::string& path);
  ~RunWriter();
  RunWriter(RunWriter&&) noexcept;

  // The row is in the file (of the operating system) when this returns: kill -9 cannot lose it any more. The sequence
  // number is given here. RunFileError when it cannot be written (disk full).
  void append(const JournalReading& reading);
  // The same for many at once, numbered in their order, at a small part of the cost. Refused as a whole when there is
  // no room for all.
  void append(std::span<const JournalReading> readings);
  void append(JournalEvent event);
  // Down to the disk, against loss of power.
  void synchronise();

  const std::string& path() const;
  // The last monotonic time and UTC (s since 1970) in the file when it was opened; 0 when it was new.
  double last_monotonic() const;
  double last_utc() const;

 private:
  struct State;
  explicit RunWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace etalon::acquisition
