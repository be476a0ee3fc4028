// A procedure file: what to do for a kind of item, in the words of the written procedure (docs/procedures.md). The
// tables model, inputs, evaluation and decision belong to the evaluation and are only kept as text here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::acquisition {

struct RoleNeed {
  std::string sources;                // quantity it must source, empty: none
  std::vector<std::string> measures;  // quantities it must measure
};

struct Limits {
  double from = 0;
  double to = 0;
  std::string unit;
};

struct Settling {
  bool flag = true;         // wait for the source's own flag
  double dwell = 0;         // s, after the flag
  int window_readings = 0;  // 0: no software window
  double window_span = 0;   // of range: largest minus smallest of the window's readings
  double timeout = 60;      // s
};

// A reading further from its nominal value contradicts the wiring (wiring_check.h).
struct WiringCheck {
  double permissible_errors = 10;  // so many times the item's permissible error …
  double of_range = 0.01;          // … or this part of the range
};

struct RangePoints {
  base::Quantity range;             // as written: "100 mV"
  std::vector<std::string> points;  // as written: "-10 mV"
  int readings = 1;
  base::Position position;  // of the points, for errors
};

struct Wiring {
  std::string name;
  std::string from;  // role, or "short"
  std::string to;    // role
  base::LocalText prompt;
  std::string picture;
  double wait = 0;      // s, after the prompt is answered
  bool touched = true;  // terminals are touched: a new thermal EMF
  std::vector<RangePoints> ranges;
};

struct Procedure {
  std::string path;
  std::string text;  // exact
  base::LocalText title;
  std::vector<std::string> documents;
  base::LocalText method;
  std::map<std::string, RoleNeed> roles;
  std::string quantity;  // that the item measures
  std::map<std::string, std::string> settings;
  base::Position settings_position;
  std::map<std::string, Limits> environment;  // by quantity
  Settling settling;
  std::optional<WiringCheck> wiring_check;  // empty: the default
  std::vector<Wiring> wirings;
};

// FileError says where.
Procedure parse_procedure(const std::string& text, const std::string& file_name);
Procedure read_procedure(const std::string& path);

}  // namespace etalon::acquisition
