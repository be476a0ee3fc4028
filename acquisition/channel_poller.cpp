#include "acquisition/channel_poller.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <utility>

#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

ChannelPoller::ChannelPoller(std::vector<PolledInstrument> instruments, const PollGrid& grid, const base::Clock& clock,
                             const base::Cancellation& cancellation)
    : grid_(grid),
      clock_(clock),
      cancellation_(cancellation),
      start_(clock.now()),
      running_(instruments.size()),
      instruments_(std::move(instruments)) {
  for (const PolledInstrument& instrument : instruments_)
    threads_.emplace_back([this, &instrument] { poll(instrument); });
}

ChannelPoller::~ChannelPoller() {
  for (std::thread& thread : threads_)
    thread.join();
}

JournalNews ChannelPoller::take(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto something = [this] {
    return !waiting_.readings.empty() || !waiting_.events.empty() || failure_ || running_ == 0;
  };
  something_came_.wait_for(lock, patience, something);
  if (failure_ && waiting_.readings.empty() && waiting_.events.empty())
    std::rethrow_exception(std::exchange(failure_, nullptr));
  return std::exchange(waiting_, {});
}

bool ChannelPoller::finished() const {
  const std::lock_guard lock(mutex_);
  return running_ == 0 && !failure_ && waiting_.readings.empty() && waiting_.events.empty();
}

void ChannelPoller::put(JournalNews news) {
  if (news.readings.empty() && news.events.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    std::move(news.readings.begin(), news.readings.end(), std::back_inserter(waiting_.readings));
    std::move(news.events.begin(), news.events.end(), std::back_inserter(waiting_.events));
  }
  something_came_.notify_one();
}

std::int64_t ChannelPoller::wait_for_slot(const PolledInstrument& instrument, std::int64_t slot) {
  const auto due = [&](std::int64_t k) { return start_ + static_cast<double>(k - 1) * grid_.interval; };
  std::int64_t next = slot;
  const double late = clock_.now() - due(slot);
  if (late > 0.5 * grid_.interval) next += static_cast<std::int64_t>(std::ceil(late / grid_.interval - 0.5));
  if (grid_.slots > 0) next = std::min(next, grid_.slots + 1);
  if (next > slot) {
    const std::string text =
        next == slot + 1 ? fmt::format(fmt::runtime(tr("slot {} was missed: the instrument was still busy")), slot)
                         : fmt::format(fmt::runtime(tr("slots {} to {} were missed: the instrument was still busy")),
                                       slot, next - 1);
    JournalNews news;
    news.events.push_back({0, 0, static_cast<int>(next - 1), base::utc_text(clock_.utc()), clock_.now(),
                           event::slots_missed, instrument.name, text});
    put(std::move(news));
  }
  if (grid_.slots > 0 && next > grid_.slots) return next;
  clock_.wait(due(next) - clock_.now(), cancellation_);
  return next;
}

void ChannelPoller::poll(const PolledInstrument& instrument) {
  std::exception_ptr failure;
  try {
    for (std::int64_t slot = 1; grid_.slots == 0 || slot <= grid_.slots; ++slot) {
      slot = wait_for_slot(instrument, slot);
      if (grid_.slots > 0 && slot > grid_.slots) break;
      put(instrument.read(slot));
    }
  } catch (const base::InterruptedError&) {
    // the end of a log without an end of its own
  } catch (...) {
    failure = std::current_exception();
  }
  try {
    if (instrument.finish && !failure) put(instrument.finish());
  } catch (...) {
    failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    if (failure && !failure_) failure_ = failure;
    --running_;
  }
  something_came_.notify_one();
}

}  // namespace etalon::acquisition
