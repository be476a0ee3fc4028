// Calibration intervals from what was found at past calibrations (NCSLI RP-1, Establishment and Adjustment of
// Calibration Intervals; ILAC-G24/OIML D 10).
#pragma once

#include <string>
#include <vector>

namespace etalon::calibration {

// Method A3, interval test: does the present interval meet the reliability target?
struct IntervalTest {
  int in_tolerance = 0;       // calibrations found in tolerance
  int calibrations = 0;       // all that came at about the present interval
  double interval = 0;        // present interval, any unit of time
  double target = 0.95;       // reliability: probability to be in tolerance at the end of the interval
  double confidence = 0.5;    // change only when the rejection confidence is larger than this
  double largest_change = 2;  // at most this factor longer, at least its inverse
  double shortest = 0;        // the recommendation stays within these
  double longest = 1e308;
};

struct TestedInterval {
  double observed = 0;  // in_tolerance/calibrations
  // Confidence with which "the reliability is the target" is rejected: 1 - 2 P(X <= x) when fewer were in tolerance
  // than the target wants, 1 - 2 P(X >= x) when more, X binomial; never below 0.
  double rejection_confidence = 0;
  double lower = 0;  // central confidence interval of the reliability at `confidence` (Clopper & Pearson 1934)
  double upper = 0;
  double calculated = 0;  // I 10^((R-R_t) Q) below the target, I 10^((R-R_t)/(1-Q)) above it, within largest_change
  double recommended =
      0;  // calculated when it is to be changed, else the present interval; within shortest and longest
  bool changed = false;
};

// RP-1 (2010), method A3. The shortening is confirmed by the published examples; the lengthening is written from memory
// of the document and mirrors it. InputError: counts that do not fit, numbers out of range.
TestedInterval test_interval(const IntervalTest& test);

// Method S2: a model of the reliability over time, fitted to the fraction in tolerance at each interval by maximum
// likelihood (binomial), and the interval at which it falls to the target.
struct IntervalGroup {
  double interval = 0;  // time since the calibration before, positive
  int in_tolerance = 0;
  int calibrations = 0;
};

enum class ReliabilityModel {
  exponential,        // R = exp(-t1 t): out-of-tolerance times without memory (RP-1 appendix D)
  weibull,            // R = exp(-(t1 t)^t2): wear-out for t2 > 1
  mixed_exponential,  // R = (1 + t1 t)^-t2: instruments with different rates
};
std::string to_string(ReliabilityModel model);

struct ReliabilityFit {
  ReliabilityModel model = ReliabilityModel::exponential;
  std::vector<double> parameters;              // t1, t2 of the model, positive
  std::vector<double> standard_uncertainties;  // of them, from the observed information
  double log_likelihood = 0;                   // without the binomial coefficients
  double deviance = 0;                         // 2 (log-likelihood of the observed fractions - that)
  double degrees_of_freedom = 0;               // groups - parameters
  double probability = 0;                      // P(chi^2 > deviance); 1 when nu = 0
  double akaike = 0;                           // 2 parameters - 2 log-likelihood: the smallest fits best
};

// At least as many groups with different intervals as parameters. InputError when a maximum does not exist (all in
// tolerance, none in tolerance, or data that drive a parameter to its end), with what to do.
ReliabilityFit fit_reliability(ReliabilityModel model, const std::vector<IntervalGroup>& groups);

// R(t), t >= 0.
double reliability(const ReliabilityFit& fit, double time);
// The time at which R(t) = target, 0 < target < 1.
double interval_for(const ReliabilityFit& fit, double target);

}  // namespace etalon::calibration
