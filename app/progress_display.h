// A run as it goes on: a progress bar with the remaining time on a terminal, plain lines elsewhere.
#pragma once

#include "acquisition/run_progress.h"

namespace etalon::app {

class ProgressDisplay : public acquisition::RunProgress {
 public:
  // `speed` of the run's clock turns the plan's time into a person's. `verbose`: each reading as a line.
  ProgressDisplay(double speed, bool verbose);
  ~ProgressDisplay() override;

  void step_started(const acquisition::Plan& plan, const acquisition::Step& step, double done,
                    double remaining) override;
  void reading_taken(const acquisition::Plan& plan, const acquisition::Step& step,
                     const acquisition::JournalReading& reading) override;
  void event_noted(const acquisition::JournalEvent& event) override;
  void making_safe(const std::string& instrument, bool was_off) override;
  // Takes the bar away.
  void finish();

 private:
  void draw(const acquisition::Plan& plan, const acquisition::Step& step);
  double speed_;
  bool verbose_;
  bool bar_;
  bool drawn_ = false;
  bool stopping_ = false;  // after a fault: what happens to the sources is told
  double done_ = 0;
  double remaining_ = 0;
  std::string last_reading_;
  std::string last_withdrawal_;  // told once, though of several steps
};

// What a step does, for people.
std::string step_text(acquisition::StepKind kind);

// "1:02:03", "4:05".
std::string duration_text(double seconds);

}  // namespace etalon::app
