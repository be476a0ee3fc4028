// Coverage factors k = U/u for a coverage probability p.
#pragma once

#include <map>
#include <string>

namespace etalon::calibration {

// How the coverage factor was found, for the budget and the certificate.
enum class CoverageFactorOrigin {
  none,                  // u = 0: there is nothing to multiply
  normal,                // k_p of the normal distribution (GUM table G.1)
  student_t,             // t_p(nu_eff) (GUM G.4.1, table G.2)
  dominant_rectangular,  // one rectangular component dominates (EA-4/02 S9.14)
  dominant_trapezoidal   // two rectangular components, or one trapezoidal or triangular, dominate (EA-4/02 S10.13)
};

// "none", "normal", "student_t", "dominant_rectangular", "dominant_trapezoidal", for JSON.
std::string to_string(CoverageFactorOrigin origin);

// What to do when a rectangular or trapezoidal component dominates.
enum class DominanceRule {
  // EA-4/02 S9.14, S10.13: the output is taken to have the shape of the dominant part, and k follows from the shape
  // alone: p*sqrt(3) for a rectangle, which is the published 1.65 for p = 95 %. Where the rest is not quite negligible,
  // k*u covers somewhat less than p: 93.1 % in S9, 92.7 % for a rectangle with a normal rest at the limit of the rule.
  ea_4_02,
  // k of the convolution of the dominant part with the next rectangle, if there is one, and a normal rest: 1.708 in S9.
  // The interval covers p.
  convolution,
  // Never: k_p or t_p always (JCGM 100 alone); too large an interval.
  none
};

// The rest's combined standard uncertainty may be at most this part of the dominant one (EA-4/02 S9.14).
constexpr double dominance_limit = 0.3;

// Degrees of freedom with which t is taken: to one decimal place, as the GUM prints nu_eff, then truncated to the next
// lower integer (GUM G.4.1 NOTE 1 allows interpolation or truncation; truncation is the safe one and is what H.1 and
// EA-4/02 annex E do). The decimal keeps 18.9987 at the published 19. Below 1 it stays as it is; infinity stays.
double truncated_degrees_of_freedom(double effective_degrees_of_freedom);

// t_p at the truncated degrees of freedom; k_p of the normal distribution for infinity.
double coverage_factor(double coverage_probability, double effective_degrees_of_freedom);

// The same for one probability and many evaluations: factors once computed are remembered. Not for several threads.
class CoverageFactors {
 public:
  explicit CoverageFactors(double coverage_probability) : coverage_probability_(coverage_probability) {}
  double coverage_probability() const { return coverage_probability_; }
  double at(double effective_degrees_of_freedom);

 private:
  double coverage_probability_;
  std::map<double, double> known_;  // by truncated degrees of freedom
};

// k of a symmetric trapezoid with top/base ratio beta from 0 (triangle) to 1 (rectangle) (EA-4/02 S10.13).
double coverage_factor_of_trapezoid(double coverage_probability, double beta);

// k = U/u of the sum of two independent rectangles with half-widths a >= b >= 0 (a > 0) and a normal quantity of
// standard uncertainty s >= 0; u*u = a*a/3 + b*b/3 + s*s. Solved to rounding. InputError for other arguments.
double coverage_factor_of_convolution(double coverage_probability, double a, double b, double s);

}  // namespace etalon::calibration
