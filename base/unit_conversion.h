// What units are worth, by UDUNITS-2: inside the unit functions of units.h.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/unit_symbols.h"

namespace etalon::base {

// Nothing when the units are of different kinds.
std::optional<double> convert_unit(double value, const Unit& from, const Unit& to);
// Powers of "kg", "m", "s", "A", "K", "mol", "cd"; angles have none.
std::map<std::string, int> dimension_of(const Unit& unit);

}  // namespace etalon::base
