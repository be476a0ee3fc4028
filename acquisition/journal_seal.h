// The seal of a run file: SHA-256 sums that the journal's own rows state, so that a later change of an input, of the
// plan or of an earlier row shows. No key is needed, and so none protects against somebody who makes the whole file
// anew; what they protect against is any change of a part of it.
//
// They stand in events of their own kind, rows-sealed: one directly after the file's first event, which states the sums
// of software, plan and inputs, and one directly after every event that ends or begins a part (a step is finished; a
// run begins, stops, goes on, ends). Each states the sum of all rows before it. Its text has the form of sha256sum, a
// line each: "SUM  NAME". An event that a seal must follow counts only with it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acquisition/journal_tables.h"
#include "base/sha256.h"

namespace etalon::acquisition {

// Of rows in the order of their sequence numbers, those of one number in the order of their table.
class RowChain {
 public:
  void add(const ReadingRow& row);
  void add(const EventRow& row);
  std::string sum() const { return digest_.text(); }

 private:
  base::Sha256 digest_;
};

// Name ("/plan", "/inputs/bench", "software") to sum.
using Sums = std::map<std::string, std::string>;
Sums sums_of(const std::string& software, const std::string& plan_json,
             const std::map<std::string, std::string>& inputs);

// Whether a seal follows directly. `first`: it is the file's first event.
bool seal_follows(const JournalEvent& event, bool first);
// The seal that follows `event`, whose rows are the last of `chain`.
JournalEvent seal_after(const JournalEvent& event, bool first, Sums sums, const RowChain& chain);

// Follows a journal from its first row.
class SealCheck {
 public:
  // `version` is the file's: before the first sealed one nothing is sealed, and nothing may be.
  SealCheck(std::string path, int version, Sums sums);

  // What came since the last look (all that came: JournalReader). RunFileError names what is not as it was sealed.
  void look(const std::vector<JournalReading>& readings, const std::vector<JournalEvent>& events);

 private:
  void add_pending();
  void check(const JournalEvent& event);
  void check_seal(const JournalEvent& seal, bool with_inputs);
  void check_inputs(const Sums& stated) const;

  std::string path_;
  int version_;
  Sums sums_;
  RowChain chain_;
  std::deque<ReadingRow> pending_;        // it is not known yet which event follows them
  std::optional<JournalEvent> unsealed_;  // its seal must come next
  bool any_event_ = false;
  std::int64_t last_good_ = 0;  // the last row whose seal agreed
};

}  // namespace etalon::acquisition
