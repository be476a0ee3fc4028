#include "calibration/curve/callendar_van_dusen.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/language.h"
#include "calibration/curve/gauss_markov_fit.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

double platinum_resistance(double t, const PlatinumCoefficients& k) {
  const double low = t < 0 ? k.c * (t - 100) * t * t * t : 0;
  return k.r0 * (1 + t * (k.a + t * k.b) + low);
}

double platinum_temperature(double resistance, const PlatinumCoefficients& k) {
  constexpr double lowest = -200, highest = 850;
  const double w = resistance / k.r0;
  const double least = platinum_resistance(lowest, k), most = platinum_resistance(highest, k);
  const double spread = 1e-9 * (most - least);
  if (!(resistance >= least - spread && resistance <= most + spread)) {
    throw InputError(fmt::format(fmt::runtime(tr("no temperature from -200 °C to 850 °C has the resistance {} ohm: it "
                                                 "goes from {:.4f} ohm to {:.4f} ohm")),
                                 resistance, least, most));
  }
  double t = (w - 1) / k.a;
  if (w >= 1 && k.b != 0) {
    const double root = k.a * k.a + 4 * k.b * (w - 1);
    if (root >= 0) t = 2 * (w - 1) / (k.a + std::sqrt(root));
  }
  for (int i = 0; i < 50; ++i) {
    const double slope = k.r0 * (k.a + 2 * k.b * t + (t < 0 ? k.c * (4 * t - 300) * t * t : 0));
    const double step = (platinum_resistance(t, k) - resistance) / slope;
    t -= step;
    if (std::fabs(step) <= 1e-15 * (std::fabs(t) + 1)) break;
  }
  return t;
}

namespace {

// Linear in its parameters R0, R0 A, R0 B and, with `below`, R0 C.
Curve linear_curve(bool below) {
  Curve curve;
  curve.parameters = {"R0", "A", "B"};
  if (below) curve.parameters.emplace_back("C");
  curve.evaluate = [below](double t, const double* p, double* slope, double* gradient) {
    const bool low = below && t < 0;
    const double last = low ? (t - 100) * t * t * t : 0;
    if (slope != nullptr) *slope = p[1] + 2 * p[2] * t + (low ? p[3] * (4 * t - 300) * t * t : 0);
    if (gradient != nullptr) {
      gradient[0] = 1;
      gradient[1] = t;
      gradient[2] = t * t;
      if (below) gradient[3] = last;
    }
    return p[0] + t * (p[1] + t * p[2]) + (low ? p[3] * last : 0);
  };
  return curve;
}

}  // namespace

CurveFit fit_callendar_van_dusen(const CurveData& data, std::optional<CovarianceConvention> convention) {
  check_data(data);
  const bool below = (data.x.array() < 0).any();
  const Curve curve = linear_curve(below);
  const auto count = static_cast<Index>(curve.parameters.size());
  check_determined(data, static_cast<int>(count), "callendar-van-dusen");
  VectorXd start(count);
  start.head(3) << 100, 0.39, -6e-5;
  if (below) start(3) = -4e-10;
  CurveFit fit = fit_gauss_markov(curve, data, start);
  fit.name = "callendar-van-dusen";
  fit.formula = below ? "R = R0*(1 + A*t + B*t^2 + C*(t - 100)*t^3 for t < 0)" : "R = R0*(1 + A*t + B*t^2)";
  fit.method = data.has_uncertainty_x()       ? FitMethod::generalised_gauss_markov
               : data.covariance_y.size() > 0 ? FitMethod::generalised_least_squares
               : data.has_uncertainty_y()     ? FitMethod::weighted_least_squares
                                              : FitMethod::ordinary_least_squares;
  const double r0 = fit.working_parameters(0);
  if (!(r0 > 0))
    throw InputError(
        fmt::format(fmt::runtime(tr("the fitted resistance at 0 °C is {} ohm: are x the temperatures in °C "
                                    "and y the resistances?")),
                    r0));
  // A = (R0 A)/R0 and so on.
  MatrixXd to_coefficients = MatrixXd::Identity(count, count);
  fit.parameters(0) = r0;
  for (Index k = 1; k < count; ++k) {
    fit.parameters(k) = fit.working_parameters(k) / r0;
    to_coefficients(k, 0) = -fit.parameters(k) / r0;
    to_coefficients(k, k) = 1 / r0;
  }
  fit.covariance = to_coefficients * fit.working_covariance * to_coefficients.transpose();
  if (!below) fit.notes.push_back(tr("C is not determined without points below 0 °C: the curve holds from 0 °C up"));
  apply_convention(fit, data, convention);
  return fit;
}

}  // namespace etalon::calibration
