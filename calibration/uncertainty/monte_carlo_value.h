// The estimate of a Monte Carlo result, where its mean exists and where it does not.
#pragma once

#include <cstddef>

#include "calibration/uncertainty/uncertainty_evaluation.h"

namespace etalon::calibration {

// Sets result.monte_carlo_values[k]. A mean and a standard uncertainty that the trials do not determine are taken out
// of the result, with a note. `at_estimates`: the model's value there, or not finite.
void find_monte_carlo_value(UncertaintyEvaluation& result, std::size_t k, double at_estimates, int significant_digits);

}  // namespace etalon::calibration
