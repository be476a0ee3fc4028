// What a log holds, channel by channel, as it grows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "acquisition/channel_statistics.h"
#include "acquisition/journal_reader.h"
#include "acquisition/log_plan.h"
#include "acquisition/withdrawable.h"

namespace etalon::acquisition {

struct ChannelSummary {
  LogChannel channel;
  ChannelStatistics statistics;  // over the time in s since the log began, without what was withdrawn
  JournalReading last;           // sequence 0 … when there is none yet, `count()` is 0
  std::int64_t withdrawn = 0;    // readings
  std::int64_t faults = 0;
  std::string last_fault;       // its name; empty after a reading that was right
  std::int64_t slots_seen = 0;  // slots with readings or a fault
  int last_slot = 0;
};

// The slots whose readings of a channel an event withdraws; nothing when it is another event.
struct WithdrawnSlots {
  int channel = 0;  // from 1
  int first = 0, last = 0;
};
std::optional<WithdrawnSlots> withdrawn_slots(const JournalEvent& event);

class LogSummary {
 public:
  explicit LogSummary(const LogPlan& plan);

  void add(const JournalNews& news);

  const std::vector<ChannelSummary>& channels() const { return channels_; }
  // Slots that the log has come to.
  std::int64_t slots() const { return slots_; }
  // Slots without a reading and without a fault: the instrument was busy, or away.
  std::int64_t missed(const ChannelSummary& channel) const { return slots_ - channel.slots_seen; }
  bool started() const { return started_; }
  double start_monotonic() const { return start_monotonic_; }
  const std::string& start_utc() const { return start_utc_; }
  // log-finished or log-stopped, with its text; empty while the log goes on, or when its writer was killed.
  const std::string& end() const { return end_; }
  const std::string& end_reason() const { return end_reason_; }

 private:
  void note_slot(ChannelSummary& channel, int slot);
  std::vector<ChannelSummary> channels_;
  std::vector<Withdrawable<ChannelStatistics>> statistics_;  // of each channel
  std::vector<std::vector<bool>> seen_;                      // of each channel: slots with readings or a fault
  std::int64_t slots_ = 0;
  bool started_ = false;
  double start_monotonic_ = 0;
  std::string start_utc_, end_, end_reason_;
};

}  // namespace etalon::acquisition
