#include "base/clock.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

namespace etalon::base {

void Cancellation::cancel(const std::string& reason) {
  {
    std::lock_guard lock(mutex_);
    if (cancelled_) return;
    reason_ = reason;
    cancelled_ = true;
  }
  changed_.notify_all();
}

std::string Cancellation::reason() const {
  std::lock_guard lock(mutex_);
  return reason_;
}

void Cancellation::check() const {
  if (cancelled_) throw InterruptedError(reason());
}

void Cancellation::sleep(std::chrono::nanoseconds duration) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, duration, [this] { return cancelled_.load(); });
  if (cancelled_) throw InterruptedError(reason_);
}

namespace {

Seconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Long waits are cut into pieces that fit a duration of nanoseconds.
void sleep_real(double seconds, const Cancellation& cancellation) {
  cancellation.check();
  constexpr double longest = 3600;
  for (; seconds > longest; seconds -= longest)
    cancellation.sleep(std::chrono::hours(1));
  if (seconds > 0) {
    cancellation.sleep(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)));
  }
}

}  // namespace

SystemClock::SystemClock() : start_(std::chrono::steady_clock::now()) {}
Seconds SystemClock::now() const {
  return since(start_);
}
double SystemClock::utc() const {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}
void SystemClock::wait(Seconds seconds, const Cancellation& cancellation) const {
  sleep_real(seconds, cancellation);
}

AcceleratedClock::AcceleratedClock(double speed, double start_utc)
    : speed_(speed), start_utc_(start_utc), start_(std::chrono::steady_clock::now()) {
  if (!(speed > 0) || !std::isfinite(speed)) {
    throw InputError(fmt::format("clock speed {} is not possible; expected a number above 0", speed));
  }
}
Seconds AcceleratedClock::now() const {
  return since(start_) * speed_;
}
void AcceleratedClock::wait(Seconds seconds, const Cancellation& cancellation) const {
  sleep_real(seconds / speed_, cancellation);
}

std::string utc_text(double seconds_since_1970) {
  using namespace std::chrono;
  const auto since_epoch = milliseconds(std::llround(seconds_since_1970 * 1000));
  const sys_time<milliseconds> time(since_epoch);
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<milliseconds> clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

double parse_utc(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  double second = 0;
  int used = 0;
  const int fields =
      std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%lfZ%n", &year, &month, &day, &hour, &minute, &second, &used);
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (fields != 6 || used != static_cast<int>(text.size()) || !date.ok() || hour > 23 || minute > 59 || second < 0 ||
      second >= 61) {
    throw InputError(fmt::format("'{}' is not a time; expected ISO 8601 in UTC such as 2026-06-01T08:00:00Z", text));
  }
  const auto days_since = sys_days(date).time_since_epoch().count();
  return static_cast<double>(days_since) * 86400.0 + hour * 3600.0 + minute * 60.0 + second;
}

}  // namespace etalon::base
