// A driver file: one instrument family as its command summary (docs/drivers.md). The client, the simulator, the manual
// page and the conformance test are all made from it (design decision 2).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "drivers/driver_file/exchange.h"
#include "drivers/driver_file/flag.h"
#include "drivers/driver_file/measure.h"
#include "drivers/driver_file/source.h"
#include "drivers/links/instrument_error.h"

namespace etalon::drivers {

struct LinkSettings {
  std::string send_terminator = "\n";
  std::string reply_terminator = "\n";
  double timeout = 5;                // s, for a reply that needs no measuring
  double between_bytes = 1;          // s, within a reply
  double pause = 0;                  // s, real time, between two messages
  double character_pause = 0;        // s, real time, after each byte sent
  std::string echo_terminator;       // the instrument repeats each message and ends it with this; empty: no echo
  std::size_t longest_reply = 4096;  // bytes
  // How the instrument is found where no address says it: settings of its serial line, its TCP port; empty, 0: unknown.
  std::string serial;
  int port = 0;
  bool modbus = false;  // the messages are those of a Modbus link (links/modbus_message.h)
};

struct IdentityMessage {
  std::vector<std::string> queries;  // their replies, joined by \n, are the identity; none: it cannot be asked
  std::string last_line;             // when the reply has several lines: a text that only the last one holds
  std::string pattern;               // PCRE2 with named groups maker, model, serial, firmware
  std::string example;               // a real reply; {serial} stands for the serial number
  std::string maker;                 // where the reply does not say it
  std::string model;
  bool has_serial = true;            // false: the reply does not say it, so the bench file's cannot be checked
  bool generic = false;              // claims what no other driver file does
  std::vector<std::string> modules;  // that may be fitted and have limits of their own; the bench file names one
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
  // What it answers at once instead, for instruments without a queue.
  std::string unknown_reply, refused_reply;
};

// A value that messages carry, its allowed values (any when empty) and what it is unless a procedure says otherwise.
struct Setting {
  std::vector<std::string> values;
  std::string standard;
  Values replies;  // how the instrument writes a value in its replies, where that differs ("ON": "1")

  const std::string& as_replied(const std::string& value) const;
};

// A reply that is none, whatever was asked: "S +" of a balance is an overload.
struct ReplyFault {
  std::string pattern;  // PCRE2
  Fault fault = Fault::device_error;
  std::string meaning;
  std::string example;  // a reply that it matches
};

// How to make the instrument harmless, and how to see that it is: by a flag, or by a reply.
struct SafeState {
  std::vector<Exchange> send;
  std::string flag;               // empty: see `shows`
  bool is = false;                // what the flag must read
  std::optional<Exchange> shows;  // …
  Values means;                   // … the places of its reply, and what they must read
  double takes = 0;               // s, until it shows (a vessel that vents)
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
  std::map<std::string, Flag> flags;
  std::map<std::string, Setting> settings;
  std::vector<ReplyFault> faults;
  std::vector<Exchange> startup;
  std::vector<Measure> measures;
  std::vector<Source> sources;
  std::optional<SafeState> safe_state;
  std::vector<SimulatedExchange> simulated;

  // nullptr when the instrument cannot.
  const Measure* measure(const std::string& quantity) const;
  const Source* source(const std::string& quantity) const;
};

// FileError says where; also when a source has no safe state, a name in braces is no setting, a flag is unknown.
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
// The models and modules that have limits of their own.
std::vector<std::string> names_of_limits(const DriverFile& driver);
// Of the file's own example; empty when it says none.
std::string example_model(const DriverFile& driver);
// From now on the file says only what this model, or this module, can do; nothing changes for a name without limits.
// Measures and sources stay where they are.
void narrow_to(DriverFile& driver, const std::string& name);
bool is_module(const DriverFile& driver, const std::string& name);
// Whether the identity's pattern finds this model where the example's stands.
bool is_model(const DriverFile& driver, const std::string& name);
// The file's reply fault that a line is, or nullptr.
const ReplyFault* match_fault(const DriverFile& driver, const std::string& line);

}  // namespace etalon::drivers
