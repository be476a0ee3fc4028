// Time of procedures goes through a clock (design decision 7): waits and settling run on it, so that a simulated bench
// runs the same code many times faster. Link time-outs stay in real time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

#include "base/error.h"

namespace etalon::base {

using Seconds = double;

// The program is to stand still for a while (Ctrl-Z): what goes on ends as after Ctrl-C, and begins anew later.
class PausedError : public InterruptedError {
 public:
  using InterruptedError::InterruptedError;
};

// Asks waiting threads to stop; safe to trigger from a signal-watching thread.
class Cancellation {
 public:
  void cancel(const std::string& reason);
  bool cancelled() const { return cancelled_.load(); }
  std::string reason() const;
  // As cancel(), but with PausedError, and only until go_on(). Nothing once cancelled.
  void pause(const std::string& reason);
  void go_on();
  bool paused() const { return paused_.load(); }
  // InterruptedError with the reason once cancelled, PausedError while paused.
  void check() const;
  // InterruptedError once cancelled, whether paused or not.
  void check_cancelled() const;
  // Sleeps in real time; returns early and throws as check() when cancelled or paused.
  void sleep(std::chrono::nanoseconds duration) const;

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> paused_{false};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::string reason_;
};

class Clock {
 public:
  virtual ~Clock() = default;
  // Seconds on this clock since it was made; never goes back.
  virtual Seconds now() const = 0;
  // Seconds since 1970-01-01T00:00:00Z on this clock.
  virtual double utc() const = 0;
  // Waits `seconds` of this clock; InterruptedError when cancelled meanwhile.
  virtual void wait(Seconds seconds, const Cancellation& cancellation) const = 0;
  // How many of this clock's seconds pass in a real one.
  virtual double speed() const = 0;
};

class SystemClock : public Clock {
 public:
  SystemClock();
  Seconds now() const override;
  double utc() const override;
  void wait(Seconds seconds, const Cancellation& cancellation) const override;
  double speed() const override { return 1; }

 private:
  std::chrono::steady_clock::time_point start_;
};

// Runs `speed` times faster than real time, from a chosen date (seconds since 1970). For simulated benches only.
class AcceleratedClock : public Clock {
 public:
  AcceleratedClock(double speed, double start_utc);
  Seconds now() const override;
  double utc() const override { return start_utc_ + now(); }
  void wait(Seconds seconds, const Cancellation& cancellation) const override;
  double speed() const override { return speed_; }

 private:
  double speed_;
  double start_utc_;
  std::chrono::steady_clock::time_point start_;
};

// "2026-06-01T08:00:00.000Z" (ISO 8601, UTC, years 0000 to 9999) and back; InputError for anything else. On reading,
// the fraction is optional and has up to nine digits.
std::string utc_text(double seconds_since_1970);
double parse_utc(const std::string& text);

}  // namespace etalon::base
