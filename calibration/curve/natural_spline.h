// The natural cubic spline through points: twice continuously differentiable, without curvature at the ends, going on
// as straight lines beyond them (de Boor, A Practical Guide to Splines, chapter IV).
#pragma once

#include <Eigen/Dense>

#include "calibration/curve/curve.h"

namespace etalon::calibration {

// The spline over knots at `x`, all different, in any order; its parameters y1, y2, … are the values at them, in the
// order of `x`. Linear in its parameters. InputError for fewer than 3 knots or knots that coincide.
Curve natural_spline_curve(const Eigen::VectorXd& x);

}  // namespace etalon::calibration
