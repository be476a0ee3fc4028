#include "app/progress_display.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <iostream>

#include "app/terminal.h"
#include "base/language.h"
#include "base/units.h"
#include "base/visible_text.h"

namespace etalon::app {

using acquisition::JournalEvent;
using acquisition::JournalReading;
using acquisition::Plan;
using acquisition::Step;
using acquisition::StepKind;
using base::tr;

namespace {

std::string what(const Plan& plan, const Step& step) {
  const std::string doing = step_text(step.kind);
  if (step.point < 0) return doing;
  const auto p = static_cast<std::size_t>(step.point);
  return fmt::format("{} {}/{}  {}  {}", tr("point"), step.point + 1, plan.points.size(), plan.points[p].id, doing);
}

}  // namespace

std::string step_text(StepKind kind) {
  switch (kind) {
    case StepKind::identify:
      return tr("identifying the instruments");
    case StepKind::prompt:
      return tr("wiring");
    case StepKind::wait:
      return tr("waiting for the thermal EMF to decay");
    case StepKind::make_safe:
      return tr("switching the sources off");
    case StepKind::configure:
      return tr("configuring");
    case StepKind::apply:
      return tr("applying");
    case StepKind::settle:
      return tr("settling");
    case StepKind::environment:
      return tr("environment");
    case StepKind::read:
      return tr("reading");
  }
  return "";
}

std::string duration_text(double seconds) {
  const long long whole = std::llround(std::max(0.0, seconds));
  return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                       : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

ProgressDisplay::ProgressDisplay(double speed, bool verbose)
    : speed_(speed), verbose_(verbose), bar_(is_terminal(STDOUT_FILENO) && !verbose) {}

ProgressDisplay::~ProgressDisplay() {
  finish();
}

void ProgressDisplay::finish() {
  if (bar_ && drawn_) std::cout << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

// One line that fits the terminal as it is now: a longer one would wrap, stay, and push the prompt off the screen. What
// was read last comes before what stands in the plan anyway.
void ProgressDisplay::draw(const Plan& plan, const Step& step) {
  const int columns = terminal_width(STDOUT_FILENO) - 1;
  const int width = columns < 90 ? 10 : 24;
  const double whole = done_ + remaining_;
  const double part = whole > 0 ? done_ / whole : 1;
  const int full = static_cast<int>(std::lround(part * width));
  std::string line;
  for (int i = 0; i < width; ++i)
    line += i < full ? "█" : "░";
  line += fmt::format(" {:3.0f} %  ", 100 * part) +
          fmt::format(fmt::runtime(tr("{} left")), duration_text(remaining_ / speed_)) + "  ";
  if (!last_reading_.empty() && step.kind == StepKind::read) line += last_reading_ + "  ";
  line += what(plan, step);
  std::cout << "\r\x1b[K" << cut_to(line, columns) << std::flush;
  drawn_ = true;
}

void ProgressDisplay::step_started(const Plan& plan, const Step& step, double done, double remaining) {
  done_ = done;
  remaining_ = remaining;
  last_reading_.clear();
  if (bar_) {
    draw(plan, step);
  } else if (step.point < 0 || step.kind == StepKind::configure) {
    std::cout << fmt::format("{:3.0f} %  ", done + remaining > 0 ? 100 * done / (done + remaining) : 100)
              << fmt::format(fmt::runtime(tr("{} left")), duration_text(remaining / speed_)) << "  " << what(plan, step)
              << std::endl;
  }
}

void ProgressDisplay::reading_taken(const Plan& plan, const Step& step, const JournalReading& reading) {
  if (verbose_) {
    std::cout << base::visible_line(fmt::format("reading {} step {} attempt {} {} {} {}", reading.utc, reading.step,
                                                reading.attempt, reading.channel, reading.reply, reading.unit))
              << std::endl;
  } else if (bar_ && reading.channel == acquisition::indication_channel) {
    last_reading_ = base::visible_line(reading.reply) + " " + base::display_unit(reading.unit);
    draw(plan, step);
  }
}

void ProgressDisplay::making_safe(const std::string& instrument, bool was_off) {
  finish();
  const std::string text = was_off
                               ? tr("{}: the output was switched off before; asking again whether it is off")
                               : tr("{}: switching the output off; until this is confirmed below it MAY STILL BE ON");
  std::cout << fmt::format(fmt::runtime(text), instrument) << std::endl;
}

void ProgressDisplay::event_noted(const JournalEvent& event) {
  namespace kind = acquisition::event;
  if (verbose_) {
    std::cout << base::visible_line(fmt::format("{} {} {} {}", event.utc, event.kind, event.subject, event.text))
              << std::endl;
    return;
  }
  // The fault itself is the error that ends the program: it is told there, once.
  stopping_ = stopping_ || event.kind == kind::fault || event.kind == kind::run_paused;
  if (event.kind == kind::readings_withdrawn) {
    finish();
    if (event.text != last_withdrawal_)
      std::cout << fmt::format(fmt::runtime(tr("readings withdrawn: {}")), event.text) << std::endl;
    last_withdrawal_ = event.text;
  } else if (event.kind == kind::safe_state_failed) {
    finish();
    std::cout << base::visible_text(event.text) << std::endl;
  } else if (stopping_ && event.kind == kind::safe_state) {
    finish();
    std::cout << fmt::format(fmt::runtime(tr("{}: the output is off, read back")), event.subject) << std::endl;
  }
}

}  // namespace etalon::app
