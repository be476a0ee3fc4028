// JCGM 101:2008 7.9.4.
#pragma once

#include <cstdint>

#include "calibration/uncertainty/monte_carlo/monte_carlo.h"
#include "calibration/uncertainty/monte_carlo/simulation.h"

namespace etalon::calibration {

struct AdaptiveTrials {
  std::uint64_t trials = 0;
  bool settled = false;
};

// How many trials it takes until means, standard uncertainties and the ends of both coverage intervals are stable:
// sequences of M = max(10^4, 100/(1 - p)) trials are run until twice the standard deviation of the average over the
// sequences is below the numerical tolerance of u, for each of these of each output. For an output without a standard
// uncertainty only the intervals count, and half the half-length of the symmetric one stands for u.
AdaptiveTrials find_number_of_trials(const Simulation& simulation, const JointInputs& joint,
                                     const MonteCarloOptions& options, const std::vector<bool>& without_deviation);

}  // namespace etalon::calibration
