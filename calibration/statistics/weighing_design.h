// Weighing designs: differences between artefacts of unknown value (weights, resistors, gauge blocks), a restraint that
// ties them to a standard, and a drift during the series, solved by least squares (NBS Technical Note 952, Cameron,
// Croarkin & Raybold 1977; NIST SOP 5; with all observations and no restraint: MSL TP 9).
#pragma once

#include <Eigen/Core>
#include <optional>

namespace etalon::calibration {

struct WeighingDesign {
  // One row an observation, one column an artefact: +1 and -1 for what lies on either side (any finite numbers).
  Eigen::MatrixXd design;
  Eigen::VectorXd observations;
  // Relative standard deviations of the observations, for weights 1/sigma^2; empty: equal weights, sigma = 1.
  Eigen::VectorXd sigma;
  // Rows r with r*x = value, met exactly: the mass of the standard, or of a sum of two. Empty: no restraint, then the
  // observations must determine all artefacts.
  Eigen::MatrixXd restraint;
  Eigen::VectorXd restraint_values;
  // Of the restraint's values, with their covariances; empty: zero.
  Eigen::MatrixXd restraint_covariance;
  // Of the observations apart from their repeatability (balance, buoyancy, height; correlated), Type B; empty: zero.
  Eigen::MatrixXd observation_covariance;
  // The balance drifts as a polynomial of this degree in the order of the observations, 0 (none) to 2, estimated with
  // the rest. Time is counted in observations from the middle of the series.
  int drift_degree = 0;
  // Known standard deviation of an observation with sigma = 1 (the process's, from control charts). Without it, the one
  // from the residuals is used for Type A.
  std::optional<double> process_standard_deviation;
};

struct WeighingResult {
  Eigen::VectorXd values;              // of the artefacts
  Eigen::VectorXd drift;               // coefficients of time, time^2; empty without drift
  Eigen::VectorXd residuals;           // observation less fit
  double weighted_sum_of_squares = 0;  // of residual/sigma
  double standard_deviation = 0;       // sqrt(that/nu), of an observation with sigma = 1; 0 when nu = 0
  double degrees_of_freedom = 0;       // observations + restraints - artefacts - drift coefficients
  Eigen::MatrixXd covariance_factors;  // Q: Type A covariance is s^2 Q
  Eigen::MatrixXd type_a_covariance;   // with the process's standard deviation if given, else with the residuals'
  Eigen::MatrixXd type_b_covariance;   // of restraint and observations
  Eigen::MatrixXd covariance;          // the sum
  Eigen::MatrixXd of_observations;     // d(values)/d(observations)
  Eigen::MatrixXd of_restraint;        // d(values)/d(restraint values)
};

// The standard uncertainty of a combination c'x is sqrt(c' covariance c). InputError: sizes that do not fit, numbers
// that are not finite, sigma not positive, covariances not symmetric or not positive semidefinite, restraints that
// depend on each other, artefacts (named by column) that observations and restraint leave undetermined, and neither
// degrees of freedom nor a process standard deviation.
WeighingResult solve(const WeighingDesign& design);

}  // namespace etalon::calibration
