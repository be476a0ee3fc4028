#include "app/monitor_display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <limits>

#include "app/shown_number.h"
#include "app/terminal.h"
#include "base/language.h"
#include "base/units.h"
#include "base/visible_text.h"

namespace etalon::app {

using acquisition::ChannelSummary;
using acquisition::JournalEvent;
using acquisition::JournalNews;
using acquisition::JournalReading;
using base::tr;

namespace {

constexpr std::chrono::milliseconds between_drawings{100};

int terminal_height() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 4 ? size.ws_row : 24;
}

}  // namespace

MonitorDisplay::MonitorDisplay(const acquisition::LogPlan& plan, const std::string& title, double start, bool silent)
    : title_(base::visible_line(title)),
      silent_(silent),
      screen_(!silent && is_terminal(STDOUT_FILENO)),
      unicode_(wants_unicode()),
      colours_(!silent && wants_colour(STDOUT_FILENO)),
      summary_(plan) {
  JournalNews beginning;
  beginning.events.push_back({0, 0, 0, "", start, acquisition::event::log_started, "", ""});
  summary_.add(beginning);
  if (!silent_ && !screen_) std::cout << title_ << std::endl;
}

void MonitorDisplay::add(const JournalNews& news) {
  for (const JournalEvent& entry : news.events) {
    if (entry.kind == acquisition::event::fault)
      series_.add(entry.attempt, entry.monotonic, std::numeric_limits<double>::quiet_NaN());
  }
  summary_.add(news);
  for (const JournalReading& reading : news.readings)
    series_.add(reading.attempt, reading.monotonic, reading.value);
  for (const JournalEvent& entry : news.events) {
    if (const auto slots = acquisition::withdrawn_slots(entry)) series_.withdraw(slots->first, slots->last);
  }
  if (silent_) return;
  tell(news);
  if (!screen_ || std::chrono::steady_clock::now() - last_drawn_ < between_drawings) return;
  erase();
  draw();
}

// Readings where there is no screen, and on it what must not be overlooked.
void MonitorDisplay::tell(const JournalNews& news) {
  std::string lines;
  if (!screen_) {
    for (const JournalReading& reading : news.readings) {
      lines += fmt::format("{}  {} {}\n", reading.utc, base::visible_line(reading.reply),
                           unicode_ ? base::display_unit(reading.unit) : reading.unit);
    }
  }
  for (const JournalEvent& entry : news.events) {
    const bool fault = entry.kind == acquisition::event::fault;
    const bool bad = fault || entry.kind == acquisition::event::readings_withdrawn;
    lines +=
        coloured(base::visible_line(fmt::format("{}  {}{}", entry.utc, fault ? entry.subject + ": " : "", entry.text)),
                 bad ? Colour::red : Colour::yellow, colours_) +
        "\n";
  }
  if (lines.empty()) return;
  erase();
  std::cout << lines << std::flush;
  if (screen_) draw();
}

void MonitorDisplay::erase() {
  if (drawn_lines_ > 0) std::cout << fmt::format("\r\x1b[{}A\x1b[J", drawn_lines_);
  drawn_lines_ = 0;
}

std::string MonitorDisplay::statistics_text(bool unicode) const {
  const ChannelSummary& channel = summary();
  const auto& statistics = channel.statistics;
  const std::string unit = unicode ? base::display_unit(channel.channel.unit) : channel.channel.unit;
  std::string text = fmt::format("n {}", statistics.count());
  if (statistics.count() > 0) {
    const double s = statistics.standard_deviation();
    const double digit = channel.channel.resolution;
    text += fmt::format(fmt::runtime(tr("  mean {} {}")), mean_text(statistics.mean(), s, digit), unit);
    if (statistics.count() > 1) text += fmt::format("  s {} {}", two_digits(s), unit);
    text += fmt::format(fmt::runtime(tr("  min {}  max {}")), to_place(statistics.minimum(), digit),
                        to_place(statistics.maximum(), digit));
  }
  if (channel.withdrawn > 0) text += fmt::format(fmt::runtime(tr("  withdrawn {}")), channel.withdrawn);
  if (channel.faults > 0) text += fmt::format(fmt::runtime(tr("  faults {}")), channel.faults);
  if (const auto missed = summary_.missed(channel); missed > 0)
    text += fmt::format(fmt::runtime(tr("  missed {}")), missed);
  return text;
}

void MonitorDisplay::draw() {
  const int width = terminal_width(STDOUT_FILENO) - 1;  // the last column may break the line
  const ChannelSummary& channel = summary();
  std::string value;
  if (!channel.last_fault.empty()) {
    value = coloured(base::visible_line(channel.last_fault), Colour::red, colours_);
  } else if (channel.statistics.count() > 0) {
    value = coloured(base::visible_line(channel.last.reply) + " " +
                         (unicode_ ? base::display_unit(channel.channel.unit) : channel.channel.unit),
                     Colour::bold, colours_);
  }
  PlotStyle style;
  style.width = width;
  style.height = std::clamp(terminal_height() - 9, 3, 16);
  style.unicode = unicode_;
  style.colours = colours_;
  const std::string text = wrapped(title_, width) + "\n" + value + "\n" + wrapped(statistics_text(unicode_), width, 2) +
                           "\n" +
                           plot_text(channel.channel.quantity, channel.channel.unit, series_.sum().points(),
                                     summary_.start_monotonic(), style);
  std::cout << text << std::flush;
  drawn_lines_ = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  last_drawn_ = std::chrono::steady_clock::now();
}

void MonitorDisplay::finish() {
  if (screen_) {
    erase();
    draw();
    drawn_lines_ = 0;
    return;
  }
  (silent_ ? std::cerr : std::cout) << statistics_text(unicode_ && !silent_) << std::endl;
}

}  // namespace etalon::app
