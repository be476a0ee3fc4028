#include "calibration/curve/covariance_factor.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::tr;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

std::string point(const VectorXd& x, Index i) {
  return fmt::format("{} (x = {})", i + 1, x(i));
}

// By rows on the correlations, so that points of different size are judged alike; says which point fails and why.
[[noreturn]] void refuse(const MatrixXd& correlation, const VectorXd& x, const std::string& what) {
  const Index n = correlation.rows();
  constexpr double least_share = 1e-12;  // of a point's variance that the other points do not determine
  MatrixXd factor = MatrixXd::Zero(n, n);
  for (Index i = 0; i < n; ++i) {
    VectorXd row(i);
    if (i > 0) {
      row = factor.topLeftCorner(i, i).triangularView<Eigen::Lower>().solve(correlation.row(i).head(i).transpose());
    }
    const double own = 1 - row.squaredNorm();
    if (own < -1e-9) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the covariance matrix of {} is not positive definite: the covariances of point "
                                      "{} with the points before it contradict each other")),
                      what, point(x, i)));
    }
    if (own <= least_share) {
      std::string others;
      const VectorXd parts = factor.topLeftCorner(i, i).transpose().triangularView<Eigen::Upper>().solve(row);
      for (Index j = 0; j < i; ++j) {
        if (std::fabs(parts(j)) > 1e-3) others += fmt::format("{}{}", others.empty() ? "" : ", ", point(x, j));
      }
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the covariance matrix of {} is singular: the error of point {} is wholly "
                                      "determined by that of {}; give each point its own repeatability or resolution, "
                                      "or leave one of them out")),
                      what, point(x, i), others));
    }
    factor.row(i).head(i) = row.transpose();
    factor(i, i) = std::sqrt(own);
  }
  throw base::InputError(fmt::format(fmt::runtime(tr("the covariance matrix of {} is singular")), what));
}

}  // namespace

void check_covariance(const MatrixXd& covariance, const VectorXd& x, const std::string& what) {
  const Index n = x.size();
  if (covariance.rows() != n || covariance.cols() != n) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the covariance matrix of {} is {} x {}: expected {} x {}, one row for each "
                                    "point")),
                    what, covariance.rows(), covariance.cols(), n, n));
  }
  for (Index j = 0; j < n; ++j) {
    for (Index i = 0; i < n; ++i) {
      if (!std::isfinite(covariance(i, j))) {
        throw base::InputError(
            fmt::format(fmt::runtime(tr("the covariance of points {} and {} is {}: expected a finite number")),
                        point(x, i), point(x, j), covariance(i, j)));
      }
    }
  }
  for (Index i = 0; i < n; ++i) {
    if (covariance(i, i) < 0) {
      throw base::InputError(fmt::format(fmt::runtime(tr("the variance of {} at point {} is {}: expected 0 or more")),
                                         what, point(x, i), covariance(i, i)));
    }
  }
  for (Index j = 0; j < n; ++j) {
    for (Index i = j + 1; i < n; ++i) {
      const double size = std::sqrt(covariance(i, i)) * std::sqrt(covariance(j, j));
      if (std::fabs(covariance(i, j) - covariance(j, i)) > 1e-9 * size) {
        throw base::InputError(fmt::format(
            fmt::runtime(tr("the covariance matrix of {} is not symmetric: {} and {} for points {} and {}")), what,
            covariance(i, j), covariance(j, i), point(x, i), point(x, j)));
      }
      if (std::fabs(covariance(i, j)) > size * (1 + 1e-9)) {
        throw base::InputError(
            fmt::format(fmt::runtime(tr("the covariance of points {} and {} is larger than their uncertainties allow")),
                        point(x, j), point(x, i)));
      }
    }
  }
}

MatrixXd covariance_factor(const MatrixXd& covariance, const VectorXd& x, const std::string& what) {
  check_covariance(covariance, x, what);
  const Index n = x.size();
  for (Index i = 0; i < n; ++i) {
    if (!(covariance(i, i) > 0)) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the variance of point {} is {}: expected a positive number (a point without "
                                      "uncertainty would fix the curve)")),
                      point(x, i), covariance(i, i)));
    }
  }
  const VectorXd u = covariance.diagonal().cwiseSqrt();
  MatrixXd correlation = covariance;
  for (Index j = 0; j < n; ++j)
    correlation.col(j).array() /= u.array() * u(j);
  const Eigen::LLT<MatrixXd> cholesky(correlation);
  if (cholesky.info() != Eigen::Success || !(cholesky.matrixLLT().diagonal().array().square().minCoeff() > 1e-12))
    refuse(correlation, x, what);
  return u.asDiagonal() * MatrixXd(cholesky.matrixL());
}

}  // namespace etalon::calibration
