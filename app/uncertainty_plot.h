// The picture of `etalon uncertainty --plot`: for each output the densities and coverage intervals by Monte Carlo and
// by the GUM, and the shares of the inputs.
#pragma once

#include <cstddef>
#include <string>

#include "calibration/uncertainty/uncertainty_evaluation.h"

namespace etalon::app {

// Bins of the Monte Carlo densities: so many that the middle of a distribution with long tails still has enough.
inline constexpr std::size_t plot_density_bins = 2400;

// The bytes of the picture; the kind is by the ending of the name. InputError when neither the GUM's method nor Monte
// Carlo gave a result.
std::string uncertainty_plot(const std::string& file, const calibration::UncertaintyEvaluation& evaluation);

}  // namespace etalon::app
