// One quantity of one instrument as it is read: value, statistics and plot on a terminal, a line a reading elsewhere. A
// fault is shown by its name; it is no number and not in the plot.
#pragma once

#include <chrono>
#include <string>

#include "acquisition/log_plan.h"
#include "acquisition/log_summary.h"
#include "acquisition/withdrawable.h"
#include "app/terminal_plot.h"

namespace etalon::app {

class MonitorDisplay {
 public:
  // A log of one channel that begins at `start` (s of the clock of its readings). `silent`: standard output belongs to
  // something else, the summary goes to standard error.
  MonitorDisplay(const acquisition::LogPlan& plan, const std::string& title, double start, bool silent);

  void add(const acquisition::JournalNews& news);
  // What stays on the screen at the end.
  void finish();

  const acquisition::ChannelSummary& summary() const { return summary_.channels().front(); }

 private:
  void tell(const acquisition::JournalNews& news);
  void draw();
  void erase();
  std::string statistics_text(bool unicode) const;

  std::string title_;
  bool silent_, screen_, unicode_, colours_;
  acquisition::LogSummary summary_;
  acquisition::Withdrawable<PlotSeries> series_;
  int drawn_lines_ = 0;
  std::chrono::steady_clock::time_point last_drawn_{};
};

}  // namespace etalon::app
