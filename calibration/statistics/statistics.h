// Summary statistics of readings, and the quantiles of the distributions a budget needs (Boost.Math, in one place).
#pragma once

#include <vector>

namespace etalon::calibration {

struct Summary {
  std::size_t count = 0;
  double mean = 0;                // GUM 4.2.1, equation (3)
  double standard_deviation = 0;  // experimental standard deviation s(q_k), GUM 4.2.2, equation (4)
};

// Two passes with correction of the mean, so that a small scatter on a large value keeps its digits
// (NIST StRD NumAcc4). At least two finite readings, else InputError.
Summary summarise(const std::vector<double>& readings);
// At least one finite reading, else InputError.
double mean(const std::vector<double>& readings);

// Probabilities lie strictly between 0 and 1, degrees of freedom are positive (infinity allowed for t): InputError.
double normal_probability(double z);         // P(Z <= z)
double normal_quantile(double probability);  // z with P(Z <= z) = probability
double student_t_quantile(double probability, double degrees_of_freedom);
double chi_squared_quantile(double probability, double degrees_of_freedom);
// P(X > chi_squared): small when the residuals are larger than the stated uncertainties explain.
double chi_squared_upper_probability(double chi_squared, double degrees_of_freedom);

// Half-width, in standard uncertainties, of the central interval of the given probability: k_p of the normal
// distribution (GUM table G.1) and t_p(nu) (GUM table G.2).
double two_sided_normal(double coverage_probability);
double two_sided_student_t(double coverage_probability, double degrees_of_freedom);

}  // namespace etalon::calibration
