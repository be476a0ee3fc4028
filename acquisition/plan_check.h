// Whether a plan can be carried out and evaluated at all. A plan comes from a file, and a file may be damaged or made
// by hand: whoever uses a plan relies on what is checked here, once.
#pragma once

#include "acquisition/plan.h"

namespace etalon::acquisition {

// InputError says what is wrong:
// - numbers are finite and of the right sign, units are units, counts are bounded;
// - ids of points are there and unique, and range and nominal are what their texts say;
// - each step is numbered, and has the wiring and the point that its kind needs; the first identifies the instruments,
//   the last makes them safe; a point is configured, applied (unless shorted) and read, in this order, and read once;
// - ambient quantities are read where there are any.
void check_plan(const Plan& plan);

}  // namespace etalon::acquisition
