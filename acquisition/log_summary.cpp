#include "acquisition/log_summary.h"

#include <algorithm>
#include <charconv>

namespace etalon::acquisition {

std::optional<WithdrawnSlots> withdrawn_slots(const JournalEvent& event) {
  if (event.kind != event::readings_withdrawn) return std::nullopt;
  WithdrawnSlots slots{event.step, 0, event.attempt};
  const char* end = event.subject.data() + event.subject.size();
  const auto read = std::from_chars(event.subject.data(), end, slots.first);
  if (read.ec != std::errc() || read.ptr != end) slots.first = slots.last;
  return slots;
}

LogSummary::LogSummary(const LogPlan& plan) : statistics_(plan.channels.size()), seen_(plan.channels.size()) {
  for (const LogChannel& channel : plan.channels) {
    ChannelSummary summary;
    summary.channel = channel;
    channels_.push_back(summary);
  }
}

void LogSummary::note_slot(ChannelSummary& channel, int slot) {
  // In one look at a whole file faults and readings of a slot are far apart.
  std::vector<bool>& seen = seen_[static_cast<std::size_t>(&channel - channels_.data())];
  const auto at = static_cast<std::size_t>(std::clamp<std::int64_t>(slot, 0, most_slots));
  if (seen.size() <= at) seen.resize(at + 1);
  if (!seen[at]) ++channel.slots_seen;
  seen[at] = true;
  channel.last_slot = std::max(channel.last_slot, slot);
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
    auto& statistics = statistics_[static_cast<std::size_t>(reading.step) - 1];
    statistics.add(reading.attempt, reading.monotonic - start_monotonic_, reading.value);
    channel.statistics = statistics.sum();
    channel.last = reading;
    if (reading.attempt >= channel.last_slot) channel.last_fault.clear();
    note_slot(channel, reading.attempt);
  }
  // A slot is never read again once its readings were withdrawn, so the order within the news does not matter.
  for (const JournalEvent& entry : news.events) {
    const auto slots = withdrawn_slots(entry);
    if (!slots || !number_is_known(slots->channel)) continue;
    const auto index = static_cast<std::size_t>(slots->channel) - 1;
    const std::int64_t before = statistics_[index].sum().count();
    statistics_[index].withdraw(slots->first, slots->last);
    channels_[index].statistics = statistics_[index].sum();
    channels_[index].withdrawn += before - channels_[index].statistics.count();
    // A reading that was withdrawn ends no fault.
    for (const JournalEvent& fault : news.events) {
      if (fault.kind == event::fault && fault.step == entry.step && fault.attempt == slots->last &&
          slots->last == channels_[index].last_slot)
        channels_[index].last_fault = fault.subject;
    }
  }
}

}  // namespace etalon::acquisition
