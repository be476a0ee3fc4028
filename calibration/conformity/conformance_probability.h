// Probability that the true value conforms, beyond the normal case of decision_rule.h: Student's t, Monte Carlo
// samples, what was known before, and the probability that it does not conform (specific risk).
#pragma once

#include <vector>

#include "calibration/conformity/decision_rule.h"

namespace etalon::calibration {

// Limits with lower <= upper, at least one finite, as for decide(); values finite, u > 0. Else InputError.

// Specific consumer's risk when an item with this result is accepted: 1 - p_c, from the tails, so that 1e-12 keeps its
// digits (JCGM 106:2012 9.3.2). When it is rejected, conformance_probability() is the specific producer's risk.
double nonconformance_probability(double error, const PermissibleLimits& limits, double standard_uncertainty);

// Scaled and shifted t: P(T_L <= Y <= T_U) with (Y - error)/u distributed as t of nu (JCGM 106:2012 7.2.1 with the
// state of knowledge of JCGM 101:2008 6.4.9). nu > 0; infinite: normal.
double conformance_probability_of_t(double error, const PermissibleLimits& limits, double standard_uncertainty,
                                    double degrees_of_freedom);
// 1 - that, from the tails.
double nonconformance_probability_of_t(double error, const PermissibleLimits& limits, double standard_uncertainty,
                                       double degrees_of_freedom);

struct SampledProbability {
  double probability = 0;           // part of the samples inside, limits included
  double standard_uncertainty = 0;  // of it, from their number: (k+1)(M-k+1)/((M+2)^2 (M+3)), uniform prior (JCGM 101
                                    // 6.4.11 has the same idea for counts); not 0 even when none lies outside
};
// Samples of the output quantity, as a Monte Carlo simulation has them (JCGM 106:2012 7.2.1). At least one, finite.
SampledProbability conformance_probability_of_samples(const std::vector<double>& samples,
                                                      const PermissibleLimits& limits);

// What is known of an item before it is measured: normal, from a population of like items (JCGM 106:2012 6.2).
struct NormalKnowledge {
  double mean = 0;
  double standard_deviation = 0;
};
// After it was measured as y with u: 1/s^2 = 1/s0^2 + 1/u^2, mean the weighted mean (JCGM 106:2012 6.2, A.4.4). Both
// positive, else InputError.
NormalKnowledge posterior(const NormalKnowledge& prior, double measured, double standard_uncertainty);

}  // namespace etalon::calibration
