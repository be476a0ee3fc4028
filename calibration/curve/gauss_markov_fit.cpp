#include "calibration/curve/gauss_markov_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/language.h"
#include "calibration/curve/covariance_factor.h"
#include "calibration/curve/levenberg_marquardt.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// The points moved onto the curve with given parameters, and what whitens their residuals there.
struct OnCurve {
  VectorXd x;          // x*, the points' x on the curve
  VectorXd slopes;     // D at x*
  VectorXd residuals;  // r = y - f(x*) - D (x - x*)
  MatrixXd gradient;   // parameters x n: df/dparameters at x*
  VectorXd whitened;   // L^-1 r with S = L L'
};

class Points {
 public:
  Points(const Curve& curve, const CurveData& data) : curve_(curve), data_(data) {
    const Index n = data.x.size();
    moves_ = data.has_uncertainty_x();
    correlated_ = data.has_covariances();
    if (!moves_) {
      if (data.covariance_y.size() > 0) {
        factor_ = covariance_factor(data.covariance_y, data.x, "y");
      } else {
        uncertainty_ = data.has_uncertainty_y() ? data.standard_uncertainty_y : VectorXd::Ones(n);
      }
      return;
    }
    if (correlated_) {
      vx_ = data.covariance_x.size() > 0 ? data.covariance_x : MatrixXd(data.variance_x().asDiagonal());
      vy_ = data.covariance_y.size() > 0 ? data.covariance_y : MatrixXd(data.variance_y().asDiagonal());
      vxy_ = data.covariance_xy.size() > 0 ? data.covariance_xy : MatrixXd::Zero(n, n);
    } else {
      variance_x_ = data.variance_x();
      variance_y_ = data.variance_y();
    }
  }

  // False where the curve has no value, or the points do not come to rest on it.
  bool move(const double* parameters, const VectorXd& from, OnCurve& result) {
    try {
      return moves_ ? project(parameters, from, result) : stay(parameters, result);
    } catch (const InputError&) {
      if (strict_) throw;
      return false;
    }
  }
  // The reason for a failure is thrown instead of `false`.
  void be_strict(bool strict) { strict_ = strict; }

  // L^-1 of columns, with the factor of the last move.
  MatrixXd whiten(const MatrixXd& columns) const {
    if (factor_.size() > 0) return factor_.triangularView<Eigen::Lower>().solve(columns);
    return uncertainty_.cwiseInverse().asDiagonal() * columns;
  }
  // L^-T of columns.
  MatrixXd whiten_back(const MatrixXd& columns) const {
    if (factor_.size() > 0) return factor_.transpose().triangularView<Eigen::Upper>().solve(columns);
    return uncertainty_.cwiseInverse().asDiagonal() * columns;
  }
  bool moves() const { return moves_; }

 private:
  bool evaluate(const double* parameters, OnCurve& result) {
    const Index n = data_.x.size();
    result.residuals.resize(n);
    result.slopes.resize(n);
    result.gradient.resize(static_cast<Index>(curve_.parameters.size()), n);
    for (Index i = 0; i < n; ++i) {
      const double value =
          curve_.evaluate(result.x(i), parameters, moves_ ? &result.slopes(i) : nullptr, result.gradient.col(i).data());
      result.residuals(i) = data_.y(i) - value;
    }
    return result.residuals.allFinite() && result.gradient.allFinite() && (!moves_ || result.slopes.allFinite());
  }

  bool stay(const double* parameters, OnCurve& result) {
    result.x = data_.x;
    if (!evaluate(parameters, result)) return false;
    result.whitened = whiten(result.residuals);
    return true;
  }

  // S at the slopes, and its factor.
  bool factorise(const VectorXd& slopes) {
    if (!correlated_) {
      uncertainty_ = (variance_y_.array() + slopes.array().square() * variance_x_.array()).sqrt();
      return (uncertainty_.array() > 0).all();
    }
    if (factored_.size() == slopes.size() && factored_ == slopes) return true;  // a line has the same slope everywhere
    factored_.resize(0);
    const MatrixXd cross = slopes.asDiagonal() * vxy_;
    const MatrixXd s = vy_ + slopes.asDiagonal() * vx_ * slopes.asDiagonal() - cross - cross.transpose();
    const Eigen::LLT<MatrixXd> cholesky(s);
    if (cholesky.info() != Eigen::Success ||
        !((cholesky.matrixLLT().diagonal().array().square() / s.diagonal().array()).minCoeff() > 1e-13)) {
      if (strict_) covariance_factor(s, data_.x, tr("y (with that of x through the slope)"));
      return false;
    }
    factor_ = cholesky.matrixL();
    factored_ = slopes;
    return true;
  }

  // Gauss-Newton on the points' x alone: x* = x - C S^-1 r, C = V_xy - V_x D.
  bool project(const double* parameters, const VectorXd& from, OnCurve& result) {
    result.x = from;
    double last = std::numeric_limits<double>::infinity();
    for (int step = 0; step < 100; ++step) {
      if (!evaluate(parameters, result)) return false;
      result.residuals -= result.slopes.cwiseProduct(data_.x - result.x);
      if (!factorise(result.slopes)) return false;
      result.whitened = whiten(result.residuals);
      const VectorXd pull = whiten_back(result.whitened);
      VectorXd moved = data_.x;
      if (correlated_) {
        moved += vx_ * result.slopes.cwiseProduct(pull) - vxy_ * pull;
      } else {
        moved.array() += variance_x_.array() * result.slopes.array() * pull.array();
      }
      const double change = (moved - result.x).cwiseAbs().maxCoeff();
      const double size = data_.x.cwiseAbs().maxCoeff() + (data_.x - moved).cwiseAbs().maxCoeff();
      if (change <= 4e-16 * size || (change <= 1e-11 * size && change >= 0.5 * last)) return true;
      if (change >= last && step > 20) return false;
      last = change;
      result.x = moved;
    }
    return false;
  }

  const Curve& curve_;
  const CurveData& data_;
  bool moves_ = false;
  bool correlated_ = false;
  bool strict_ = false;
  VectorXd variance_x_, variance_y_;
  MatrixXd vx_, vy_, vxy_;
  VectorXd uncertainty_;  // square root of S where it is diagonal
  MatrixXd factor_;       // Cholesky factor of S where it is not
  VectorXd factored_;     // the slopes of that factor
};

// (J'J)^-1 of the whitened Jacobian by its singular values, columns of length 1; and its inverse applied to the left.
struct Normal {
  MatrixXd covariance;
  MatrixXd pseudo_inverse;  // (J'J)^-1 J', parameters x n
};

Normal normal_of(const MatrixXd& jacobian, const std::vector<std::string>& names) {
  VectorXd scale = jacobian.colwise().norm();
  for (Index k = 0; k < scale.size(); ++k) {
    if (!(scale(k) > 0) || !std::isfinite(scale(k))) {
      throw InputError(fmt::format(fmt::runtime(tr("the parameter {} is not determined by these points: the curve does "
                                                   "not change with it")),
                                   names[static_cast<std::size_t>(k)]));
    }
  }
  const MatrixXd scaled = jacobian * scale.cwiseInverse().asDiagonal();
  const Eigen::JacobiSVD<MatrixXd> svd(scaled, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const VectorXd& s = svd.singularValues();
  const Index last = s.size() - 1;
  if (!(s(last) > 1e-12 * s(0))) {
    std::string together;
    for (Index k = 0; k < scale.size(); ++k) {
      if (std::fabs(svd.matrixV()(k, last)) > 0.1)
        together += (together.empty() ? "" : ", ") + names[static_cast<std::size_t>(k)];
    }
    throw InputError(fmt::format(
        fmt::runtime(tr("the parameters are not determined by these points: {} cannot be told apart")), together));
  }
  const MatrixXd half = scale.cwiseInverse().asDiagonal() * svd.matrixV() * s.cwiseInverse().asDiagonal();
  return {half * half.transpose(), half * svd.matrixU().transpose()};
}

// The least sum from one start.
Minimum minimum_from(Points& points, const CurveData& data, const VectorXd& start, VectorXd& rest) {
  rest = data.x;  // where the points lay on the curve of the last Jacobian
  OnCurve there;
  const Residuals residuals = [&](const VectorXd& parameters, VectorXd& r, MatrixXd* jacobian) {
    if (!parameters.allFinite() || !points.move(parameters.data(), rest, there)) return false;
    r = there.whitened;
    if (jacobian != nullptr) {
      *jacobian = -points.whiten(there.gradient.transpose());
      rest = there.x;
    }
    return true;
  };
  return least_squares(residuals, start);
}

}  // namespace

CurveFit fit_gauss_markov(const Curve& curve, const CurveData& data, const VectorXd& start) {
  Points points(curve, data);
  OnCurve here;
  points.be_strict(true);
  if (!points.move(start.data(), data.x, here)) {
    throw InputError(
        tr("the curve with its first parameters has no finite value at the points: give other start values"));
  }
  points.be_strict(false);
  VectorXd rest;
  Minimum minimum = minimum_from(points, data, start, rest);
  if (points.moves()) {
    // The sum of distances can have several minima (a line of the wrong slope is one): begin also where the curve fits
    // the points in y alone.
    CurveData in_y;
    in_y.x = data.x;
    in_y.y = data.y;
    Points fixed(curve, in_y);
    VectorXd unused;
    const Minimum near = minimum_from(fixed, in_y, start, unused);
    if (near.settled && (near.parameters - start).norm() > 1e-9 * start.norm()) {
      VectorXd other_rest;
      const Minimum other = minimum_from(points, data, near.parameters, other_rest);
      if (other.settled && (!minimum.settled || other.sum_of_squares < minimum.sum_of_squares * (1 - 1e-10))) {
        minimum = other;
        rest = other_rest;
      }
    }
  }
  if (!minimum.settled) {
    throw InputError(fmt::format(
        fmt::runtime(tr("the fit did not settle after {} steps: give other start values, or a curve with fewer "
                        "parameters")),
        minimum.steps));
  }
  points.be_strict(true);
  if (!points.move(minimum.parameters.data(), points.moves() ? rest : data.x, here))
    throw InputError(tr("the points do not come to rest on the fitted curve: the uncertainties of x are too large"));

  CurveFit fit;
  fit.working = curve;
  fit.working_parameters = minimum.parameters;
  const Normal normal = normal_of(points.whiten(here.gradient.transpose()), curve.parameters);
  fit.working_covariance = normal.covariance;
  fit.sensitivities_y = points.whiten_back(normal.pseudo_inverse.transpose()).transpose();
  if (points.moves()) {
    fit.sensitivities_x = -fit.sensitivities_y * here.slopes.asDiagonal();
    fit.fitted_x = here.x;
    double largest = 0;
    const VectorXd variance_x = data.variance_x();
    const VectorXd variance_y = data.variance_y();
    for (Index i = 0; i < data.x.size(); ++i) {
      const double off_x = data.x(i) - here.x(i);
      // y - f(x*) = r + D (x - x*)
      const double off_y = here.residuals(i) + here.slopes(i) * off_x;
      if (variance_x(i) > 0) largest = std::max(largest, std::fabs(off_x) / std::sqrt(variance_x(i)));
      if (variance_y(i) > 0) largest = std::max(largest, std::fabs(off_y) / std::sqrt(variance_y(i)));
    }
    fit.largest_weighted_deviation = largest;
  }
  fit.parameter_names = curve.parameters;
  fit.parameters = fit.working_parameters;
  fit.covariance = fit.working_covariance;
  fit.chi_squared = here.whitened.squaredNorm();
  set_residuals(fit, data);
  return fit;
}

void apply_convention(CurveFit& fit, const CurveData& data, std::optional<CovarianceConvention> convention) {
  const bool stated = data.has_uncertainty_x() || data.has_uncertainty_y();
  if (!stated && convention == CovarianceConvention::from_stated_uncertainties) {
    throw InputError(
        tr("the covariance of ISO/TS 28037 comes from stated uncertainties, and none is stated: give u(y) or choose "
           "chi-squared-scaled"));
  }
  fit.covariance_convention = convention.value_or(stated ? CovarianceConvention::from_stated_uncertainties
                                                         : CovarianceConvention::scaled_by_residuals);
  const double factor = variance_factor(fit.covariance_convention, fit.chi_squared.value_or(0), fit.degrees_of_freedom);
  fit.covariance *= factor;
  fit.working_covariance *= factor;
  if (!stated) fit.chi_squared.reset();
}

}  // namespace etalon::calibration
