// A log of channels: which quantities of which instruments are read how often. Like the plan of a run it is made before
// any instrument is touched and is kept in the file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "drivers/bench.h"

namespace etalon::acquisition {

// What an instrument measures, in one of its ranges.
struct LogChannel {
  std::string name;  // unique in the log
  std::string instrument;
  std::string quantity;
  std::string unit;
  double range = 0;       // in the unit; 0: the instrument has but one
  double resolution = 0;  // in the unit; 0: not known
  int block = 0;          // readings that one message brings in each slot; 0: a reading at a time
};

struct LogPlan {
  double interval = 0;     // s, from one reading of a channel to the next
  std::int64_t slots = 0;  // readings of a channel; 0: until it is stopped
  bool simulated = false;
  std::vector<LogChannel> channels;
  std::map<std::string, std::map<std::string, std::string>> settings;  // of an instrument: name to value

  // Instruments in the order of their first channels.
  std::vector<std::string> instruments() const;
};

// Readings and events number slots from 1 in a field of this size.
inline constexpr std::int64_t most_slots = 2147483647;

// `channels`: "[NAME=]INSTRUMENT:QUANTITY[@RANGE][:block=N]", such as "meter:dc voltage@10 V"; a channel without a name
// is called like that, without its block. `settings`: "NAME=VALUE" for all instruments that have it, or
// "INSTRUMENT:NAME=VALUE". `interval` in s. InputError for whatever the bench's instruments cannot do, with what they
// can.
LogPlan make_log_plan(const drivers::Bench& bench, const std::vector<std::string>& channels,
                      const std::vector<std::string>& settings, double interval, std::int64_t slots);

std::string log_plan_to_json(const LogPlan& plan);
// InputError when it is none.
LogPlan log_plan_from_json(const std::string& json);
// Whether /plan of a file is that of a log, not of a run.
bool is_log_plan(const std::string& json);

}  // namespace etalon::acquisition
