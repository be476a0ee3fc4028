// What an instrument measures: one quantity, its ranges, its messages, its accuracy, and how the simulator behaves.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver_file/accuracy.h"
#include "drivers/driver_file/exchange.h"
#include "drivers/driver_file/limits.h"
#include "drivers/messages/number_array.h"

namespace etalon::drivers {

// How the simulator behaves as a meter. `noise` gives σ = √(a² + b²/nplc); gain and offset errors are drawn once for an
// individual, uniformly within ± the given part of reading and of range.
struct MeterPhysics {
  struct Row {
    double range = 0;
    double noise_floor = 0;  // a, in the unit
    double noise_nplc = 0;   // b, in the unit
    double gain = 0;         // ±, of reading
    double offset = 0;       // ±, of range
  };
  std::vector<Row> rows;
  // Drift of the gain: with the room's temperature, and e^(-t/time constant) after switching on.
  double temperature_coefficient = 0;   // of reading, per kelvin from the room's mean
  double warm_up_drift = 0;             // of reading, at the moment of switching on
  double warm_up_time_constant = 2400;  // s
  double switched_on_before = 7200;     // s, before the simulation's start
};

// Many readings in one reply.
struct BlockReading {
  std::vector<Exchange> before;  // messages that start the series; places {count} and settings
  MessageTemplate send;          // the query, with {count} where it says how many
  NumberArrayFormat format;
  int most = 1000;       // readings that fit into one reply
  double time_each = 0;  // s, a reading
};

// Signs of SCPI-1999, volume 1, 7.2.1: |value| at 9.9E37 is infinity (overload), 9.91E37 is not a number.
inline constexpr double scpi_overload = 9.9e37;
inline constexpr double scpi_no_number = 9.91e37;

// How the place {unit} of a reply may read, and what the number beside it is multiplied by.
struct ReplyUnit {
  std::string spelling;
  double factor = 1;
};

struct Measure {
  std::string quantity;  // "dc voltage"
  std::string unit;
  std::vector<double> ranges;  // empty: one fixed range
  LimitsByName limits;         // of single models and modules
  double over_range = 1;       // highest indication as a multiple of the range
  double resolution = 0;       // of range; 0: see `digit`
  double digit = 0;            // in the unit, when it does not follow the range
  bool own_output = false;     // measures what the instrument itself puts out (a controller's own sensor)
  std::vector<Exchange> configure;
  std::vector<Exchange> check;  // read back after configuring: values must be the ones set
  std::string wait_for;         // flag that must be on before a reading is asked for; empty: none
  double wait_at_most = 60;     // s
  Exchange read;
  std::string value_name = "value";         // the place in the reply that holds this quantity
  std::vector<ReplyUnit> reply_units;       // the first is the simulator's
  std::map<std::string, double> read_time;  // s: "fixed", and per unit of a setting ("nplc": 0.04)
  std::optional<BlockReading> read_many;
  double overload = 9.9e37;  // |value| at or above this is overload
  double largest = 0;        // |value| above this cannot be, in the unit; 0: not said
  std::vector<Accuracy> specifications;
  std::optional<Accuracy> accuracy;  // the one for 1 year, or the first
  MeterPhysics physics;

  // The smallest range that holds |value|; InputError when none does.
  double range_for(double value) const;
  double resolution_at(double range) const { return digit > 0 ? digit : resolution * range; }
  // Whether a number of a reply stands for no reading: overload, or no result.
  bool is_sign(double number) const;
  // How long one reading takes with these settings, in s.
  double reading_time(const Values& settings) const;
  // Whether a message of this quantity carries the setting.
  bool uses(const std::string& setting) const;
};

}  // namespace etalon::drivers
