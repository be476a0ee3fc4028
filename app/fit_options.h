// What a person writes on the command line of `etalon fit`, as values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "calibration/curve/common_error.h"

namespace etalon::app {

struct ValueWithUncertainty {
  double value = 0;
  double standard_uncertainty = 0;
};

// "10.5", "10.5±0.5" (also "+-" and "+/-"), several with commas. `option` is named in errors. InputError.
std::vector<ValueWithUncertainty> parse_values(const std::string& text, const std::string& option);

// "0.002", or a share of the value: "0.01%". InputError.
calibration::CommonError parse_common_error(const std::string& text, const std::string& option);

// "b1=500,b2=1e-4". InputError.
std::map<std::string, double> parse_assignments(const std::string& text, const std::string& option);

// A finite number and nothing else.
bool is_number(const std::string& text, double& value);

// Joins "--predict -5" into "--predict=-5" for the options named, so that a number below zero is not taken for an
// option.
std::vector<std::string> with_joined_numbers(const std::vector<std::string>& arguments,
                                             const std::vector<std::string>& options);

}  // namespace etalon::app
