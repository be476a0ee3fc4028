// Reads a run file, also while it grows and after a crash: what is new since the last look.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "acquisition/run_record.h"

namespace etalon::acquisition {

// Rows of the two tables that were read.
struct JournalPosition {
  std::uint64_t readings = 0;
  std::uint64_t events = 0;
};

// What came since the last look, each table in its order. An event that says "finished" never comes without the
// readings before it.
struct JournalNews {
  std::vector<JournalReading> readings;
  std::vector<JournalEvent> events;
};

class JournalReader {
 public:
  // InputError when there is no such file; RunFileError when it is no run file, or damaged. `from` is where an earlier
  // reader of the same file stood.
  explicit JournalReader(const std::string& path, const JournalPosition& from = {});

  ~JournalReader();
  JournalReader(JournalReader&&) noexcept;

  int version() const;
  const std::string& software() const;
  const std::string& plan_json() const;
  std::map<std::string, std::string> inputs() const;

  // A row that is just being written, or an event whose seal (journal_seal.h) is, is left for the next look.
  // RunFileError: damaged, or (while the file is being written) met in a moment in which it is not whole: then a new
  // reader from `position()` sees more.
  JournalNews read_new();
  const JournalPosition& position() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Sequence numbers count over both tables. Up to the last event none is missing: an event is only written when what
// came before it is in the file. RunFileError when one is, or stands twice.
void require_no_gap(const std::string& path, const std::vector<JournalReading>& readings,
                    const std::vector<JournalEvent>& events);

// Whether a process holds the file for writing.
bool is_being_written(const std::string& path);

}  // namespace etalon::acquisition
