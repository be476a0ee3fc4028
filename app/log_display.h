// A log as it goes on, and what it was at the end: live values on a terminal, plain lines elsewhere, a summary table
// and plots.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "acquisition/log_summary.h"
#include "acquisition/logger.h"
#include "acquisition/withdrawable.h"
#include "app/terminal_plot.h"

namespace etalon::app {

class LogDisplay : public acquisition::LogProgress {
 public:
  // `speed` of the log's clock turns its time into a person's. `verbose`: each reading and event as a line. `live`:
  // show what comes, not only the summary.
  LogDisplay(const acquisition::LogPlan& plan, const std::string& path, double speed, bool verbose, bool live);
  ~LogDisplay() override;

  void journal_grew(const acquisition::JournalNews& news) override;
  // Takes the live part away.
  void finish();

  const acquisition::LogSummary& summary() const { return summary_; }
  // Table and plots, at most `width` columns wide where the names allow it.
  std::string summary_text(int width, bool unicode, bool colours) const;

 private:
  void tell(const acquisition::JournalNews& news);
  void draw();
  std::string progress_text() const;
  std::string table(bool unicode, bool colours, int width) const;

  acquisition::LogPlan plan_;
  std::string path_;
  double speed_;
  bool verbose_, live_, screen_, unicode_, colours_;
  acquisition::LogSummary summary_;
  std::vector<acquisition::Withdrawable<PlotSeries>> series_;
  std::vector<std::string> told_;  // of each channel: the last fault that was told; empty after a reading
  int drawn_lines_ = 0;
  std::chrono::steady_clock::time_point last_drawn_{};
};

// The summary as JSON, for scripts.
std::string summary_to_json(const acquisition::LogPlan& plan, const acquisition::LogSummary& summary,
                            const std::string& path);

}  // namespace etalon::app
