// Whether two plans are the same, and where they first differ.
#pragma once

#include <optional>
#include <string>

#include "acquisition/plan.h"

namespace etalon::acquisition {

// "points[3].limit.floor is 1e-05, made again 3e-05", or nothing. `kept` is the JSON of a run file: what it does not
// say, because it is of an earlier version, is not compared; nor are the estimates of time, which no result depends on.
// Of a plan of an earlier version the steps and the limits of error of the ambient logger are left out, too: how they
// are made from the same files may have changed since.
std::optional<std::string> plan_difference(const std::string& kept, const Plan& made);

}  // namespace etalon::acquisition
