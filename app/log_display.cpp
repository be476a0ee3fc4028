#include "app/log_display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>

#include "app/progress_display.h"
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

constexpr std::chrono::milliseconds between_drawings{200};
constexpr std::chrono::seconds between_lines{10};

std::string shown_unit(const std::string& unit, bool unicode) {
  return unicode ? base::display_unit(unit) : unit;
}

// The first columns of a text that may be too long for the line.
std::string fitted(const std::string& text, int width) {
  if (display_width(text) <= width) return text;
  std::string part;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t next = at + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0u) == 0x80u)
      ++next;
    const std::string character = text.substr(at, next - at);
    if (display_width(part + character) > width) break;
    part += character;
    at = next;
  }
  return part;
}

int terminal_height() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 4 ? size.ws_row : 24;
}

int longest_name(const acquisition::LogPlan& plan) {
  int width = 0;
  for (const auto& channel : plan.channels)
    width = std::max(width, display_width(channel.name));
  return width;
}

}  // namespace

LogDisplay::LogDisplay(const acquisition::LogPlan& plan, const std::string& path, double speed, bool verbose, bool live)
    : plan_(plan),
      path_(path),
      speed_(speed),
      verbose_(verbose),
      live_(live),
      screen_(live && !verbose && is_terminal(STDOUT_FILENO)),
      unicode_(wants_unicode()),
      colours_(wants_colour(STDOUT_FILENO)),
      summary_(plan),
      series_(plan.channels.size()),
      told_(plan.channels.size()) {}

LogDisplay::~LogDisplay() {
  finish();
}

void LogDisplay::finish() {
  for (; drawn_lines_ > 0; --drawn_lines_)
    std::cout << "\x1b[1A\x1b[2K";
  std::cout << std::flush;
}

void LogDisplay::journal_grew(const JournalNews& news) {
  if (live_) tell(news);
  const auto gap = std::numeric_limits<double>::quiet_NaN();  // the plot leaves it out, and joins nothing over it
  for (const JournalEvent& entry : news.events) {
    if (entry.kind == acquisition::event::fault && entry.step >= 1 && entry.step <= static_cast<int>(series_.size()))
      series_[static_cast<std::size_t>(entry.step) - 1].add(entry.attempt, entry.monotonic, gap);
  }
  summary_.add(news);
  for (const JournalReading& reading : news.readings) {
    if (reading.step >= 1 && reading.step <= static_cast<int>(series_.size()))
      series_[static_cast<std::size_t>(reading.step) - 1].add(reading.attempt, reading.monotonic, reading.value);
  }
  for (const JournalEvent& entry : news.events) {
    const auto slots = acquisition::withdrawn_slots(entry);
    if (slots && slots->channel >= 1 && slots->channel <= static_cast<int>(series_.size()))
      series_[static_cast<std::size_t>(slots->channel) - 1].withdraw(slots->first, slots->last);
  }
  if (!live_ || verbose_) return;
  const auto now = std::chrono::steady_clock::now();
  if (screen_) {
    if (now - last_drawn_ < between_drawings) return;
    draw();
  } else {
    if (now - last_drawn_ < between_lines) return;
    if (last_drawn_ != std::chrono::steady_clock::time_point{}) std::cout << progress_text() << std::endl;
  }
  last_drawn_ = now;
}

// Events as lines that stay, readings too when every one is wanted.
void LogDisplay::tell(const JournalNews& news) {
  namespace kind = acquisition::event;
  std::vector<std::string> lines;
  if (verbose_) {
    for (const JournalReading& reading : news.readings) {
      lines.push_back(base::visible_line(fmt::format("reading {} slot {} {} {} {}", reading.utc, reading.attempt,
                                                     reading.channel, reading.reply, reading.unit)));
    }
  }
  for (const JournalReading& reading : news.readings) {
    if (reading.step >= 1 && reading.step <= static_cast<int>(told_.size()))
      told_[static_cast<std::size_t>(reading.step) - 1].clear();
  }
  std::string former;
  for (const JournalEvent& entry : news.events) {
    if (verbose_) {
      lines.push_back(base::visible_line(fmt::format("{} {} {} {}", entry.utc, entry.kind, entry.subject, entry.text)));
      continue;
    }
    // A fault that goes on is told once.
    if (entry.kind == kind::fault && entry.step >= 1 && entry.step <= static_cast<int>(told_.size())) {
      std::string& told = told_[static_cast<std::size_t>(entry.step) - 1];
      const bool known = told == entry.subject || former == entry.text;
      told = former = entry.subject;
      former = entry.text;
      if (!known) lines.push_back(coloured(base::visible_line(entry.text), Colour::red, colours_));
    } else if (entry.kind == kind::readings_withdrawn) {
      if (entry.text != former) lines.push_back(coloured(base::visible_line(entry.text), Colour::red, colours_));
      former = entry.text;
    } else if (entry.kind == kind::link_restored) {
      lines.push_back(coloured(base::visible_line(entry.text), Colour::green, colours_));
    } else if (entry.kind == kind::slots_missed) {
      lines.push_back(coloured(base::visible_line(entry.subject + ": " + entry.text), Colour::yellow, colours_));
    }
  }
  if (lines.empty()) return;
  finish();
  for (const std::string& line : lines)
    std::cout << line << "\n";
  std::cout << std::flush;
  if (screen_) draw();
}

std::string LogDisplay::progress_text() const {
  std::string text =
      plan_.slots > 0
          ? fmt::format(fmt::runtime(tr("slot {} of {}, {} left")), summary_.slots(), plan_.slots,
                        duration_text(static_cast<double>(plan_.slots - summary_.slots()) * plan_.interval / speed_))
          : fmt::format(fmt::runtime(tr("slot {}, until Ctrl-C")), summary_.slots());
  std::int64_t faults = 0;
  for (const ChannelSummary& channel : summary_.channels())
    faults += channel.faults;
  if (faults > 0) text += fmt::format(fmt::runtime(tr(", {} faults")), faults);
  std::int64_t withdrawn = 0;
  for (const ChannelSummary& channel : summary_.channels())
    withdrawn += channel.withdrawn;
  if (withdrawn > 0) text += fmt::format(fmt::runtime(tr(", {} readings withdrawn")), withdrawn);
  return text + "  " + path_;
}

void LogDisplay::draw() {
  const int width = terminal_width(STDOUT_FILENO) - 1;  // the last column may break the line
  const int name_width = longest_name(plan_);
  const auto most = static_cast<std::size_t>(std::max(1, terminal_height() - 3));
  std::vector<std::string> lines;
  for (const ChannelSummary& channel : summary_.channels()) {
    if (lines.size() >= most) break;
    std::string line = padded_right(channel.channel.name, name_width) + "  ";
    const bool any = channel.statistics.count() > 0;
    line += padded_left(any ? to_place(channel.last.value, channel.channel.resolution) : "-", 14) + " " +
            padded_right(shown_unit(channel.channel.unit, unicode_), 4);
    line += fmt::format("  n {}", channel.statistics.count());
    if (channel.statistics.count() > 1) line += "  s " + two_digits(channel.statistics.standard_deviation());
    const bool ill = !channel.last_fault.empty();
    if (ill) line += "  " + base::visible_line(channel.last_fault);
    lines.push_back(coloured(fitted(line, width), ill ? Colour::red : Colour::none, colours_));
  }
  lines.push_back(coloured(fitted(progress_text(), width), Colour::dim, colours_));
  std::string text;
  for (int i = 0; i < drawn_lines_; ++i)
    text += "\x1b[1A";
  for (const std::string& line : lines)
    text += "\r\x1b[2K" + line + "\n";
  drawn_lines_ = static_cast<int>(lines.size());
  std::cout << text << std::flush;
}

std::string LogDisplay::table(bool unicode, bool colours, int width) const {
  using Row = std::vector<TableCell>;
  const std::vector<std::string> headings{tr("channel"), tr("unit"),    tr("n"),         tr("mean"),   tr("std. dev."),
                                          tr("minimum"), tr("maximum"), tr("drift / h"), tr("faults"), tr("missed")};
  std::vector<Row> rows;
  for (const ChannelSummary& channel : summary_.channels()) {
    const auto& statistics = channel.statistics;
    const double digit = channel.channel.resolution;
    Row row{{channel.channel.name}, {shown_unit(channel.channel.unit, unicode)}, {std::to_string(statistics.count())}};
    const bool any = statistics.count() > 0;
    const bool several = statistics.count() > 1;
    row.push_back({any ? mean_text(statistics.mean(), statistics.standard_deviation(), digit) : "-"});
    row.push_back({several ? two_digits(statistics.standard_deviation()) : "-"});
    row.push_back({any ? to_place(statistics.minimum(), digit) : "-"});
    row.push_back({any ? to_place(statistics.maximum(), digit) : "-"});
    row.push_back({several ? two_digits(3600 * statistics.slope()) : "-"});
    row.push_back({std::to_string(channel.faults), channel.faults > 0 ? Colour::red : Colour::none});
    const auto missed = summary_.missed(channel);
    row.push_back({std::to_string(missed), missed > 0 ? Colour::yellow : Colour::none});
    rows.push_back(row);
  }
  const std::vector<bool> right{false, false, true, true, true, true, true, true, true, true};
  // As many columns side by side as fit, further ones below, each part with the channel's name and unit.
  std::vector<int> widths;
  for (std::size_t c = 0; c < headings.size(); ++c) {
    widths.push_back(display_width(headings[c]));
    for (const Row& row : rows)
      widths[c] = std::max(widths[c], display_width(row[c].text));
  }
  std::string text;
  for (std::size_t next = 2; next < headings.size();) {
    std::vector<std::size_t> columns{0, 1};
    int used = widths[0] + 2 + widths[1];
    do {
      used += 2 + widths[next];
      columns.push_back(next++);
    } while (next < headings.size() && used + 2 + widths[next] <= width);
    std::vector<std::string> some_headings;
    std::vector<bool> some_right;
    std::vector<Row> some_rows(rows.size());
    for (const std::size_t column : columns) {
      some_headings.push_back(headings[column]);
      some_right.push_back(right[column]);
      for (std::size_t i = 0; i < rows.size(); ++i)
        some_rows[i].push_back(rows[i][column]);
    }
    text += (text.empty() ? "" : "\n") + table_text(some_headings, some_rows, some_right, colours);
  }
  return text;
}

std::string LogDisplay::summary_text(int width, bool unicode, bool colours) const {
  std::string text = table(unicode, colours, width);
  PlotStyle style;
  style.width = width;
  style.height = plan_.channels.size() > 2 ? 6 : 10;
  style.unicode = unicode;
  style.colours = colours;
  for (std::size_t i = 0; i < series_.size(); ++i) {
    text += "\n" + plot_text(plan_.channels[i].name, plan_.channels[i].unit, series_[i].sum().points(),
                             summary_.start_monotonic(), style);
  }
  return text;
}

std::string summary_to_json(const acquisition::LogPlan& plan, const acquisition::LogSummary& summary,
                            const std::string& path) {
  nlohmann::ordered_json json;
  json["file"] = path;
  json["start"] = summary.start_utc();
  json["interval"] = plan.interval;
  json["slots"] = summary.slots();
  json["end"] = summary.end();
  json["channels"] = nlohmann::ordered_json::array();
  for (const ChannelSummary& channel : summary.channels()) {
    const auto& statistics = channel.statistics;
    const auto number = [](bool known, double value) {
      return known ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
    };
    const bool any = statistics.count() > 0;
    nlohmann::ordered_json one;
    one["name"] = channel.channel.name;
    one["instrument"] = channel.channel.instrument;
    one["quantity"] = channel.channel.quantity;
    one["unit"] = channel.channel.unit;
    one["readings"] = statistics.count();
    one["mean"] = number(any, statistics.mean());
    one["standard_deviation"] = number(statistics.count() > 1, statistics.standard_deviation());
    one["minimum"] = number(any, statistics.minimum());
    one["maximum"] = number(any, statistics.maximum());
    one["drift_per_hour"] = number(statistics.count() > 1, 3600 * statistics.slope());
    one["drift_per_hour_standard_uncertainty"] = number(statistics.count() > 2, 3600 * statistics.slope_uncertainty());
    one["withdrawn"] = channel.withdrawn;
    one["faults"] = channel.faults;
    one["missed"] = summary.missed(channel);
    json["channels"].push_back(one);
  }
  return json.dump(2) + "\n";
}

}  // namespace etalon::app
