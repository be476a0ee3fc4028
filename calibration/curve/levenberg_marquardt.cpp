#include "calibration/curve/levenberg_marquardt.h"

#include <algorithm>
#include <cmath>

namespace etalon::calibration {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// J*D^-1 = U*S*V' by the QR decomposition first, which leaves a small square for the singular values.
struct Decomposed {
  VectorXd singular;
  MatrixXd v;
  VectorXd along;  // U'*r
};

Decomposed decompose(const MatrixXd& jacobian, const VectorXd& residuals, const VectorXd& scale) {
  const Eigen::Index p = jacobian.cols();
  const MatrixXd scaled = jacobian * scale.cwiseInverse().asDiagonal();
  if (jacobian.rows() > 2 * p) {
    const Eigen::HouseholderQR<MatrixXd> qr(scaled);
    const VectorXd rotated = qr.householderQ().transpose() * residuals;
    const MatrixXd r = qr.matrixQR().topRows(p).triangularView<Eigen::Upper>();
    const Eigen::JacobiSVD<MatrixXd> svd(r, Eigen::ComputeThinU | Eigen::ComputeThinV);
    return {svd.singularValues(), svd.matrixV(), svd.matrixU().transpose() * rotated.head(p)};
  }
  const Eigen::JacobiSVD<MatrixXd> svd(scaled, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return {svd.singularValues(), svd.matrixV(), svd.matrixU().transpose() * residuals};
}

VectorXd damped_step(const Decomposed& d, double lambda) {
  VectorXd along = VectorXd::Zero(d.singular.size());
  const double smallest = 1e-15 * d.singular(0);
  for (Eigen::Index i = 0; i < along.size(); ++i) {
    const double s = d.singular(i);
    if (s > smallest) along(i) = -s * d.along(i) / (s * s + lambda);
  }
  return d.v * along;
}

// The step of least squares within the radius (in scaled parameters): the damping by Newton's method on
// 1/|step(lambda)| - 1/radius, which is nearly linear in lambda.
VectorXd step_within(const Decomposed& d, double radius) {
  VectorXd step = damped_step(d, 0);
  if (step.norm() <= 1.1 * radius) return step;
  double lambda = 0, low = 0;
  double high = d.singular.cwiseProduct(d.along).norm() / radius;
  for (int i = 0; i < 40; ++i) {
    const double length = step.norm();
    if (std::fabs(length - radius) <= 0.1 * radius) break;
    double slope = 0;  // of |step|^2/2 with lambda, negative
    const double smallest = 1e-15 * d.singular(0);
    for (Eigen::Index k = 0; k < d.singular.size(); ++k) {
      const double s = d.singular(k);
      if (s > smallest) slope -= std::pow(s * d.along(k), 2) / std::pow(s * s + lambda, 3);
    }
    (length > radius ? low : high) = lambda;
    double next = lambda + (length - radius) / radius * length * length / -slope;
    if (!(next > low) || !(next < high)) next = low > 0 ? std::sqrt(low * high) : 1e-3 * high;
    lambda = next;
    step = damped_step(d, lambda);
  }
  return step;
}

// What Gauss-Newton leaves out of the matrix of second derivatives, sum of r_i times the second derivatives of r_i, in
// the coordinates in which J'J is the unit matrix: differences of J'r with r held, along each of them. Empty where the
// residuals do not exist nearby.
MatrixXd curvature(const Residuals& residuals, const Minimum& here, const VectorXd& scale, const Decomposed& d) {
  const MatrixXd axes = d.v * d.singular.cwiseInverse().asDiagonal();
  const double size = scale.cwiseProduct(here.parameters).norm();
  MatrixXd result(axes.cols(), axes.cols());
  VectorXd unused(here.residuals.size());
  MatrixXd ahead, behind;
  for (Eigen::Index k = 0; k < axes.cols(); ++k) {
    const double step = 1e-5 * size / axes.col(k).norm();
    const VectorXd move = step * axes.col(k).cwiseQuotient(scale);
    if (!residuals(here.parameters + move, unused, &ahead) || !residuals(here.parameters - move, unused, &behind))
      return {};
    const VectorXd change = (ahead - behind).transpose() * here.residuals / (2 * step);
    result.col(k) = axes.transpose() * change.cwiseQuotient(scale);
  }
  return (result + result.transpose()) / 2;
}

enum class Steps { gauss_newton, newton };

// The sum of squares is flat to rounding long before the parameters are exact: whole steps go on as long as each is
// clearly shorter than the one before. Those of Gauss-Newton keep the digits of an ill-conditioned Jacobian, but run
// away from the minimum where the residuals are large and curved (NIST StRD Thurber: each is three times the one
// before, and back); those of Newton do not.
// Returns the length of the last step as a part of the length of the parameters.
double finish(const Residuals& residuals, Minimum& here, VectorXd scale, Steps steps) {
  Minimum there;
  there.residuals.resize(here.residuals.size());
  double last = INFINITY;
  double relative = INFINITY;
  for (int i = 0; i < (steps == Steps::newton ? 10 : 100); ++i) {
    for (Eigen::Index k = 0; k < scale.size(); ++k) {
      const double norm = here.jacobian.col(k).norm();
      if (norm > 0) scale(k) = norm;
    }
    const Decomposed decomposed = decompose(here.jacobian, here.residuals, scale);
    const Eigen::Index smallest = decomposed.singular.size() - 1;
    if (!decomposed.singular.allFinite() || !(decomposed.singular(0) > 0)) return relative;
    VectorXd scaled_step = damped_step(decomposed, 0);
    if (steps == Steps::newton) {
      if (!(decomposed.singular(smallest) > 1e-12 * decomposed.singular(0))) return relative;
      MatrixXd matrix = curvature(residuals, here, scale, decomposed);
      if (!matrix.allFinite() || matrix.size() == 0) return relative;
      matrix.diagonal().array() += 1;
      const Eigen::LLT<MatrixXd> cholesky(matrix);
      if (cholesky.info() != Eigen::Success) return relative;  // no minimum in second derivatives
      scaled_step = -decomposed.v * cholesky.solve(decomposed.along).cwiseQuotient(decomposed.singular);
    }
    const double length = scaled_step.norm();
    const double position = scale.cwiseProduct(here.parameters).norm();
    relative = length / position;
    if (!(length < 0.9 * last) || length <= 1e-17 * position) return relative;
    there.parameters = here.parameters + scaled_step.cwiseQuotient(scale);
    if (!residuals(there.parameters, there.residuals, &there.jacobian)) return relative;
    there.sum_of_squares = there.residuals.squaredNorm();
    if (!(there.sum_of_squares <= here.sum_of_squares * (1 + 1e-9))) return relative;
    last = length;
    here.parameters = there.parameters;
    here.residuals = there.residuals;
    here.jacobian = there.jacobian;
    here.sum_of_squares = there.sum_of_squares;
  }
  return relative;
}

Minimum descend(const Residuals& residuals, const Minimum& start, double first_radius, bool& straight) {
  Minimum here = start;
  straight = true;
  VectorXd scale = here.jacobian.colwise().norm();
  for (double& s : scale)
    if (!(s > 0)) s = 1;
  const double size = scale.cwiseProduct(here.parameters).norm();
  double longest = 0;
  double radius = size > 0 ? first_radius * size : first_radius;
  Minimum there;
  there.residuals.resize(here.residuals.size());
  for (here.steps = 0; here.steps < 3000; ++here.steps) {
    const Decomposed decomposed = decompose(here.jacobian, here.residuals, scale);
    if (!decomposed.singular.allFinite() || !decomposed.along.allFinite()) break;
    if (!(decomposed.singular(0) > 0) || here.sum_of_squares == 0) {
      here.settled = true;
      break;
    }
    bool taken = false;
    for (int shrinks = 0; shrinks < 80 && !taken; ++shrinks) {
      const VectorXd scaled_step = step_within(decomposed, radius);
      const VectorXd step = scaled_step.cwiseQuotient(scale);
      const double length = scaled_step.norm();
      const double foreseen = here.sum_of_squares - (here.residuals + here.jacobian * step).squaredNorm();
      const double position = scale.cwiseProduct(here.parameters).norm();
      there.parameters = here.parameters + step;
      if (foreseen <= 1e-14 * here.sum_of_squares || length <= 1e-14 * position || !(radius > 0)) {
        here.settled = true;
        break;
      }
      double gain = -1;
      if (residuals(there.parameters, there.residuals, nullptr)) {
        there.sum_of_squares = there.residuals.squaredNorm();
        if (std::isfinite(there.sum_of_squares)) gain = (here.sum_of_squares - there.sum_of_squares) / foreseen;
      }
      if (gain < 0.25) {
        radius = std::min(radius, length) * (gain < -1 ? 0.1 : 0.4);
        straight = false;
      } else if (gain > 0.75) {
        radius = std::max(radius, 2 * length);
      }
      if (gain > 1e-4 && residuals(there.parameters, there.residuals, &there.jacobian)) {
        taken = true;
        longest = std::max(longest, length);
      }
    }
    if (!taken) break;
    here.parameters = there.parameters;
    here.residuals = there.residuals;
    here.jacobian = there.jacobian;
    here.sum_of_squares = there.sum_of_squares;
    scale = scale.cwiseMax(here.jacobian.colwise().norm().transpose());
  }
  straight = straight && longest <= size;
  if (here.settled) {
    const double last_step = finish(residuals, here, scale, Steps::gauss_newton);
    if (!(last_step <= 1e-11)) finish(residuals, here, scale, Steps::newton);
  }
  return here;
}

}  // namespace

Minimum least_squares(const Residuals& residuals, const VectorXd& start) {
  Minimum first;
  first.parameters = start;
  if (!residuals(start, first.residuals, &first.jacobian)) return first;
  first.sum_of_squares = first.residuals.squaredNorm();
  Minimum best;
  bool found = false;
  for (const double radius : {100.0, 1.0, 0.1, 0.01}) {
    bool straight = false;
    const Minimum minimum = descend(residuals, first, radius, straight);
    const bool better = !found || (minimum.settled && !best.settled) ||
                        (minimum.settled == best.settled && minimum.sum_of_squares < best.sum_of_squares * (1 - 1e-10));
    if (better) best = minimum;
    found = true;
    if (straight && minimum.settled) break;  // every step went as foreseen, and none far
  }
  return best;
}

}  // namespace etalon::calibration
