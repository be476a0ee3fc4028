// Stability in the time domain: Allan, modified Allan, Hadamard and time deviations (NIST SP 1065, Riley 2008, clause
// 5), for frequencies, and for any quantity that is read at equal intervals (a Zener's voltage, a zero).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "calibration/statistics/power_law_noise.h"

namespace etalon::calibration {

// Phase (time error, in units of time) x_i = tau0 * sum of the fractional frequencies y before i; x_0 = 0, one longer
// than y. The first frequency is subtracted throughout: no deviation here sees a constant frequency, and a small
// scatter on a large frequency keeps its digits. tau0 > 0, at least one frequency, all finite, else InputError.
std::vector<double> phase_from_frequency(const std::vector<double>& frequency, double tau0);

enum class StabilityKind {
  allan,                 // equation (9), (8): every m-th phase; y averaged over m without overlap
  overlapping_allan,     // equation (11)
  modified_allan,        // equation (15)
  time,                  // tau/sqrt(3) times the modified Allan deviation, equation (17)
  hadamard,              // equation (20), (19): third differences, insensitive to linear frequency drift
  overlapping_hadamard,  // equation (22)
};
// "allan", "overlapping-allan", ... InputError lists the names.
std::string to_string(StabilityKind kind);
StabilityKind parse_stability_kind(const std::string& name);

struct Stability {
  double tau = 0;         // m*tau0
  std::size_t terms = 0;  // squared differences that were averaged
  double deviation = 0;   // in the unit of frequency (of phase for `time`)
};

// From N phases at spacing tau0, at averaging factor m. InputError: tau0 not positive, m = 0, a phase that is not
// finite, or too few phases for one term (2m+1 for Allan, 3m for modified Allan and time, 3m+1 for Hadamard).
Stability stability_of_phase(StabilityKind kind, const std::vector<double>& phase, double tau0, std::size_t m);
Stability stability_of_frequency(StabilityKind kind, const std::vector<double>& frequency, double tau0, std::size_t m);

// Equivalent degrees of freedom of the overlapping Allan variance of N phases at averaging factor m: the empirical
// formulas of NIST SP 1065 5.4.1, table 5, for the five noises from white phase to random walk of frequency. InputError
// for other noises and when there are too few phases. equivalent_degrees_of_freedom.h has all deviations.
double overlapping_allan_degrees_of_freedom(PowerLawNoise noise, std::size_t phases, std::size_t m);

struct DeviationInterval {
  double lower = 0;
  double upper = 0;
};
// s^2 edf/chi^2 at both tails (SP 1065 5.3.2, equation (43)); deviation >= 0.
DeviationInterval deviation_interval(double deviation, double equivalent_degrees_of_freedom,
                                     double coverage_probability);

}  // namespace etalon::calibration
