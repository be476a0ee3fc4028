// Readings that follow each other so closely that they are not independent: GUM 4.2.7 asks for methods made for that.
#pragma once

#include <cstddef>
#include <vector>

#include "calibration/statistics/type_a.h"

namespace etalon::calibration {

// r_k = sum_{i=1}^{n-k} (q_i - m)(q_{i+k} - m) / sum (q_i - m)^2: lag-k autocorrelation as NIST StRD Univariate
// certifies it for k = 1. Needs k < n and readings that are not all equal, else InputError.
double autocorrelation(const std::vector<double>& readings, std::size_t lag = 1);

struct CorrelatedReadings {
  TypeA result;                      // s and u corrected, nu = n_eff - 1
  double effective_count = 0;        // n_eff
  std::size_t last_lag = 0;          // autocorrelations up to this lag were used; 0: none (independent)
  double first_autocorrelation = 0;  // r_1
};

// n_eff = n/(1 + 2 sum_{k=1}^{K} (1 - k/n) r_k) (Zhang, Metrologia 43 (2006) S276; Zieba, Metrol. Meas. Syst. XVII
// (2010) 3), with K the last lag before the estimated autocorrelation first reaches zero (Zieba & Ramza, Metrol. Meas.
// Syst. XVIII (2011) 529). s^2 is corrected for its bias, s_a^2 = s^2 (n-1)/n * n_eff/(n_eff - 1), and u =
// s_a/sqrt(n_eff), nu = n_eff - 1. Never below the u of independent readings: a negative r_1 leaves n_eff = n. Equally
// spaced readings, at least four.
//
// Where K is more than a quarter of the readings (and more than 2), a drift is the usual reason. When a straight line
// makes up more than half of their sum of squares, they are refused as drifting: InputError. Else the estimate stands,
// with its few degrees of freedom (n_eff mostly 3 to 8): 95 % intervals of simulated first-order autoregressive series
// of this kind hold the mean about as often as those of the other series of the same length, or more often.
//
// No estimate sees a correlation that lasts as long as the readings do. Of first-order autoregressive readings of
// coefficient 0.5, 95 % intervals hold the mean 84 % of the time for 10 readings and 92 % for 50; of coefficient 0.9,
// 47 % and 76 % (docs/statistics.md). Read for twenty correlation times or more.
CorrelatedReadings correlated_readings(const std::vector<double>& readings);

}  // namespace etalon::calibration
