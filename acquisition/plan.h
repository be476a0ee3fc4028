// A plan: procedure, bench and item expanded into a flat list of steps before any instrument is touched (design
// decision 1). It can be printed, estimated, stored, and gone on with after a crash. It holds everything the evaluation
// needs to know of a point, so that a run file explains itself years later.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "acquisition/procedure.h"
#include "base/language.h"
#include "drivers/bench.h"

namespace etalon::acquisition {

enum class StepKind { identify, prompt, wait, make_safe, configure, apply, settle, environment, read };
std::string step_name(StepKind kind);

// |error| <= of_reading·|reference| + of_range·range + floor.
struct ErrorLimit {
  double of_reading = 0;
  double of_range = 0;
  double floor = 0;
  std::string source;  // "34461A data sheet, 1 year"
};

// One point of the calibration. Values in `unit`, the quantity's.
struct Point {
  std::string id;  // "100 V / -100 V", unique in the plan
  int wiring = 0;
  int touch = 0;             // how often the leads were touched before, if nothing comes between (see touch_of)
  bool shorted = false;      // the input is shorted, the reference is zero
  std::string range_text;    // as the procedure writes it: "100 mV"
  std::string nominal_text;  // "-100 mV"
  double range = 0;
  double nominal = 0;
  std::string unit;
  int readings = 0;
  double source_range = 0;  // the source's own range at this value; 0 with a short
  double resolution = 0;    // of the item at this range
  ErrorLimit limit;
};

struct Step {
  int number = 0;  // from 1
  StepKind kind = StepKind::identify;
  int wiring = -1;      // index, or -1
  int point = -1;       // index, or -1
  double estimate = 0;  // s
};

struct WiringPlan {
  std::string name;
  std::string from;  // instrument, or "short"
  std::string to;    // instrument
  base::LocalText prompt;
  std::string picture;
  double wait = 0;
  bool touched = true;
  std::string standard;  // the source's file of configs/standards; empty with a short
};

struct AmbientQuantity {
  std::string quantity;
  std::string unit;
  double error_limit =
      0;  // of the logger, from its driver file, when it is one number; 0: not stated, or more than that
};

struct Plan {
  base::LocalText title;
  std::vector<std::string> documents;
  base::LocalText method;
  std::string quantity;
  std::string unit;
  std::map<std::string, std::string> settings;
  std::map<std::string, Limits> environment;
  std::vector<AmbientQuantity> ambient;
  Settling settling;
  std::optional<WiringCheck> wiring_check;  // empty: the default
  std::vector<WiringPlan> wirings;
  std::vector<Point> points;
  std::vector<Step> steps;
  bool simulated = false;

  double estimate() const;  // s, of all steps
};

// Refuses (InputError, with the place in the procedure or bench file) what the bench cannot do: a missing role, a range
// the item has not, a value beyond the source, settings the item does not allow.
Plan make_plan(const Procedure& procedure, const drivers::Bench& bench);

std::string plan_to_json(const Plan& plan);
// Of this version and all earlier ones, completely checked (plan_check.h); InputError says what is wrong.
Plan plan_from_json(const std::string& json);
int version_of_plan(const std::string& json);

}  // namespace etalon::acquisition
