#include "calibration/uncertainty/coverage_region.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"

namespace etalon::calibration {

using base::tr;

namespace {

void check_outputs(int outputs) {
  if (outputs < 1) {
    throw base::InputError(fmt::format(fmt::runtime(tr("{} outputs: expected at least one")), outputs));
  }
}

}  // namespace

double ellipsoid_factor(double coverage_probability, int outputs) {
  check_outputs(outputs);
  return std::sqrt(chi_squared_quantile(coverage_probability, outputs));
}

double bonferroni_factor(double coverage_probability, int outputs) {
  check_outputs(outputs);
  return two_sided_normal(1 - (1 - coverage_probability) / outputs);
}

Eigen::MatrixXd ellipsoid_axes(const Eigen::MatrixXd& covariance, double coverage_probability) {
  const Eigen::Index n = covariance.rows();
  if (n == 0 || covariance.cols() != n || !covariance.allFinite() || !covariance.isApprox(covariance.transpose())) {
    throw base::InputError(tr("not a covariance matrix: expected a square, symmetric matrix of finite numbers"));
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
  const double largest = solver.eigenvalues().cwiseAbs().maxCoeff();
  if (solver.eigenvalues().minCoeff() < -1e-9 * largest) {
    throw base::InputError(tr("not a covariance matrix: it is not positive semi-definite"));
  }
  const double k = ellipsoid_factor(coverage_probability, static_cast<int>(n));
  Eigen::MatrixXd axes(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index from = n - 1 - i;  // eigenvalues come ascending
    axes.col(i) = solver.eigenvectors().col(from) * k * std::sqrt(std::max(0.0, solver.eigenvalues()(from)));
  }
  return axes;
}

}  // namespace etalon::calibration
