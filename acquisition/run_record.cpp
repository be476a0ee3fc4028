#include "acquisition/run_record.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

const std::string& RunRecord::input(const std::string& name) const {
  const auto found = inputs.find(name);
  if (found == inputs.end())
    throw base::InputError(fmt::format(fmt::runtime(tr("{}: the run file holds no input '{}'")), path, name));
  return found->second;
}

bool RunRecord::withdrawn(int step, int attempt) const {
  return std::any_of(events.begin(), events.end(), [&](const JournalEvent& e) {
    return e.kind == event::readings_withdrawn && e.step == step && e.attempt == attempt;
  });
}

int RunRecord::finished_attempt(int step) const {
  int newest = 0;
  for (const JournalEvent& e : events) {
    if (e.step == step && e.kind == event::step_finished && e.attempt > newest && !withdrawn(step, e.attempt))
      newest = e.attempt;
  }
  return newest;
}

int RunRecord::last_attempt(int step) const {
  int highest = 0;
  for (const JournalEvent& e : events) {
    if (e.step == step) highest = std::max(highest, e.attempt);
  }
  return highest;
}

std::vector<JournalReading> RunRecord::readings_of(int step, int attempt, const std::string& channel) const {
  std::vector<JournalReading> found;
  if (withdrawn(step, attempt)) return found;
  for (const JournalReading& reading : readings) {
    if (reading.step == step && reading.attempt == attempt && reading.channel == channel) found.push_back(reading);
  }
  return found;
}

bool RunRecord::complete() const {
  return std::all_of(plan.steps.begin(), plan.steps.end(),
                     [this](const Step& step) { return finished_attempt(step.number) > 0; });
}

}  // namespace etalon::acquisition
