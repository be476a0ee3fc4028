// Readings that contradict the set-up by orders of magnitude: a short that was left on, leads at another input or
// exchanged, a range or unit that slipped. No error of an item that works is so large.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "acquisition/plan.h"
#include "acquisition/run_record.h"

namespace etalon::acquisition {

// How far from the nominal value a reading of the point may be, in the plan's unit: the largest of
//   permissible_errors · the item's permissible error, and
//   of_range · range, but at most half of the nominal value where that is not 0 (else a missing lead would pass).
double wiring_check_limit(const WiringCheck& check, const Point& point);

// What contradicts, for a person ("meter reads -0.0000201 V where 9 V are expected"); nothing when the reading may be
// true. `value` in the plan's unit.
std::optional<std::string> contradiction(const Plan& plan, const Point& point, double value);

// Whether a right reading of the point shows that the wiring is made: a missing or shorted lead would be seen.
bool proves_wiring(const Plan& plan, const Point& point);

// The contradictions among the readings that count of a run, one text a point. A run made with this check has none; one
// of an earlier version may.
std::vector<std::string> contradictions(const RunRecord& run);

}  // namespace etalon::acquisition
