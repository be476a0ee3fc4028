#include "calibration/curve/curve_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "calibration/curve/covariance_factor.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

void check_uncertainties(const VectorXd& u, const VectorXd& x, const char* what) {
  if (u.size() == 0) return;
  if (u.size() != x.size()) {
    throw InputError(fmt::format(fmt::runtime(tr("{} points but {} standard uncertainties of {}: expected one for "
                                                 "each")),
                                 x.size(), u.size(), what));
  }
  for (Index i = 0; i < u.size(); ++i) {
    if (!(u(i) >= 0) || std::isinf(u(i))) {
      throw InputError(
          fmt::format(fmt::runtime(tr("the standard uncertainty of {} at point {} (x = {}) is {}: expected "
                                      "a finite, not negative number")),
                      what, i + 1, x(i), u(i)));
    }
  }
}

// The whole covariance of (x, y) must be possible, although only a combination of it is inverted.
void check_cross_covariance(const CurveData& data) {
  const Index n = data.x.size();
  if (data.covariance_xy.size() == 0) return;
  if (data.covariance_xy.rows() != n || data.covariance_xy.cols() != n) {
    throw InputError(
        fmt::format(fmt::runtime(tr("the covariance matrix of {} is {} x {}: expected {} x {}, one row for "
                                    "each point")),
                    "x, y", data.covariance_xy.rows(), data.covariance_xy.cols(), n, n));
  }
  const VectorXd ux = data.variance_x().cwiseSqrt();
  const VectorXd uy = data.variance_y().cwiseSqrt();
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      if (!(std::fabs(data.covariance_xy(i, j)) <= ux(i) * uy(j) * (1 + 1e-9))) {
        throw InputError(fmt::format(fmt::runtime(tr("the covariance of x at point {} and y at point {} is {}: larger "
                                                     "than their uncertainties allow")),
                                     i + 1, j + 1, data.covariance_xy(i, j)));
      }
    }
  }
  MatrixXd joint = MatrixXd::Zero(2 * n, 2 * n);
  joint.diagonal() << data.variance_x(), data.variance_y();
  if (data.covariance_x.size() > 0) joint.topLeftCorner(n, n) = data.covariance_x;
  if (data.covariance_y.size() > 0) joint.bottomRightCorner(n, n) = data.covariance_y;
  joint.topRightCorner(n, n) = data.covariance_xy;
  joint.bottomLeftCorner(n, n) = data.covariance_xy.transpose();
  VectorXd scale = joint.diagonal().cwiseSqrt();
  for (double& s : scale)
    s = s > 0 ? 1 / s : 0;
  joint = scale.asDiagonal() * joint * scale.asDiagonal();
  // Cholesky of a slightly raised matrix instead of its eigenvalues: the same question, ten times as fast.
  joint.diagonal().array() += 1e-9;
  if (Eigen::LLT<MatrixXd>(joint).info() != Eigen::Success) {
    throw InputError(
        tr("the covariances of x, of y and between them contradict each other: the whole matrix is not positive "
           "semidefinite"));
  }
}

}  // namespace

bool CurveData::has_uncertainty_x() const {
  return (standard_uncertainty_x.array() > 0).any() || (covariance_x.size() > 0 && !covariance_x.isZero(0));
}

VectorXd CurveData::variance_x() const {
  if (covariance_x.size() > 0) return covariance_x.diagonal();
  if (standard_uncertainty_x.size() > 0) return standard_uncertainty_x.cwiseAbs2();
  return VectorXd::Zero(x.size());
}

VectorXd CurveData::variance_y() const {
  if (covariance_y.size() > 0) return covariance_y.diagonal();
  if (standard_uncertainty_y.size() > 0) return standard_uncertainty_y.cwiseAbs2();
  return VectorXd::Zero(x.size());
}

void check_data(const CurveData& data) {
  if (data.x.size() != data.y.size()) {
    throw InputError(fmt::format(fmt::runtime(tr("a curve needs one y for each x: {} x and {} y are given")),
                                 data.x.size(), data.y.size()));
  }
  for (Index i = 0; i < data.x.size(); ++i) {
    if (!std::isfinite(data.x(i)) || !std::isfinite(data.y(i))) {
      throw InputError(
          fmt::format(fmt::runtime(tr("point {} is ({}, {}): expected finite numbers")), i + 1, data.x(i), data.y(i)));
    }
  }
  check_uncertainties(data.standard_uncertainty_x, data.x, "x");
  check_uncertainties(data.standard_uncertainty_y, data.x, "y");
  if ((data.standard_uncertainty_x.size() > 0 && data.covariance_x.size() > 0) ||
      (data.standard_uncertainty_y.size() > 0 && data.covariance_y.size() > 0)) {
    throw InputError(tr("give standard uncertainties or a covariance matrix, not both for the same quantity"));
  }
  if (data.covariance_x.size() > 0) check_covariance(data.covariance_x, data.x, "x");
  if (data.covariance_y.size() > 0) check_covariance(data.covariance_y, data.x, "y");
  if (data.covariance_xy.size() > 0 && !(data.has_uncertainty_x() && data.has_uncertainty_y())) {
    throw InputError(tr("covariances between x and y need the uncertainties of x and of y"));
  }
  check_cross_covariance(data);
  if (data.has_uncertainty_x() || data.has_uncertainty_y()) {
    const VectorXd variance_x = data.variance_x();
    const VectorXd variance_y = data.variance_y();
    for (Index i = 0; i < data.x.size(); ++i) {
      if (!(variance_x(i) > 0) && !(variance_y(i) > 0)) {
        throw InputError(
            fmt::format(fmt::runtime(tr("point {} (x = {}) has no uncertainty in x nor in y: expected one of them")),
                        i + 1, data.x(i)));
      }
    }
  }
}

void check_determined(const CurveData& data, int parameters, const std::string& curve) {
  std::vector<double> different(data.x.begin(), data.x.end());
  std::sort(different.begin(), different.end());
  different.erase(std::unique(different.begin(), different.end()), different.end());
  const auto count = static_cast<int>(different.size());
  if (count < parameters) {
    if (count == 1 && data.x.size() > 1) {
      throw InputError(
          fmt::format(fmt::runtime(tr("all {} points are at x = {}: {} has {} parameters and needs as many "
                                      "different x")),
                      data.x.size(), data.x(0), curve, parameters));
    }
    throw InputError(fmt::format(
        fmt::runtime(tr("{} points at {} different x do not determine the {} parameters of {}: expected at least {}")),
        data.x.size(), count, parameters, curve, parameters));
  }
  if (!data.has_uncertainty_x() && !data.has_uncertainty_y() && data.x.size() <= parameters) {
    throw InputError(fmt::format(
        fmt::runtime(tr("{} points and {} parameters of {}: without stated uncertainties the scatter is taken from the "
                        "residuals, which takes at least {} points")),
        data.x.size(), parameters, curve, parameters + 1));
  }
}

}  // namespace etalon::calibration
