// Misbehaviour on demand: "meter:late-reply@17" makes the 17th reply of the instrument `meter` come late;
// "meter:overload@5+" makes every reading from the 5th reply on an overload. A fault that fits only some replies (a
// wrong serial number fits only the identity) takes the first fitting one from that number on.
#pragma once

#include <string>
#include <vector>

namespace etalon::drivers::simulation {

enum class FaultKind {
  late_reply,
  empty_reply,
  truncated_reply,
  cut_reply,
  text_reply,
  overload,
  overload_digits,
  no_reply,
  standby,
  wrong_identity,
  wrong_serial,
  cut_line,
  garbage,
  power_cycle,
  wrong_unit,
  stray_line
};

struct Fault {
  std::string instrument;
  FaultKind kind = FaultKind::no_reply;
  int at = 1;  // counts the instrument's replies from 1
  bool from_then_on = false;
  double delay = 1.5;  // s, real time, for late-reply
};

// INSTRUMENT:KIND@N, INSTRUMENT:KIND@N+, and INSTRUMENT:late-reply=SECONDS@N. InputError lists the kinds.
Fault parse_fault(const std::string& text);
std::string to_string(FaultKind kind);

struct FaultDescription {
  FaultKind kind;
  std::string name;
  std::string description;  // one line, English, a message id
};
const std::vector<FaultDescription>& fault_kinds();

}  // namespace etalon::drivers::simulation
