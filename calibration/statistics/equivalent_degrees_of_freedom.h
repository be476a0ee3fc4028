// Equivalent degrees of freedom of all deviations of frequency_stability.h, and their confidence intervals.
#pragma once

#include <cstddef>
#include <vector>

#include "calibration/statistics/frequency_stability.h"
#include "calibration/statistics/noise_identification.h"

namespace etalon::calibration {

// Greenhall & Riley, "Uncertainty of stability variances based on finite differences", PTTI 2003; NIST SP 1065 5.4.2:
// 1/edf is the sum of squared correlations of the differences of the generalised autocovariance of the noise, over the
// lags of the estimator (their equation (13)). The sum is made here in full, so the coefficients fitted to it (their
// tables 1 to 3, good to about 1 %) are not needed; white phase noise by their closed form; beyond m = 10000 in 10000
// steps a tau. As published, phases are averaged over the spacing of the readings while m (d + 1) <= 100 (d = 2, for
// Hadamard 3), and sampled beyond, for alpha <= 0.
// For readings that are exactly independent (white frequency noise, sampled) table 5, overlapping_allan_degrees_of_
// freedom, is therefore closer at small m: 666 against 782 at m = 1 of 1001 phases, 4 % in the interval; 73 against 69
// at m = 20.
// InputError: m = 0, too few phases for one difference, or a noise for which the deviation has no limit (alpha < -2 for
// Allan, modified Allan and time; < -4 for Hadamard).
double equivalent_degrees_of_freedom(StabilityKind kind, PowerLawNoise noise, std::size_t phases, std::size_t m);

struct StabilityInterval {
  Stability stability;
  IdentifiedNoise noise;
  std::size_t identified_at = 0;  // averaging factor at which the noise was identified
  double equivalent_degrees_of_freedom = 0;
  DeviationInterval interval;
};

// The deviation, the noise that dominates there, and the interval that follows. Where every m-th phase is fewer than
// 30, the noise is that of the largest averaging factor that has 30. InputError as of the parts.
StabilityInterval stability_with_interval(StabilityKind kind, const std::vector<double>& phase, double tau0,
                                          std::size_t m, double coverage_probability);

}  // namespace etalon::calibration
