// The unit that stands in a column's heading.
#pragma once

#include <string>

namespace etalon::app {

struct HeadingUnit {
  std::string written;  // as it stands there; empty: none
  std::string unit;     // as base/units.h writes it; empty: none, or not known
};

// "t / °C", "R (ohm)", "R [kΩ]", and "t_degC" where the part behind the last "_" is a unit of the dimension of `like`
// (which may be empty: then that form is no unit). What stands in "u(T)" is a name.
HeadingUnit unit_of_heading(const std::string& heading, const std::string& like);

// The word of a heading without one of those forms that looks like a unit all the same ("T in °C", "Temp Celsius",
// "tC", "R kohm", or a
// unit of the dimension of `like` behind a name): its numbers cannot be taken as being in any unit. Empty: none.
std::string unit_word_of_heading(const std::string& heading, const std::string& like);

}  // namespace etalon::app
