// Everything that is wanted of a given number of trials, in one pass by several threads: sums, values of the two tails
// (or a histogram of all), density.
#pragma once

#include <cstdint>
#include <vector>

#include "calibration/uncertainty/monte_carlo/monte_carlo.h"
#include "calibration/uncertainty/monte_carlo/simulation.h"

namespace etalon::calibration {

// Threads that options.threads means: 0 is one for each processor.
std::size_t thread_count(const MonteCarloOptions& options);

// Throws InterruptedError when options.cancelled says so.
void check_cancelled(const MonteCarloOptions& options);

// NoFiniteValue for a value in `values` (of output k, trials from `first`) that is not finite.
[[noreturn]] void refuse_values_that_are_not_finite(const Simulation& simulation, const JointInputs& joint,
                                                    const MonteCarloOptions& options, std::size_t output,
                                                    std::uint64_t count, std::uint64_t trials, std::uint64_t first);

// Fills outputs, covariance and correlation of the result for trials 0 … trials-1. Means and deviations are computed
// whether they exist or not.
void evaluate_trials(const Simulation& simulation, const JointInputs& joint, const MonteCarloOptions& options,
                     std::uint64_t trials, MonteCarloResult& result);

}  // namespace etalon::calibration
