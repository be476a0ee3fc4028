#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/language.h"

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

void Cancellation::pause(const std::string& reason) {
  {
    std::lock_guard lock(mutex_);
    if (cancelled_ || paused_) return;
    reason_ = reason;
    paused_ = true;
  }
  changed_.notify_all();
}

void Cancellation::go_on() {
  paused_ = false;
}

std::string Cancellation::reason() const {
  std::lock_guard lock(mutex_);
  return reason_;
}

void Cancellation::check_cancelled() const {
  if (cancelled_) throw InterruptedError(reason());
}

void Cancellation::check() const {
  check_cancelled();
  if (paused_) throw PausedError(reason());
}

void Cancellation::sleep(std::chrono::nanoseconds duration) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, duration, [this] { return cancelled_.load() || paused_.load(); });
  lock.unlock();
  check();
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
    throw InputError(fmt::format(fmt::runtime(tr("clock speed {} is not possible; expected a number above 0")), speed));
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
  // Years 0000 to 9999: what four digits can say.
  if (!(seconds_since_1970 >= -62167219200.0 && seconds_since_1970 < 253402300799.9995)) {
    throw InputError(
        fmt::format(fmt::runtime(tr("{} s since 1970 is not a time of the years 0000 to 9999")), seconds_since_1970));
  }
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
  const auto refuse = [&] {
    return InputError(fmt::format(
        fmt::runtime(tr("'{}' is not a time; expected ISO 8601 in UTC such as 2026-06-01T08:00:00Z")), text));
  };
  // Character by character: sscanf would take blanks, signs, "nan" and hexadecimal too.
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= shape.size() || text.back() != 'Z') throw refuse();
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i]) throw refuse();
  }
  const std::string fraction = text.substr(shape.size(), text.size() - shape.size() - 1);
  const bool fraction_ok = fraction.empty() || (fraction.size() >= 2 && fraction.size() <= 10 && fraction[0] == '.' &&
                                                std::all_of(fraction.begin() + 1, fraction.end(), is_digit));
  if (!fraction_ok) throw refuse();
  const auto field = [&](std::size_t at, std::size_t size) { return std::stoi(text.substr(at, size)); };
  using namespace std::chrono;
  const year_month_day date{year(field(0, 4)), month(static_cast<unsigned>(field(5, 2))),
                            day(static_cast<unsigned>(field(8, 2)))};
  const int hour = field(11, 2);
  const int minute = field(14, 2);
  const int second = field(17, 2);  // 60 in a leap second
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) throw refuse();
  double part = 0;
  for (std::size_t i = fraction.size(); i > 1; --i)
    part = (part + (fraction[i - 1] - '0')) / 10;
  const auto whole =
      duration_cast<seconds>(sys_days(date).time_since_epoch()).count() + hour * 3600 + minute * 60 + second;
  return static_cast<double>(whole) + part;
}

}  // namespace etalon::base
