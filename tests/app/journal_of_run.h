// Events of a run's journal, for tests.
#pragma once

#include <string>
#include <vector>

#include "acquisition/run_file.h"

namespace etalon::tests {

inline std::vector<acquisition::JournalEvent> events_of_kind(const std::string& run, const std::string& kind) {
  std::vector<acquisition::JournalEvent> found;
  for (const auto& event : acquisition::read_run(run).events) {
    if (event.kind == kind) found.push_back(event);
  }
  return found;
}

// The largest |value| that the source was set to; 0 when it never was.
inline double highest_output(const std::string& run) {
  double highest = 0;
  for (const auto& event : events_of_kind(run, acquisition::event::set))
    highest = std::max(highest, std::abs(std::stod(event.text)));
  return highest;
}

}  // namespace etalon::tests
