// One-way analysis of variance: does the group (day, instrument, operator) add to the scatter, and what does that do to
// the uncertainty of the mean.
#pragma once

#include <cstddef>
#include <vector>

namespace etalon::calibration {

struct AnalysisOfVariance {
  std::size_t groups = 0;  // J
  std::size_t count = 0;   // N, readings altogether
  double mean = 0;         // of all readings
  double between_sum_of_squares = 0;
  double within_sum_of_squares = 0;
  double between_degrees_of_freedom = 0;  // J - 1
  double within_degrees_of_freedom = 0;   // N - J
  double between_mean_square = 0;         // s_a^2 of GUM H.5
  double within_mean_square = 0;          // s_b^2: its root is the residual standard deviation of StRD
  double f = 0;                           // s_a^2/s_b^2; infinity when the groups have no scatter inside
  double probability = 0;                 // P(F > f) if the groups did not differ: small when they do
  double r_squared = 0;                   // between/(between + within)
  // s_W, and s_B with s_B^2 = (s_a^2 - s_b^2)/n0, n0 = (N - sum n_j^2/N)/(J - 1), which is K for J groups of K
  // (GUM H.5.2.5; unbalanced: Searle, Casella, McCulloch, Variance Components, 3.6). 0 when s_a < s_b.
  double within_standard_deviation = 0;
  double between_standard_deviation = 0;
  // Of the mean of all readings when groups differ: u^2 = s_B^2 sum n_j^2/N^2 + s_W^2/N, which is s_a^2/(JK) for groups
  // of K (GUM H.5.2.5, equation (H.28)); nu = J - 1 for groups of K, else after Satterthwaite (GUM G.4.1).
  double uncertainty_with_groups = 0;
  double degrees_of_freedom_with_groups = 0;
  // When groups do not differ: all N readings as one sample, nu = N - 1 (GUM H.5.2.5, equation (H.29), u = 13 uV).
  double uncertainty_pooled = 0;
  double degrees_of_freedom_pooled = 0;
};

// A group of which only the summary is known.
struct GroupSummary {
  std::size_t count = 0;
  double mean = 0;
  double standard_deviation = 0;
};

// Sums of squares in double-double arithmetic (32 digits), so that what is lost is only what the readings lost when
// they became doubles. At least two groups, at least one reading in each and two in one of them, all finite, else
// InputError. Groups need not be of one size. All readings equal: InputError (there is nothing to analyse).
AnalysisOfVariance analysis_of_variance(const std::vector<std::vector<double>>& groups);
// From summaries: counts >= 1, standard deviations >= 0 (0 for a count of 1).
AnalysisOfVariance analysis_of_variance(const std::vector<GroupSummary>& groups);

// F with P(F <= f) = probability: the critical value to compare `f` with (GUM H.5.2.4).
double f_quantile(double probability, double numerator_degrees_of_freedom, double denominator_degrees_of_freedom);

}  // namespace etalon::calibration
