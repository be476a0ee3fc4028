#include "calibration/curve/curve_units.h"

#include <cmath>

#include "base/units.h"

namespace etalon::calibration {

using Eigen::Index;

namespace {

// value_to = offset + factor * value_from
struct Scale {
  double factor = 1;
  double offset = 0;

  Scale(const std::string& from, const std::string& to) {
    if (from.empty() || to.empty() || from == to) return;
    factor = base::convert_difference(1, from, to);
    offset = base::convert(0, from, to);
  }
  double operator()(double value) const { return offset + factor * value; }
};

void convert_values(Eigen::VectorXd& values, const std::string& from, const std::string& to) {
  if (from.empty() || to.empty() || from == to) return;
  for (double& value : values)
    value = base::convert(value, from, to);
}

}  // namespace

CurveUnits needed_units(const CurveChoice& choice) {
  switch (choice.kind) {
    case CurveKind::steinhart_hart:
      return {"ohm", "K"};
    case CurveKind::callendar_van_dusen:
      return {"degC", "ohm"};
    case CurveKind::its90_deviation:
      return {"1", "1"};
    case CurveKind::line:
    case CurveKind::line_through_origin:
    case CurveKind::polynomial:
    case CurveKind::power:
    case CurveKind::exponential:
    case CurveKind::iso_376:
    case CurveKind::natural_spline:
    case CurveKind::formula:
      break;
  }
  return {};
}

CurveData converted(const CurveData& data, const CurveUnits& from, const CurveUnits& to) {
  const Scale x(from.x, to.x);
  const Scale y(from.y, to.y);
  CurveData result = data;
  convert_values(result.x, from.x, to.x);
  convert_values(result.y, from.y, to.y);
  result.standard_uncertainty_x *= std::fabs(x.factor);
  result.standard_uncertainty_y *= std::fabs(y.factor);
  result.covariance_x *= x.factor * x.factor;
  result.covariance_y *= y.factor * y.factor;
  result.covariance_xy *= x.factor * y.factor;
  return result;
}

CurveFit converted(const CurveFit& fit, const CurveUnits& from, const CurveUnits& to) {
  if (from.x == to.x && from.y == to.y) return fit;
  // From the units wanted to those of the formula.
  const Scale x(to.x, from.x);
  const Scale y(to.y, from.y);
  CurveFit result = fit;
  result.residuals /= y.factor;
  if (result.residual_standard_deviation) *result.residual_standard_deviation /= y.factor;
  for (double& value : result.fitted_x)
    value = (value - x.offset) / x.factor;
  result.smallest_x = (fit.smallest_x - x.offset) / x.factor;
  result.largest_x = (fit.largest_x - x.offset) / x.factor;
  result.sensitivities_x *= x.factor;
  result.sensitivities_y *= y.factor;
  result.working.evaluate = [inner = fit.working.evaluate, count = fit.working_parameters.size(), x, y](
                                double value, const double* parameters, double* slope, double* gradient) {
    const double found = inner(x(value), parameters, slope, gradient);
    if (slope != nullptr) *slope *= x.factor / y.factor;
    for (Index k = 0; gradient != nullptr && k < count; ++k)
      gradient[k] /= y.factor;
    return (found - y.offset) / y.factor;
  };
  return result;
}

}  // namespace etalon::calibration
