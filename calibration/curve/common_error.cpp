#include "calibration/curve/common_error.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

VectorXd errors_at(const CommonError& common, const VectorXd& values) {
  return values.unaryExpr([&](double value) { return common.at(value); });
}

void check(const CommonError& common, const char* what) {
  if (!(common.standard_uncertainty >= 0) || std::isinf(common.standard_uncertainty)) {
    throw InputError(fmt::format(
        fmt::runtime(tr("the standard uncertainty of the common error of {} is {}: expected a finite, not negative "
                        "number")),
        what, common.standard_uncertainty));
  }
}

void add(const CommonError& common, const VectorXd& values, VectorXd& standard_uncertainty, MatrixXd& covariance) {
  if (!common.any()) return;
  if (standard_uncertainty.size() > 0) {
    covariance = standard_uncertainty.cwiseAbs2().asDiagonal();
    standard_uncertainty.resize(0);
  }
  const VectorXd b = errors_at(common, values);
  if (covariance.size() == 0) covariance = MatrixXd::Zero(values.size(), values.size());
  covariance += b * b.transpose();
}

}  // namespace

CurveData with_common_errors(const CurveData& data, const CommonErrors& common) {
  check(common.x, "x");
  check(common.y, "y");
  if (!common.x.any() && !common.y.any()) return data;
  check_data(data);
  if (!data.has_uncertainty_y() && (common.y.any() || !data.has_uncertainty_x())) {
    throw InputError(tr(
        "a common error needs the points' own uncertainties beside it: what all points have in common does not show in "
        "their scatter"));
  }
  CurveData result = data;
  add(common.x, data.x, result.standard_uncertainty_x, result.covariance_x);
  add(common.y, data.y, result.standard_uncertainty_y, result.covariance_y);
  return result;
}

CurvePrediction predict_with_common_error(const CurveFit& fit, const CurveData& data, const CommonErrors& common,
                                          double x, double standard_uncertainty_x) {
  if (!common.x.any()) return predict(fit, x, standard_uncertainty_x);
  const double b = common.x.at(x);
  return predict(fit, x, std::hypot(standard_uncertainty_x, b), {b * errors_at(common.x, data.x), {}});
}

CurvePrediction invert_with_common_error(const CurveFit& fit, const CurveData& data, const CommonErrors& common,
                                         double y, double standard_uncertainty_y) {
  if (!common.y.any()) return invert(fit, y, standard_uncertainty_y);
  const double b = common.y.at(y);
  return invert(fit, y, std::hypot(standard_uncertainty_y, b), {{}, b * errors_at(common.y, data.y)});
}

}  // namespace etalon::calibration
