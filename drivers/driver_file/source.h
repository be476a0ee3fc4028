// What an instrument sources: one quantity, its limits, its messages, its accuracy, and how the simulator behaves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drivers/driver_file/accuracy.h"
#include "drivers/driver_file/exchange.h"
#include "drivers/driver_file/limits.h"
#include "drivers/messages/message_template.h"

namespace etalon::drivers {

// How the simulator behaves as a source: the individual's gain and offset errors are normal with these standard
// deviations; after a change the output moves at most at `slew`, approaches its value with a time constant, and says so
// only after a while.
struct SourcePhysics {
  struct Row {
    double range = 0;
    double gain = 0;         // standard deviation, of output
    double offset = 0;       // standard deviation, in the unit
    double noise = 0;        // rms, of output
    double noise_floor = 0;  // rms, in the unit
  };
  std::vector<Row> rows;
  double time_constant = 0;  // s
  double settled_after = 0;  // s, from the end of the movement
  double slew = 0;           // unit per s; 0: at once
  double off_value = 0;      // what lies at the terminals while the output is off
  double standby_above = 0;  // a set to |value| at or above this drops the output to standby; 0: never
};

struct Source {
  std::string quantity;
  std::string unit;
  double minimum = 0;
  double maximum = 0;
  std::vector<double> ranges;  // upper ends of the instrument's own ranges
  std::vector<double> values;  // the only ones that can be set (fixed resistors); empty: any within the limits
  Bands bands;                 // what a setting may be, by the value
  LimitsByName limits;         // of single models and modules
  std::vector<Exchange> set;
  std::optional<Exchange> operate;  // switches the output on; nothing for an output that is always on
  std::string operating;            // flag that is on while the output is; empty: cannot be asked
  std::string settled;              // flag that is on when the output has settled; empty: cannot be asked
  std::optional<Exchange> read_back;
  double read_back_within = 0;  // in the unit, beyond the agreement of the instrument's digits
  double settle_time = 0;       // s, typical, for the estimate
  std::vector<Accuracy> specifications;
  std::optional<Accuracy> accuracy;  // the one for 1 year, or the first
  SourcePhysics physics;

  double range_for(double value) const;
  // Whether it can be set to this value.
  bool can(double value) const;
  // The band of this value when its setting is none of the band's; nullptr when both may be set together.
  const Band* broken_band(double value, const Values& settings) const;
};

}  // namespace etalon::drivers
