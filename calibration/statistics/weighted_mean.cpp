#include "calibration/statistics/weighted_mean.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"
#include "calibration/statistics/usable_readings.h"

namespace etalon::calibration {

using base::tr;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

WeightedMean weighted_mean(const std::vector<double>& values, const std::vector<double>& standard_uncertainties) {
  if (standard_uncertainties.size() != values.size()) {
    throw base::InputError(fmt::format(fmt::runtime(tr("{} uncertainties for {} results: expected as many")),
                                       standard_uncertainties.size(), values.size()));
  }
  MatrixXd covariance = MatrixXd::Zero(static_cast<Index>(values.size()), static_cast<Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double u = standard_uncertainties[i];
    if (!(u > 0) || std::isinf(u)) {
      throw base::InputError(fmt::format(
          fmt::runtime(tr("the uncertainty of result {} is {}: expected a positive finite number")), i + 1, u));
    }
    covariance(static_cast<Index>(i), static_cast<Index>(i)) = u * u;
  }
  return weighted_mean(values, covariance);
}

WeightedMean weighted_mean(const std::vector<double>& values, const MatrixXd& covariance) {
  check_readings(values, 2);
  const auto n = static_cast<Index>(values.size());
  if (covariance.rows() != n || covariance.cols() != n || !covariance.allFinite() ||
      !(covariance.diagonal().minCoeff() > 0)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("the covariance of {} results is {} by {}: expected as many, finite, with positive variances")),
        n, covariance.rows(), covariance.cols()));
  }
  // Scaled to correlations, so that results of very different uncertainty are judged alike.
  const VectorXd u = covariance.diagonal().cwiseSqrt();
  const VectorXd scale = u.cwiseInverse();
  const MatrixXd correlation = scale.asDiagonal() * covariance * scale.asDiagonal();
  if ((correlation - correlation.transpose()).cwiseAbs().maxCoeff() > 1e-12) {
    throw base::InputError(tr("the covariance of the results is not symmetric"));
  }
  const Eigen::LLT<MatrixXd> llt(correlation);
  if (llt.info() != Eigen::Success || llt.matrixLLT().diagonal().minCoeff() < 1e-7) {
    throw base::InputError(
        tr("the covariance of the results is not positive definite: results that are fully correlated count as one"));
  }
  const VectorXd ones = llt.matrixL().solve(scale);  // L^-1 (1/u)
  const double information = ones.squaredNorm();
  const double pivot = values.front();
  VectorXd x(n);
  for (Index i = 0; i < n; ++i)
    x(i) = values[static_cast<std::size_t>(i)] - pivot;
  WeightedMean result;
  const VectorXd weights = scale.cwiseProduct(llt.solve(scale)) / information;
  const double offset = weights.dot(x);
  result.value = pivot + offset;
  result.internal_uncertainty = 1 / std::sqrt(information);
  // Sums over the others, so that a result that outweighs them all keeps the digits of its small difference.
  VectorXd differences = VectorXd::Zero(n);
  MatrixXd coefficients(n, n);  // differences = coefficients * x
  for (Index i = 0; i < n; ++i) {
    double others = 0;
    for (Index j = 0; j < n; ++j) {
      if (j == i) continue;
      differences(i) += weights(j) * (x(i) - x(j));
      others += weights(j);
      coefficients(i, j) = -weights(j);
    }
    coefficients(i, i) = others;
  }
  const VectorXd residuals = llt.matrixL().solve(scale.cwiseProduct(differences));
  result.chi_squared = residuals.squaredNorm();
  result.degrees_of_freedom = static_cast<double>(n - 1);
  result.birge_ratio = std::sqrt(result.chi_squared / result.degrees_of_freedom);
  result.external_uncertainty = result.birge_ratio * result.internal_uncertainty;
  result.probability = chi_squared_upper_probability(result.chi_squared, result.degrees_of_freedom);
  for (Index i = 0; i < n; ++i) {
    result.weights.push_back(weights(i));
    const double difference = differences(i);
    const VectorXd scaled = coefficients.row(i).transpose().cwiseProduct(u);
    const double variance = scaled.dot(correlation * scaled);
    const double uncertainty = std::sqrt(std::max(0.0, variance));
    result.differences.push_back(difference);
    result.difference_uncertainties.push_back(uncertainty);
    result.normalised_errors.push_back(uncertainty > 0 ? difference / (2 * uncertainty) : 0);
  }
  return result;
}

}  // namespace etalon::calibration
