#include "acquisition/instrument_channels.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "acquisition/block_times.h"
#include "acquisition/serial_doubt.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;
using drivers::Fault;
using drivers::Instrument;
using drivers::InstrumentError;
using drivers::Meter;

namespace {

constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::seconds longest_pause{30};
// Readings that follow each other without a pause are proven so often, in real time: what a stray line can cost.
constexpr std::chrono::seconds between_proofs{2};
// Where only a pause can show it, which costs slots.
constexpr std::chrono::seconds between_pauses{30};

// Whether the instrument itself is in doubt after a fault, not only this one value.
bool leaves_doubt(Fault fault) {
  return fault != Fault::overload && fault != Fault::no_result && fault != Fault::out_of_range;
}

// Nothing has to be sent or waited for before such a quantity is read, so one message can bring several.
bool can_share_message(const LogChannel& channel, const drivers::Measure& measure) {
  return channel.block == 0 && measure.configure.empty() && measure.ranges.empty() && measure.wait_for.empty();
}

}  // namespace

InstrumentChannels::InstrumentChannels(const LogPlan& plan, const drivers::BenchInstrument& instrument,
                                       const base::Clock& clock, std::shared_ptr<drivers::Transcript> transcript,
                                       const base::Cancellation& cancellation)
    : plan_(plan), entry_(instrument), clock_(clock), transcript_(std::move(transcript)), cancellation_(cancellation) {
  for (std::size_t i = 0; i < plan.channels.size(); ++i) {
    if (plan.channels[i].instrument == entry_.name) channels_.push_back(static_cast<int>(i) + 1);
  }
  if (const auto found = plan.settings.find(entry_.name); found != plan.settings.end()) settings_ = found->second;
}

std::string InstrumentChannels::connect() {
  if (in_doubt_) {
    instrument_ = std::move(in_doubt_);
    instrument_->take_up_again();
    instrument_->confirm();
  } else {
    instrument_ = std::make_unique<Instrument>(entry_, transcript_, &cancellation_);
  }
  const drivers::Identity identity = instrument_->identify();
  instrument_->start_up();
  arrange();
  // Every configuration once, so that one that is refused shows before the log begins.
  for (Group& group : groups_)
    configure(group);
  recoveries_ = instrument_->recoveries();
  proven_at_ = std::chrono::steady_clock::now();
  return fmt::format("{} {} {} {} at {}", identity.maker, identity.model, identity.serial, identity.firmware,
                     entry_.address);
}

void InstrumentChannels::arrange() {
  groups_.clear();
  configured_ = nullptr;
  for (const int number : channels_) {
    const LogChannel& channel = plan_.channels[static_cast<std::size_t>(number) - 1];
    Meter meter(*instrument_, channel.quantity);
    const auto same_message = [&](const Group& group) {
      const drivers::Measure& first = group.meters.front().measure();
      const LogChannel& other = plan_.channels[static_cast<std::size_t>(group.channels.front()) - 1];
      return can_share_message(other, first) && can_share_message(channel, meter.measure()) &&
             first.read.send.text() == meter.measure().read.send.text();
    };
    auto group = std::find_if(groups_.begin(), groups_.end(), same_message);
    if (group == groups_.end()) group = groups_.insert(groups_.end(), Group{});
    group->channels.push_back(number);
    group->meters.push_back(meter);
  }
}

void InstrumentChannels::configure(Group& group) {
  if (configured_ == &group) return;
  configured_ = nullptr;
  for (std::size_t i = 0; i < group.meters.size(); ++i)
    group.meters[i].configure(plan_.channels[static_cast<std::size_t>(group.channels[i]) - 1].range, settings_);
  configured_ = &group;
}

void InstrumentChannels::drop_link() {
  if (instrument_ && entry_.driver.identity.queries.empty()) in_doubt_ = std::move(instrument_);
  instrument_.reset();
  groups_.clear();
  configured_ = nullptr;
}

// Whether the instrument can be read in this slot.
bool InstrumentChannels::ready(std::int64_t slot, JournalNews& news) {
  if (instrument_) return true;
  if (std::chrono::steady_clock::now() < next_try_) return false;
  try {
    const std::string identity = connect();
    const double away = std::chrono::duration<double>(std::chrono::steady_clock::now() - lost_at_).count();
    std::string text = fmt::format(fmt::runtime(tr("{}: it answers again after {:.1f} s")), entry_.name, away);
    if (slot > lost_in_ + 1)
      text += fmt::format(fmt::runtime(tr("; slots {} to {} are missing")), lost_in_ + 1, slot - 1);
    note(0, slot, event::link_restored, entry_.name, text + ": " + identity, news);
    if (const auto doubt = serial_doubt(entry_)) note(0, slot, event::serial_not_verified, entry_.name, *doubt, news);
    return true;
  } catch (const InstrumentError& fault) {
    drop_link();
    note_fault(channels_, slot, fault, news);
    pause_ = std::clamp(2 * pause_, first_pause, longest_pause);
    next_try_ = std::chrono::steady_clock::now() + pause_;
    lost_in_ = slot;
    return false;
  }
}

JournalNews InstrumentChannels::read(std::int64_t slot) {
  JournalNews news;
  // A line that is found out of step is put in step again, and read in the same slot.
  if (ready(slot, news) && (check_line(slot, news) || ready(slot, news))) read_groups(slot, news);
  return news;
}

JournalNews InstrumentChannels::finish() {
  JournalNews news;
  if (!instrument_ || first_in_doubt() == 0) return news;
  try {
    instrument_->confirm_at_the_end(nullptr);  // also after Ctrl-C
    first_unproven_ = first_silent_ = 0;
  } catch (const InstrumentError& fault) {
    lose(channels_, last_read_, fault, news);
  }
  return news;
}

// A late reply comes with the next question at the latest, and what is then left over shows after that one: so the
// newest silence shows nothing yet where there is no answer that is known.
void InstrumentChannels::note_proven() {
  first_silent_ = instrument_->has_known_answer() ? 0 : first_unproven_;
  first_unproven_ = 0;
  recoveries_ = instrument_->recoveries();
  proven_at_ = std::chrono::steady_clock::now();
}

// Whether the line is as it was left.
bool InstrumentChannels::check_line(std::int64_t slot, JournalNews& news) {
  try {
    if (instrument_->confirmed_by_silence()) note_proven();
    return true;
  } catch (const InstrumentError& fault) {
    lose(channels_, slot, fault, news);
    return false;
  }
}

void InstrumentChannels::prove_sometimes() {
  const auto now = std::chrono::steady_clock::now();
  const bool due = instrument_->has_known_answer() ? now - proven_at_ > between_proofs || instrument_->came_early()
                                                   : now - proven_at_ > between_pauses;
  if (!due) return;
  instrument_->confirm();
  note_proven();
}

void InstrumentChannels::read_groups(std::int64_t slot, JournalNews& news) {
  const std::size_t count = groups_.size();
  for (std::size_t g = 0; g < count; ++g) {
    std::vector<int> channels = groups_[g].channels;
    try {
      configure(groups_[g]);
      const std::size_t before = news.readings.size();
      read_group(groups_[g], slot, news);
      if (news.readings.size() > before) {
        if (first_unproven_ == 0) first_unproven_ = slot;
        newest_withdrawn_ = false;
      }
      last_read_ = slot;
      if (g + 1 == count) prove_sometimes();
    } catch (const InstrumentError& fault) {
      if (!leaves_doubt(fault.fault())) {
        note_fault(channels, slot, fault, news);
        continue;
      }
      // The other channels have no reading in this slot for the same reason.
      for (std::size_t later = g + 1; later < count; ++later)
        channels.insert(channels.end(), groups_[later].channels.begin(), groups_[later].channels.end());
      return lose(channels, slot, fault, news);
    }
  }
}

void InstrumentChannels::lose(const std::vector<int>& channels, std::int64_t slot, const InstrumentError& fault,
                              JournalNews& news) {
  if (!proven_in_spite_of(fault)) withdraw(fault, news);
  first_unproven_ = first_silent_ = 0;
  note_fault(channels, slot, fault, news);
  drop_link();
  lost_at_ = std::chrono::steady_clock::now();
  lost_in_ = slot;
  pause_ = std::chrono::seconds{0};  // the first try is at once
  next_try_ = lost_at_;
}

void InstrumentChannels::withdraw(const InstrumentError& fault, JournalNews& news) {
  const std::int64_t first = first_in_doubt();
  if (first == 0) return;
  newest_withdrawn_ = true;
  for (const int channel : channels_)
    note(channel, last_read_, event::readings_withdrawn, std::to_string(first),
         fmt::format(fmt::runtime(tr("slots {} to {} are no readings: {}")), first, last_read_, fault.what()), news);
}

// A fault of the instrument's own casts no doubt on the readings before it where a question shows that the line is in
// step. After one of the line (a time-out, too: a line of its own may have come before it fell silent) nothing does.
bool InstrumentChannels::proven_in_spite_of(const InstrumentError& fault) {
  if (first_in_doubt() == 0) return true;
  if (fault.fault() == Fault::unsolicited_input || instrument_->tainted()) return false;
  if (instrument_->recoveries() != recoveries_) return false;  // tainted, and in step again since
  try {
    instrument_->confirm();
    return true;
  } catch (const InstrumentError&) {
    return false;
  }
}

void InstrumentChannels::read_group(Group& group, std::int64_t slot, JournalNews& news) {
  if (group.meters.size() > 1) return read_together(group, slot, news);
  if (plan_.channels[static_cast<std::size_t>(group.channels.front()) - 1].block > 0)
    return read_block(group.channels.front(), group.meters.front(), slot, news);
  keep(group.channels.front(), group.meters.front().read(), slot, news);
}

// One message, several places of its reply.
void InstrumentChannels::read_together(Group& group, std::int64_t slot, JournalNews& news) {
  drivers::Values values;
  for (const auto& [name, setting] : entry_.driver.settings)
    values[name] = setting.standard;
  for (const auto& [name, value] : settings_)
    values[name] = value;
  const drivers::Values reply = group.meters.front().read_together(group.meters, values);
  JournalNews together;  // a strange reply brings nothing, not even the values before the strange one
  for (std::size_t i = 0; i < group.meters.size(); ++i) {
    try {
      keep(group.channels[i], group.meters[i].reading_in(reply), slot, together);
    } catch (const InstrumentError& fault) {
      // Of this one value only; the others of the same reply stand.
      if (leaves_doubt(fault.fault())) throw;
      note_fault({group.channels[i]}, slot, fault, together);
    }
  }
  std::move(together.readings.begin(), together.readings.end(), std::back_inserter(news.readings));
  std::move(together.events.begin(), together.events.end(), std::back_inserter(news.events));
}

// All readings of a block, or none.
void InstrumentChannels::read_block(int channel, Meter& meter, std::int64_t slot, JournalNews& news) {
  const LogChannel& plan = plan_.channels[static_cast<std::size_t>(channel) - 1];
  const double asked = clock_.now();
  const std::vector<drivers::Reading> readings = meter.read_many(plan.block);
  const BlockTimes times = block_times(asked, clock_.now(), plan.block, meter.measure().read_many->time_each,
                                       block_patience * clock_.speed());
  const double utc_of_clock = clock_.utc() - clock_.now();
  news.readings.reserve(news.readings.size() + readings.size());
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const double at = times.of(static_cast<int>(i));
    news.readings.push_back({0, channel, static_cast<int>(slot), plan.name, base::utc_text(utc_of_clock + at), at,
                             readings[i].value, readings[i].unit, times.known ? 0 : reading_time_of_block,
                             readings[i].text});
  }
}

void InstrumentChannels::keep(int channel, const drivers::Reading& reading, std::int64_t slot, JournalNews& news) {
  news.readings.push_back({0, channel, static_cast<int>(slot),
                           plan_.channels[static_cast<std::size_t>(channel) - 1].name, base::utc_text(clock_.utc()),
                           clock_.now(), reading.value, reading.unit, 0, reading.text});
}

void InstrumentChannels::note(int channel, std::int64_t slot, const std::string& kind, const std::string& subject,
                              const std::string& text, JournalNews& news) const {
  news.events.push_back(
      {0, channel, static_cast<int>(slot), base::utc_text(clock_.utc()), clock_.now(), kind, subject, text});
}

void InstrumentChannels::note_fault(const std::vector<int>& channels, std::int64_t slot, const InstrumentError& fault,
                                    JournalNews& news) const {
  for (const int channel : channels)
    note(channel, slot, event::fault, drivers::fault_name(fault.fault()), fault.what(), news);
}

}  // namespace etalon::acquisition
