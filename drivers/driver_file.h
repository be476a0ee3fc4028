// A driver file: one instrument family as its command summary (docs/drivers.md). The client, the simulator, the manual
// page and the conformance test are all made from it (design decision 2).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "drivers/messages/message_template.h"

namespace etalon::drivers {

// A message, and the reply it must bring when it brings one.
struct Exchange {
  MessageTemplate send;
  std::optional<MessageTemplate> reply;
};

struct LinkSettings {
  std::string send_terminator = "\n";
  std::string reply_terminator = "\n";
  double timeout = 5;                // s, for a reply that needs no measuring
  double pause = 0;                  // s, real time, between two messages
  std::size_t longest_reply = 4096;  // bytes
};

struct IdentityMessage {
  std::string query;
  std::string last_line;  // when the reply has several lines: a text that only the last one holds
  std::string pattern;    // PCRE2 with named groups maker, model, serial, firmware
  std::string example;    // a real reply; {serial} stands for the serial number
  std::string maker;      // where the reply does not say it
};

struct ErrorQueue {
  std::string query;      // empty: the instrument has none
  MessageTemplate reply;  // with {code} and {text}
  std::string none;       // the code that means "no error"
  std::string clear;      // message that empties the queue
  int length = 20;        // entries the instrument keeps
  // What the simulator reports: number and text.
  std::pair<int, std::string> unknown_message{-113, "Undefined header"};
  std::pair<int, std::string> out_of_range{-222, "Data out of range"};
  std::pair<int, std::string> overflow{-350, "Queue overflow"};
};

struct StatusRegister {
  std::string query;                // empty: none
  MessageTemplate reply;            // with {status}
  std::map<std::string, int> bits;  // name to bit number
};

// A value that messages carry, its allowed values (any when empty) and what it is unless a procedure says otherwise.
struct Setting {
  std::vector<std::string> values;
  std::string standard;
};

// A row of an accuracy specification: |error| <= of_reading·|x| + of_range·range + floor (unit of the quantity).
struct AccuracyRow {
  double range = 0;
  double of_reading = 0;
  double of_range = 0;
  double floor = 0;
};
struct Accuracy {
  std::string period;               // "1 year"
  double coverage_probability = 0;  // 0: a limit
  std::vector<AccuracyRow> rows;
  std::string source;
};

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

struct Measure {
  std::string quantity;  // "dc voltage"
  std::string unit;
  std::vector<double> ranges;  // empty: one fixed range
  double over_range = 1;       // highest indication as a multiple of the range
  double resolution = 0;       // of range; 0: see `digit`
  double digit = 0;            // in the unit, when it does not follow the range
  std::vector<Exchange> configure;
  std::vector<Exchange> check;  // read back after configuring: values must be the ones set
  Exchange read;
  std::string value_name = "value";         // the place in the reply that holds this quantity
  std::map<std::string, double> read_time;  // s: "fixed", and per unit of a setting ("nplc": 0.04)
  double overload = 9.9e37;                 // |value| at or above this is overload
  std::optional<Accuracy> accuracy;
  MeterPhysics physics;

  // The smallest range that holds |value|; InputError when none does.
  double range_for(double value) const;
  double resolution_at(double range) const { return digit > 0 ? digit : resolution * range; }
  // How long one reading takes with these settings, in s.
  double reading_time(const Values& settings) const;
};

// How the simulator behaves as a source: the individual's gain and offset errors are normal with these standard
// deviations; after a change the output approaches its value with a time constant, and says so only after a while.
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
  double settled_after = 0;  // s
  double standby_above = 0;  // a set to |value| at or above this drops the output to standby; 0: never
};

struct Source {
  std::string quantity;
  std::string unit;
  double minimum = 0;
  double maximum = 0;
  std::vector<double> ranges;  // upper ends of the instrument's own ranges
  std::vector<Exchange> set;
  std::string operate;    // message that switches the output on
  std::string operating;  // status bit that is set while it is on
  std::string settled;    // status bit that is set when the output has settled
  std::optional<Exchange> read_back;
  double settle_time = 0;  // s, typical, for the estimate
  std::optional<Accuracy> accuracy;
  SourcePhysics physics;

  double range_for(double value) const;
};

// How to make the instrument harmless, and how to see that it is.
struct SafeState {
  std::vector<std::string> send;
  std::string bit;  // status bit …
  bool is = false;  // … and what it must read
};

// A message that only the simulator needs to know: other programs send it.
struct SimulatedExchange {
  MessageTemplate send;
  std::optional<MessageTemplate> reply;
  Values set;  // state it changes
};

struct DriverFile {
  std::string name;  // file name without folder and ending
  std::string title;
  std::vector<std::string> sources_of_facts;
  std::vector<std::string> recalled;
  std::string dialect;  // empty: plain messages
  LinkSettings link;
  IdentityMessage identity;
  ErrorQueue errors;
  StatusRegister status;
  std::map<std::string, Setting> settings;
  std::vector<Exchange> startup;
  std::vector<Measure> measures;
  std::vector<Source> sources;
  std::optional<SafeState> safe_state;
  std::vector<SimulatedExchange> simulated;

  // nullptr when the instrument cannot.
  const Measure* measure(const std::string& quantity) const;
  const Source* source(const std::string& quantity) const;
};

// FileError says where; also when a source has no safe state, a name in braces is no setting, a status bit is unknown.
DriverFile parse_driver_file(const std::string& text, const std::string& file_name);
DriverFile read_driver_file(const std::string& path);

// Identity as the instrument gives it.
struct Identity {
  std::string maker;
  std::string model;
  std::string serial;
  std::string firmware;
  std::string reply;
};
// Nothing when the reply does not match the file's pattern.
std::optional<Identity> match_identity(const DriverFile& driver, const std::string& reply);

}  // namespace etalon::drivers
