// Generalised Gauss-Markov regression (ISO/TS 28037:2010 clause 10, after Bich's and Cox's GGMR) extended from the line
// to any curve: the sum e' V^-1 e of the deviations of x and y from the curve, V their full covariance matrix, is made
// least. Without uncertainty in x it is the weighted or generalised least squares of clauses 6 and 9, with independent
// points the distance regression of clause 7.
//
// The deviations are eliminated: for given parameters the points are moved onto the curve, where the curve's slopes D
// give S = V_y + D V_x D - D V_xy - V_yx D, n x n, and the sum is r' S^-1 r with r = y - f(x*) - D (x - x*). So V
// itself need not be regular, only S, and a step costs one n x n Cholesky factor, or n divisions for independent
// points.
#pragma once

#include "calibration/curve/curve_fit.h"

namespace etalon::calibration {

// `data` as check_data leaves it. The result has everything but name, formula and method; its covariance is
// (J' S^-1 J)^-1 at the solution, from the uncertainties as stated (or u(y) = 1 where none is). InputError when the
// curve cannot be evaluated at the start, the steps do not settle, the points cannot be whitened, or the parameters are
// not determined by the data (those that cannot be told apart are named).
CurveFit fit_gauss_markov(const Curve& curve, const CurveData& data, const Eigen::VectorXd& start);

// Brings a fit from u = 1 or from stated uncertainties to a convention: multiplies its covariances.
void apply_convention(CurveFit& fit, const CurveData& data, std::optional<CovarianceConvention> convention);

}  // namespace etalon::calibration
