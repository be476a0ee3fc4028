// Numbers of a log or monitor as a person reads them: with no more digits than mean something.
#pragma once

#include <string>

namespace etalon::app {

// To the decimal place of `digit` (0: not known); plain digits where they are readable.
std::string to_place(double value, double digit);
// Two significant digits, as of a standard deviation.
std::string two_digits(double value);
// To one place more than the standard deviation has; without one (0), to the place of `digit`.
std::string mean_text(double mean, double standard_deviation, double digit);

}  // namespace etalon::app
