#include "calibration/statistics/weighing_design.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <cmath>
#include <string>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
namespace {

// Singular values below this part of the largest count as zero: designs consist of small whole numbers.
constexpr double rank_tolerance = 1e-9;

[[noreturn]] void refuse(const std::string& text) {
  throw base::InputError(tr("weighing design") + ": " + text);
}

void check_covariance(const MatrixXd& covariance, Index size, const char* what) {
  if (covariance.size() == 0) return;
  if (covariance.rows() != size || covariance.cols() != size) {
    refuse(fmt::format(fmt::runtime(tr("the covariance of the {} is {} by {}: expected {} by {}")), tr(what),
                       covariance.rows(), covariance.cols(), size, size));
  }
  const double largest = covariance.cwiseAbs().maxCoeff();
  if (!covariance.allFinite() || (covariance - covariance.transpose()).cwiseAbs().maxCoeff() > 1e-12 * largest) {
    refuse(fmt::format(fmt::runtime(tr("the covariance of the {} is not finite or not symmetric")), tr(what)));
  }
  if (Eigen::SelfAdjointEigenSolver<MatrixXd>(covariance).eigenvalues().minCoeff() < -1e-12 * largest) {
    refuse(fmt::format(fmt::runtime(tr("the covariance of the {} is not positive semidefinite")), tr(what)));
  }
}

void check(const WeighingDesign& d) {
  const Index n = d.design.rows();
  const Index k = d.design.cols();
  if (n == 0 || k == 0) refuse(tr("there are no observations or no artefacts"));
  if (d.observations.size() != n) {
    refuse(fmt::format(fmt::runtime(tr("{} observations for {} rows of the design")), d.observations.size(), n));
  }
  if (d.sigma.size() != 0 && d.sigma.size() != n) {
    refuse(fmt::format(fmt::runtime(tr("{} standard deviations for {} observations")), d.sigma.size(), n));
  }
  if (d.restraint.rows() != d.restraint_values.size() || (d.restraint.rows() > 0 && d.restraint.cols() != k)) {
    refuse(fmt::format(fmt::runtime(tr("a restraint of {} by {} with {} values for {} artefacts")), d.restraint.rows(),
                       d.restraint.cols(), d.restraint_values.size(), k));
  }
  if (!d.design.allFinite() || !d.observations.allFinite() || !d.restraint.allFinite() ||
      !d.restraint_values.allFinite()) {
    refuse(tr("a number in it is not finite"));
  }
  if (d.sigma.size() > 0 && !(d.sigma.allFinite() && d.sigma.minCoeff() > 0)) {
    refuse(tr("a standard deviation of an observation is not positive"));
  }
  if (d.drift_degree < 0 || d.drift_degree > 2) {
    refuse(fmt::format(fmt::runtime(tr("a drift of degree {}: expected 0, 1 or 2")), d.drift_degree));
  }
  if (d.process_standard_deviation &&
      !(*d.process_standard_deviation >= 0 && std::isfinite(*d.process_standard_deviation))) {
    refuse(tr("the standard deviation of the process is negative or not finite"));
  }
  check_covariance(d.restraint_covariance, d.restraint.rows(), base::message_id("restraint"));
  check_covariance(d.observation_covariance, n, base::message_id("observations"));
}

}  // namespace

WeighingResult solve(const WeighingDesign& d) {
  check(d);
  const Index n = d.design.rows();
  const Index k = d.design.cols();
  const Index drift = d.drift_degree;
  const Index all = k + drift;
  const Index restraints = d.restraint.rows();
  const VectorXd sigma = d.sigma.size() > 0 ? d.sigma : VectorXd::Ones(n);

  MatrixXd design(n, all);
  design.leftCols(k) = d.design;
  const double middle = static_cast<double>(n - 1) / 2;
  for (Index power = 1; power <= drift; ++power) {
    for (Index i = 0; i < n; ++i)
      design(i, k + power - 1) = std::pow(static_cast<double>(i) - middle, static_cast<double>(power));
  }
  MatrixXd restraint = MatrixXd::Zero(restraints, all);
  if (restraints > 0) restraint.leftCols(k) = d.restraint;

  // x = of_restraint_only * r + free * z: the restraint is met whatever z is.
  MatrixXd particular = MatrixXd::Zero(all, restraints);
  MatrixXd free = MatrixXd::Identity(all, all);
  if (restraints > 0) {
    Eigen::JacobiSVD<MatrixXd> svd(restraint, Eigen::ComputeFullU | Eigen::ComputeFullV);
    svd.setThreshold(rank_tolerance);
    if (svd.rank() < restraints) refuse(tr("the restraints depend on each other (or one is zero)"));
    const VectorXd inverse = svd.singularValues().head(restraints).cwiseInverse();
    particular = svd.matrixV().leftCols(restraints) * inverse.asDiagonal() * svd.matrixU().transpose();
    free = svd.matrixV().rightCols(all - restraints);
  }

  const VectorXd root_weight = sigma.cwiseInverse();
  const MatrixXd weighted = root_weight.asDiagonal() * design;
  const MatrixXd reduced = weighted * free;
  MatrixXd pseudo_inverse = MatrixXd::Zero(free.cols(), n);
  if (free.cols() > 0) {
    Eigen::JacobiSVD<MatrixXd> svd(reduced, Eigen::ComputeFullU | Eigen::ComputeFullV);
    svd.setThreshold(rank_tolerance);
    const Index rank = svd.rank();
    if (rank < free.cols()) {
      const MatrixXd open = free * svd.matrixV().rightCols(free.cols() - rank);
      std::string names;
      bool in_drift = false;
      for (Index j = 0; j < all; ++j) {
        if (open.row(j).norm() <= 1e-6) continue;
        if (j >= k) {
          in_drift = true;
        } else {
          names += (names.empty() ? "" : ", ") + std::to_string(j + 1);
        }
      }
      if (in_drift) names += (names.empty() ? "" : ", ") + tr("drift");
      refuse(
          fmt::format(fmt::runtime(tr("observations and restraint do not determine all artefacts (undetermined: {}): "
                                      "add observations, or a restraint")),
                      names));
    }
    const VectorXd inverse = svd.singularValues().head(rank).cwiseInverse();
    pseudo_inverse = svd.matrixV().leftCols(rank) * inverse.asDiagonal() * svd.matrixU().leftCols(rank).transpose();
  }

  WeighingResult result;
  const MatrixXd gain = free * pseudo_inverse * root_weight.asDiagonal();
  const MatrixXd from_restraint = particular - gain * design * particular;
  // Corrections to the particular solution, so that 1 kg does not cost the digits of a microgram.
  VectorXd x = particular * d.restraint_values;
  for (int round = 0; round < 3; ++round)
    x += gain * (d.observations - design * x);
  result.values = x.head(k);
  result.drift = x.tail(drift);
  result.residuals = d.observations - design * x;
  result.weighted_sum_of_squares = (root_weight.asDiagonal() * result.residuals).squaredNorm();
  result.degrees_of_freedom = static_cast<double>(n + restraints - all);
  if (result.degrees_of_freedom > 0) {
    result.standard_deviation = std::sqrt(result.weighted_sum_of_squares / result.degrees_of_freedom);
  } else if (!d.process_standard_deviation) {
    refuse(tr("no degrees of freedom are left: give the standard deviation of the process, or observe more"));
  }
  const MatrixXd root = free * pseudo_inverse;
  result.covariance_factors = (root * root.transpose()).topLeftCorner(k, k);
  const double s = d.process_standard_deviation.value_or(result.standard_deviation);
  result.type_a_covariance = s * s * result.covariance_factors;
  result.of_observations = gain.topRows(k);
  result.of_restraint = from_restraint.topRows(k);
  result.type_b_covariance = MatrixXd::Zero(k, k);
  if (d.restraint_covariance.size() > 0)
    result.type_b_covariance += result.of_restraint * d.restraint_covariance * result.of_restraint.transpose();
  if (d.observation_covariance.size() > 0)
    result.type_b_covariance += result.of_observations * d.observation_covariance * result.of_observations.transpose();
  result.covariance = result.type_a_covariance + result.type_b_covariance;
  if (!result.values.allFinite() || !result.covariance.allFinite()) refuse(tr("its solution is not finite"));
  return result;
}

}  // namespace etalon::calibration
