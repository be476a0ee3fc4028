#include "calibration/curve/natural_spline.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

struct Spline {
  VectorXd knots;               // ascending
  std::vector<Index> place;     // of each knot among the parameters
  MatrixXd second_derivatives;  // of the spline at the knots, from the values at them (ascending)
};

std::shared_ptr<const Spline> spline_over(const VectorXd& x) {
  const Index n = x.size();
  if (n < 3) throw InputError(fmt::format(fmt::runtime(tr("{} points: a spline needs at least 3")), n));
  auto spline = std::make_shared<Spline>();
  spline->place.resize(static_cast<std::size_t>(n));
  std::iota(spline->place.begin(), spline->place.end(), Index{0});
  std::sort(spline->place.begin(), spline->place.end(), [&](Index a, Index b) { return x(a) < x(b); });
  spline->knots.resize(n);
  for (Index i = 0; i < n; ++i)
    spline->knots(i) = x(spline->place[static_cast<std::size_t>(i)]);
  for (Index i = 1; i < n; ++i) {
    if (!(spline->knots(i) > spline->knots(i - 1))) {
      throw InputError(
          fmt::format(fmt::runtime(tr("two points are at x = {}: a spline goes through every point and needs "
                                      "different x; average them first")),
                      spline->knots(i)));
    }
  }
  // h_(i-1) M_(i-1) + 2 (h_(i-1) + h_i) M_i + h_i M_(i+1) = 6 (s_i - s_(i-1)), M = 0 at both ends.
  const VectorXd h = spline->knots.tail(n - 1) - spline->knots.head(n - 1);
  MatrixXd left = MatrixXd::Zero(n - 2, n - 2);
  MatrixXd right = MatrixXd::Zero(n - 2, n);
  for (Index i = 0; i < n - 2; ++i) {
    left(i, i) = 2 * (h(i) + h(i + 1));
    if (i > 0) left(i, i - 1) = h(i);
    if (i + 1 < n - 2) left(i, i + 1) = h(i + 1);
    right(i, i) = 6 / h(i);
    right(i, i + 1) = -6 / h(i) - 6 / h(i + 1);
    right(i, i + 2) = 6 / h(i + 1);
  }
  spline->second_derivatives = MatrixXd::Zero(n, n);
  spline->second_derivatives.middleRows(1, n - 2) = left.partialPivLu().solve(right);
  return spline;
}

}  // namespace

Curve natural_spline_curve(const VectorXd& x) {
  const auto spline = spline_over(x);
  Curve curve;
  for (Index i = 1; i <= x.size(); ++i)
    curve.parameters.push_back("y" + std::to_string(i));
  curve.evaluate = [spline](double at, const double* p, double* slope, double* gradient) {
    const VectorXd& k = spline->knots;
    const Index n = k.size();
    Index i = std::upper_bound(k.begin(), k.end(), at) - k.begin() - 1;
    i = std::clamp<Index>(i, 0, n - 2);
    const double h = k(i + 1) - k(i);
    // Beyond the ends the straight line with the slope of the end: the cubic terms stop there.
    const double inside = std::clamp(at, k(0), k(n - 1));
    const double beyond = at - inside;
    const double a = (k(i + 1) - inside) / h, b = (inside - k(i)) / h;
    const double ca = (a * a * a - a) * h * h / 6, cb = (b * b * b - b) * h * h / 6;
    const double da = -(3 * a * a - 1) * h / 6, db = (3 * b * b - 1) * h / 6;
    double y = 0, y_slope = 0;
    for (Index j = 0; j < n; ++j) {
      const double m0 = spline->second_derivatives(i, j), m1 = spline->second_derivatives(i + 1, j);
      const double own = (j == i ? a : 0) + (j == i + 1 ? b : 0) + ca * m0 + cb * m1;
      const double own_slope = (j == i ? -1 / h : 0) + (j == i + 1 ? 1 / h : 0) + da * m0 + db * m1;
      const double weight = own + own_slope * beyond;
      const Index parameter = spline->place[static_cast<std::size_t>(j)];
      y += weight * p[parameter];
      y_slope += own_slope * p[parameter];
      if (gradient != nullptr) gradient[parameter] = weight;
    }
    if (slope != nullptr) *slope = y_slope;
    return y;
  };
  return curve;
}

}  // namespace etalon::calibration
