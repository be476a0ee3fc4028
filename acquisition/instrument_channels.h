// The channels of one instrument in a log: reads them one after the other, turns every failure into an event (never
// into a number), and gets a lost link back.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "acquisition/journal_reader.h"
#include "acquisition/log_plan.h"
#include "base/clock.h"
#include "drivers/bench.h"
#include "drivers/instrument.h"
#include "drivers/links/transcript.h"
#include "drivers/meter.h"

namespace etalon::acquisition {

class InstrumentChannels {
 public:
  // Touches nothing yet.
  InstrumentChannels(const LogPlan& plan, const drivers::BenchInstrument& instrument, const base::Clock& clock,
                     std::shared_ptr<drivers::Transcript> transcript, const base::Cancellation& cancellation);

  const std::string& name() const { return entry_.name; }
  const drivers::BenchInstrument& entry() const { return entry_; }
  // Link, identity, start-up and configuration: InstrumentError when one fails. What the instrument is, for the
  // journal.
  std::string connect();
  // Every channel once. After a fault other than overload the link is opened anew, and the instrument is identified and
  // configured before its next reading: it may have been switched off and on, or be out of step. That is tried at the
  // next slot, then after 1 s, 2 s … 30 s (real time, as link time-outs are); slots meanwhile are left out.
  // Readings count once the line was proven to be in step after them: by a question with a known answer now and then;
  // where there is none, by its silence until the next slot and a reply in step after that. What was read since the
  // last proof before a fault, a time-out too, is withdrawn.
  JournalNews read(std::int64_t slot);
  // Proves the last readings, or withdraws them.
  JournalNews finish();
  // Whether the newest readings were withdrawn, and none came since.
  bool newest_withdrawn() const { return newest_withdrawn_; }

 private:
  // Channels that one message reads, in one configuration.
  struct Group {
    std::vector<int> channels;  // numbers, from 1
    std::vector<drivers::Meter> meters;
  };
  void arrange();
  bool ready(std::int64_t slot, JournalNews& news);
  void configure(Group& group);
  void read_group(Group& group, std::int64_t slot, JournalNews& news);
  void read_together(Group& group, std::int64_t slot, JournalNews& news);
  void read_block(int channel, drivers::Meter& meter, std::int64_t slot, JournalNews& news);
  void keep(int channel, const drivers::Reading& reading, std::int64_t slot, JournalNews& news);
  void note(int channel, std::int64_t slot, const std::string& kind, const std::string& subject,
            const std::string& text, JournalNews& news) const;
  void note_fault(const std::vector<int>& channels, std::int64_t slot, const drivers::InstrumentError& fault,
                  JournalNews& news) const;
  void drop_link();
  void read_groups(std::int64_t slot, JournalNews& news);
  void note_proven();
  std::int64_t first_in_doubt() const { return first_silent_ > 0 ? first_silent_ : first_unproven_; }
  bool check_line(std::int64_t slot, JournalNews& news);
  void prove_sometimes();
  void lose(const std::vector<int>& channels, std::int64_t slot, const drivers::InstrumentError& fault,
            JournalNews& news);
  bool proven_in_spite_of(const drivers::InstrumentError& fault);
  void withdraw(const drivers::InstrumentError& fault, JournalNews& news);

  const LogPlan& plan_;
  const drivers::BenchInstrument& entry_;
  const base::Clock& clock_;
  std::shared_ptr<drivers::Transcript> transcript_;
  const base::Cancellation& cancellation_;
  drivers::Values settings_;
  std::unique_ptr<drivers::Instrument> instrument_;  // empty while the link is lost
  // One that cannot say who it is, after a fault: only its line knows which questions have no answer yet.
  std::unique_ptr<drivers::Instrument> in_doubt_;
  // The slots of the readings that are not proven yet; 0: none.
  std::int64_t first_unproven_ = 0, last_read_ = 0;
  // Of those that only the newest silence shows: it may have been that before a late reply. 0: none.
  std::int64_t first_silent_ = 0;
  bool newest_withdrawn_ = false;
  unsigned recoveries_ = 0;  // of the line, at the last proof
  std::chrono::steady_clock::time_point proven_at_;
  std::vector<int> channels_;  // all of them
  std::vector<Group> groups_;
  const Group* configured_ = nullptr;
  std::chrono::steady_clock::time_point lost_at_, next_try_;
  std::chrono::seconds pause_{0};
  std::int64_t lost_in_ = 0;  // the slot of the last fault while it was lost
};

}  // namespace etalon::acquisition
