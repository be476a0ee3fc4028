#include "acquisition/logger.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "acquisition/channel_poller.h"
#include "acquisition/serial_doubt.h"

namespace etalon::acquisition {

namespace {

constexpr std::chrono::milliseconds patience{100};
// Down to the disk so often, in real time: what a loss of power can cost at most.
constexpr std::chrono::seconds between_synchronisations{1};

}  // namespace

Logger::Logger(const LogPlan& plan, const drivers::Bench& bench, const base::Clock& clock,
               const base::Cancellation& cancellation, std::shared_ptr<drivers::Transcript> transcript)
    : plan_(plan), clock_(clock), cancellation_(cancellation) {
  for (const std::string& name : plan.instruments()) {
    instruments_.push_back(
        std::make_unique<InstrumentChannels>(plan, bench.instrument(name), clock, transcript, stop_));
  }
}

Logger::~Logger() = default;

void Logger::connect() {
  std::vector<std::future<std::string>> answers;
  for (const auto& instrument : instruments_)
    answers.push_back(std::async(std::launch::async, [&instrument] { return instrument->connect(); }));
  std::exception_ptr first;
  identities_.clear();
  for (auto& answer : answers) {
    while (answer.wait_for(patience) != std::future_status::ready) {
      if (cancellation_.cancelled()) stop_.cancel(cancellation_.reason());
    }
    try {
      identities_.push_back(answer.get());
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

JournalEvent Logger::note(const std::string& kind, const std::string& subject, const std::string& text) const {
  return {0, 0, 0, base::utc_text(clock_.utc()), clock_.now(), kind, subject, text};
}

void Logger::append(RunWriter& writer, LogProgress& progress, JournalNews news) {
  writer.append(news.readings);
  for (const JournalEvent& entry : news.events)
    writer.append(entry);
  progress.journal_grew(news);
}

bool Logger::carry_out(RunWriter& writer, LogProgress& progress) {
  JournalNews opening;
  opening.events.push_back(
      note(event::log_started, "", fmt::format("every {} s, clock speed {}", plan_.interval, clock_.speed())));
  for (std::size_t i = 0; i < instruments_.size(); ++i) {
    opening.events.push_back(note(event::identity, instruments_[i]->name(), identities_.at(i)));
    if (const auto doubt = serial_doubt(instruments_[i]->entry()))
      opening.events.push_back(note(event::serial_not_verified, instruments_[i]->name(), *doubt));
  }
  append(writer, progress, std::move(opening));
  writer.synchronise();

  std::vector<PolledInstrument> polled;
  for (const auto& instrument : instruments_) {
    polled.push_back({instrument->name(), [&instrument](std::int64_t slot) { return instrument->read(slot); },
                      [this, &instrument] {
                        JournalNews news = instrument->finish();
                        if (instrument->newest_withdrawn()) proven_at_the_end_ = false;
                        return news;
                      }});
  }
  const std::int64_t most = plan_.slots > 0 ? std::min(plan_.slots, most_slots) : most_slots;
  // On any way out the threads end before what they use goes.
  struct StopAtEnd {
    base::Cancellation& stop;
    ~StopAtEnd() { stop.cancel("the log has ended"); }
  };
  std::int64_t slots = 0;
  const auto note_slots = [&](const JournalNews& news) {
    for (const auto& reading : news.readings)
      slots = std::max<std::int64_t>(slots, reading.attempt);
    for (const auto& entry : news.events)
      slots = std::max<std::int64_t>(slots, entry.attempt);
  };
  {
    ChannelPoller poller(std::move(polled), {plan_.interval, most}, clock_, stop_);
    const StopAtEnd stop_at_end{stop_};
    auto synchronised = std::chrono::steady_clock::now();
    while (!poller.finished()) {
      if (cancellation_.cancelled()) stop_.cancel(cancellation_.reason());
      JournalNews news = poller.take(patience);
      note_slots(news);
      append(writer, progress, std::move(news));
      if (std::chrono::steady_clock::now() - synchronised < between_synchronisations) continue;
      writer.synchronise();
      synchronised = std::chrono::steady_clock::now();
    }
  }
  const bool complete = !cancellation_.cancelled();
  JournalNews ending;
  ending.events.push_back(
      note(complete ? event::log_finished : event::log_stopped, "", complete ? "" : cancellation_.reason()));
  ending.events.back().attempt = static_cast<int>(complete ? most : slots);
  append(writer, progress, std::move(ending));
  writer.synchronise();
  return complete;
}

}  // namespace etalon::acquisition
