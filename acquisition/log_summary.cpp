#include "acquisition/log_summary.h"

#include <algorithm>

namespace etalon::acquisition {

LogSummary::LogSummary(const LogPlan& plan) {
  for (const LogChannel& channel : plan.channels) {
    ChannelSummary summary;
    summary.channel = channel;
    channels_.push_back(summary);
  }
}

void LogSummary::note_slot(ChannelSummary& channel, int slot) {
  if (slot != channel.last_slot) ++channel.slots_seen;
  channel.last_slot = slot;
  slots_ = std::max<std::int64_t>(slots_, slot);
}

void LogSummary::add(const JournalNews& news) {
  const auto number_is_known = [this](int number) {
    return number >= 1 && number <= static_cast<int>(channels_.size());
  };
  for (const JournalEvent& entry : news.events) {
    if (entry.kind == event::log_started) {
      started_ = true;
      start_monotonic_ = entry.monotonic;
      start_utc_ = entry.utc;
    } else if (entry.kind == event::log_finished || entry.kind == event::log_stopped) {
      end_ = entry.kind;
      end_reason_ = entry.text;
      slots_ = std::max<std::int64_t>(slots_, entry.attempt);
    } else if (entry.kind == event::fault && number_is_known(entry.step)) {
      ChannelSummary& channel = channels_[static_cast<std::size_t>(entry.step) - 1];
      ++channel.faults;
      channel.last_fault = entry.subject;
      note_slot(channel, entry.attempt);
    }
  }
  for (const JournalReading& reading : news.readings) {
    if (!number_is_known(reading.step)) continue;
    ChannelSummary& channel = channels_[static_cast<std::size_t>(reading.step) - 1];
    channel.statistics.add(reading.monotonic - start_monotonic_, reading.value);
    channel.last = reading;
    if (reading.attempt >= channel.last_slot) channel.last_fault.clear();
    note_slot(channel, reading.attempt);
  }
}

}  // namespace etalon::acquisition
