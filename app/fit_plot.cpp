#include "app/fit_plot.h"

#include <fmt/format.h>

#include <cmath>

#include "archive/fit_chart.h"
#include "archive/picture_file.h"
#include "base/error.h"
#include "base/language.h"
#include "calibration/statistics/statistics.h"

namespace etalon::app {

using base::tr;
using calibration::CovarianceConvention;

namespace {

constexpr double coverage = 0.95;

// k for 95 %: of t where the variance comes from the residuals, of the normal distribution otherwise.
double factor_of(const calibration::CurveFit& fit) {
  return fit.covariance_convention == CovarianceConvention::scaled_by_residuals
             ? calibration::two_sided_student_t(coverage, fit.degrees_of_freedom)
             : calibration::two_sided_normal(coverage);
}

}  // namespace

void check_plot_name(const std::string& file) {
  if (!archive::is_picture_name(file))
    throw base::InputError(
        fmt::format(fmt::runtime(tr("--plot {}: expected a name that ends in .svg, .png or .pdf")), file));
}

void write_fit_plot(const std::string& file, const calibration::CurveFit& fit, const calibration::CurveData& data,
                    const FitNames& names) {
  const double k = factor_of(fit);
  const double k_points = calibration::two_sided_normal(coverage);
  archive::FitChart chart;
  chart.title = fit.formula;
  chart.x_label = names.x;
  chart.y_label = names.y;
  chart.residual_label = tr("residual");
  const bool bars = data.has_uncertainty_x() || data.has_uncertainty_y();
  chart.points_label = bars ? tr("points with U (95 %)") : tr("points");
  chart.curve_label = tr("curve with U (95 %)");
  const Eigen::VectorXd ux = data.variance_x().cwiseSqrt();
  const Eigen::VectorXd uy = data.variance_y().cwiseSqrt();
  for (Eigen::Index i = 0; i < data.x.size(); ++i)
    chart.points.push_back({data.x(i), data.y(i), fit.residuals(i), k_points * ux(i), k_points * uy(i)});
  constexpr int steps = 300;
  for (int i = 0; i <= steps; ++i) {
    const double x = fit.smallest_x + (fit.largest_x - fit.smallest_x) * i / steps;
    const calibration::CurvePrediction p = calibration::predict(fit, x);
    chart.curve.push_back({x, p.y, k * p.standard_uncertainty});
  }
  archive::write_picture(file, 480, 400,
                         [&](cairo_t* cairo) { archive::draw_fit_chart(cairo, 14, 12, 452, 376, chart); });
}

}  // namespace etalon::app
