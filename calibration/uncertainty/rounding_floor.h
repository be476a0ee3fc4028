// How finely double precision resolves the outputs of a model: below this, what looks like an uncertainty is rounding.
#pragma once

#include <vector>

#include "calibration/model/instruction_list.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

// For each output of `list` (order 0, inputs in the order of the list) 8 times the first-order bound of its rounding
// error: every input counts with eps*(|x| + 3u), every intermediate result with eps times its size, both carried to the
// output with the sensitivity there (running error analysis; Higham, Accuracy and Stability of Numerical Algorithms,
// 3.3). For a sum this is at least 8*eps*(|y| + sum of |c_i x_i|); it also sees constants that cancel, as in
// a + 1e9 - 1e9. The factor 8 is the project's own: what cancels in the budget within as much counts as zero there too.
std::vector<double> rounding_floors(const InstructionList& list, const std::vector<InputQuantity>& inputs);

// Within this many floors of the rounding floor, Monte Carlo's values are a grid rather than a distribution.
constexpr double resolved_floors = 100;

}  // namespace etalon::calibration
