// Reads several instruments side by side on one grid of times: each has a thread of its own, so that a slow or dead one
// holds up nobody else, and slot k begins at (k - 1) times the interval after the start, however long earlier ones
// took.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "acquisition/journal_reader.h"
#include "base/clock.h"

namespace etalon::acquisition {

struct PolledInstrument {
  std::string name;
  // What came of a slot (from 1): readings, faults as events. Called in the instrument's thread. Throws when the log
  // cannot go on, and InterruptedError.
  std::function<JournalNews(std::int64_t slot)> read;
  // After the last slot, or when it was cancelled; may be empty.
  std::function<JournalNews()> finish = {};
};

struct PollGrid {
  double interval = 1;     // s of the clock
  std::int64_t slots = 0;  // 0: until cancelled
};

class ChannelPoller {
 public:
  // Begins at once. Clock and cancellation must outlive it. A slot that cannot begin within half an interval of its
  // time is left out, and an event says so.
  ChannelPoller(std::vector<PolledInstrument> instruments, const PollGrid& grid, const base::Clock& clock,
                const base::Cancellation& cancellation);
  // Waits for the threads: cancel first, unless the grid ends by itself.
  ~ChannelPoller();
  ChannelPoller(const ChannelPoller&) = delete;
  ChannelPoller& operator=(const ChannelPoller&) = delete;

  // Everything that came since the last call; waits at most `patience` (real time) for something. What a thread threw
  // is thrown here, after what came before it was taken.
  JournalNews take(std::chrono::milliseconds patience);
  // No thread is running and everything was taken.
  bool finished() const;

 private:
  void poll(const PolledInstrument& instrument);
  // The slot to read next, at or after `slot`, once its time has come; notes the ones that are left out.
  std::int64_t wait_for_slot(const PolledInstrument& instrument, std::int64_t slot);
  void put(JournalNews news);

  const PollGrid grid_;
  const base::Clock& clock_;
  const base::Cancellation& cancellation_;
  double start_ = 0;  // on the clock
  mutable std::mutex mutex_;
  std::condition_variable something_came_;
  JournalNews waiting_;
  std::exception_ptr failure_;
  std::size_t running_ = 0;
  std::vector<PolledInstrument> instruments_;
  std::vector<std::thread> threads_;
};

}  // namespace etalon::acquisition
