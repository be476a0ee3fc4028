// One trial of the soak: a simulated instrument that misbehaves at random moments, and a client that goes on as a run
// would. What must hold: no reading but a right one, every failure a named fault, and no source left on without saying
// so.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace etalon::soak {

struct ShippedDriver {
  std::string name;
  std::string text;
};

struct TrialResult {
  std::string driver;
  std::string link;                 // "own", "HiSLIP", "VXI-11", "GPIB"
  std::vector<std::string> faults;  // planned, as the simulator is told
  int injected = 0;                 // of these, the ones that certainly happened
  int operations = 0;
  int readings = 0;                   // compared with the truth
  std::map<std::string, int> named;   // faults that the client reported, by name
  std::vector<std::string> findings;  // empty: everything held
};

// The same for the same seed and number, but for a machine that stands still (then a time-out more).
TrialResult run_trial(const std::vector<ShippedDriver>& drivers, std::uint64_t seed, std::uint64_t number);

}  // namespace etalon::soak
