// What inputs that come with components have in common.
#pragma once

#include <string>
#include <vector>

#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

// Which quantities are taken as one in several inputs because a component has their identity: a person must be able to
// see it. Those of the same inputs in one line, not more than a few by name.
std::vector<std::string> shared_quantities(const std::vector<InputQuantity>& inputs);

}  // namespace etalon::calibration
