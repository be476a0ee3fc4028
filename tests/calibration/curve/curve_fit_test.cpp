// Curves of any kind: against computations on other ways, properties that must hold, and what is refused.
#include "calibration/curve/curve_fit.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "base/error.h"
#include "calibration/curve/curve_prediction.h"
#include "calibration/curve/double_double.h"
#include "calibration/curve/fit_curve.h"
#include "calibration/curve/natural_spline.h"
#include "calibration/curve/polynomial_fit.h"

using namespace etalon::calibration;
using Catch::Matchers::Contains;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using etalon::base::InputError;

namespace {

VectorXd vector(const std::vector<double>& values) {
  return Eigen::Map<const VectorXd>(values.data(), static_cast<Index>(values.size()));
}

double u(const CurveFit& fit, Index i) {
  return std::sqrt(fit.covariance(i, i));
}

// A gentle parabola with points that share components: a positive definite covariance of all x and y.
struct Correlated {
  CurveData data;
  MatrixXd joint;
};

Correlated correlated_points(Index n) {
  Correlated result;
  std::mt19937_64 random(20);
  std::normal_distribution<double> normal;
  MatrixXd mixing(2 * n, 2 * n);
  for (double& value : mixing.reshaped())
    value = 0.01 * normal(random);
  MatrixXd joint = mixing * mixing.transpose();
  joint.diagonal().array() += 0.02 * 0.02;
  const VectorXd noise =
      0.3 * MatrixXd(joint.llt().matrixL()) * VectorXd::NullaryExpr(2 * n, [&] { return normal(random); });
  result.joint = joint;
  result.data.x.resize(n);
  result.data.y.resize(n);
  for (Index i = 0; i < n; ++i) {
    const double x = 1 + 0.4 * static_cast<double>(i);
    result.data.x(i) = x + noise(i);
    result.data.y(i) = 0.5 + 0.8 * x + 0.1 * x * x + noise(n + i);
  }
  result.data.covariance_x = joint.topLeftCorner(n, n);
  result.data.covariance_y = joint.bottomRightCorner(n, n);
  result.data.covariance_xy = joint.topRightCorner(n, n);
  return result;
}

void check_same(const CurveFit& a, const CurveFit& b, double relative) {
  REQUIRE(a.parameters.size() == b.parameters.size());
  for (Index k = 0; k < a.parameters.size(); ++k) {
    INFO("parameter " << k << ": " << a.parameters(k) << " and " << b.parameters(k));
    CHECK(std::fabs(a.parameters(k) - b.parameters(k)) <= relative * (std::fabs(b.parameters(k)) + u(b, k)));
    CHECK(u(a, k) == Approx(u(b, k)).epsilon(relative));
  }
  if (a.chi_squared) CHECK(*a.chi_squared == Approx(*b.chi_squared).epsilon(relative).margin(1e-12));
}

std::string refusal(const CurveData& data, const std::string& curve) {
  try {
    fit_curve(data, parse_curve(curve));
  } catch (const InputError& error) {
    return error.what();
  }
  return "fitted";
}

}  // namespace

TEST_CASE("full covariances: against the whole Gauss-Newton problem in all points and parameters") {
  const Index n = 12;
  const Correlated points = correlated_points(n);
  const CurveFit fit = fit_curve(points.data, parse_curve("polynomial:2"));
  CHECK(to_string(fit.method) == "ggmr");
  // Unknowns: n abscissae and b0, b1, b2; deviations whitened by the factor of the joint covariance.
  VectorXd unknowns(n + 3);
  unknowns << points.data.x, 0, 1, 0;
  const MatrixXd lower = points.joint.llt().matrixL();
  MatrixXd jacobian(2 * n, n + 3);
  VectorXd deviations(2 * n);
  const auto evaluate = [&] {
    jacobian.setZero();
    for (Index i = 0; i < n; ++i) {
      const double x = unknowns(i);
      const double b0 = unknowns(n), b1 = unknowns(n + 1), b2 = unknowns(n + 2);
      deviations(i) = points.data.x(i) - x;
      deviations(n + i) = points.data.y(i) - b0 - b1 * x - b2 * x * x;
      jacobian(i, i) = 1;
      jacobian(n + i, i) = b1 + 2 * b2 * x;
      jacobian(n + i, n) = 1;
      jacobian(n + i, n + 1) = x;
      jacobian(n + i, n + 2) = x * x;
    }
    jacobian = lower.triangularView<Eigen::Lower>().solve(jacobian).eval();
    deviations = lower.triangularView<Eigen::Lower>().solve(deviations).eval();
  };
  for (int step = 0; step < 200; ++step) {
    evaluate();
    unknowns += jacobian.colPivHouseholderQr().solve(deviations);
  }
  evaluate();
  const MatrixXd covariance = (jacobian.transpose() * jacobian).inverse().bottomRightCorner(3, 3);
  for (Index k = 0; k < 3; ++k) {
    CHECK(fit.parameters(k) == Approx(unknowns(n + k)).epsilon(1e-8));
    for (Index j = 0; j < 3; ++j)
      CHECK(fit.covariance(k, j) == Approx(covariance(k, j)).epsilon(1e-6));
  }
  CHECK(*fit.chi_squared == Approx(deviations.squaredNorm()).epsilon(1e-8));
  for (Index i = 0; i < n; ++i)
    CHECK(fit.fitted_x(i) == Approx(unknowns(i)).epsilon(1e-9));
  // the same curve as a formula
  check_same(fit_curve(points.data, parse_curve("expression: b0 + b1*x + b2*x^2")), fit, 1e-7);
}

TEST_CASE("permuted points give the same fit") {
  const Index n = 9;
  const Correlated points = correlated_points(n);
  Eigen::PermutationMatrix<Eigen::Dynamic> permutation(vector({4, 0, 8, 2, 6, 1, 7, 3, 5}).cast<int>());
  CurveData permuted;
  permuted.x = permutation * points.data.x;
  permuted.y = permutation * points.data.y;
  permuted.covariance_x = permutation * points.data.covariance_x * permutation.transpose();
  permuted.covariance_y = permutation * points.data.covariance_y * permutation.transpose();
  permuted.covariance_xy = permutation * points.data.covariance_xy * permutation.transpose();
  for (const char* curve : {"line", "polynomial:2", "power", "exponential"}) {
    INFO(curve);
    check_same(fit_curve(permuted, parse_curve(curve)), fit_curve(points.data, parse_curve(curve)), 1e-7);
  }
  CurveData plain, plain_permuted;
  plain.x = points.data.x;
  plain.y = points.data.y;
  plain_permuted.x = permuted.x;
  plain_permuted.y = permuted.y;
  for (const char* curve : {"line", "line-through-origin", "polynomial:4", "iso-376", "exponential"}) {
    INFO(curve);
    check_same(fit_curve(plain_permuted, parse_curve(curve)), fit_curve(plain, parse_curve(curve)), 1e-8);
  }
}

TEST_CASE("distance regression becomes weighted least squares as u(x) goes to zero") {
  CurveData weighted;
  weighted.x = vector({0.5, 1.2, 1.9, 3.1, 3.8, 5.0, 5.9});
  weighted.y = vector({1.42, 1.80, 2.31, 3.63, 4.74, 7.51, 10.80});
  weighted.standard_uncertainty_y = vector({0.05, 0.04, 0.05, 0.07, 0.06, 0.1, 0.2});
  for (const char* curve : {"line", "line-through-origin", "polynomial:2", "polynomial:3", "exponential", "power"}) {
    const CurveFit reference = fit_curve(weighted, parse_curve(curve));
    double before = INFINITY;
    for (const double ux : {1e-2, 1e-4, 1e-6}) {
      CurveData distance = weighted;
      distance.standard_uncertainty_x = VectorXd::Constant(7, ux);
      const CurveFit fit = fit_curve(distance, parse_curve(curve));
      const double off =
          ((fit.parameters - reference.parameters).array() / reference.covariance.diagonal().array().sqrt())
              .abs()
              .maxCoeff();
      INFO(curve << ", u(x) = " << ux << ": off by " << off << " standard uncertainties");
      CHECK(off < before);
      before = off;
    }
    CHECK(before < 1e-6);
  }
}

TEST_CASE("scaling of units changes nothing") {
  CurveData data;
  data.x = vector({0.5, 1.2, 1.9, 3.1, 3.8, 5.0, 5.9});
  data.y = vector({1.42, 1.80, 2.31, 3.63, 4.74, 7.51, 10.80});
  data.standard_uncertainty_x = VectorXd::Constant(7, 0.02);
  data.standard_uncertainty_y = vector({0.05, 0.04, 0.05, 0.07, 0.06, 0.1, 0.2});
  for (const char* curve : {"line", "polynomial:3", "exponential", "power", "iso-376"}) {
    INFO(curve);
    const CurveFit fit = fit_curve(data, parse_curve(curve));
    const CurvePrediction at_three = predict(fit, 3, 0.1);
    for (const double by_x : {1e-6, 1e7}) {
      CurveData scaled = data;
      const double by_y = 1e-3;
      scaled.x *= by_x;
      scaled.y *= by_y;
      scaled.standard_uncertainty_x *= by_x;
      scaled.standard_uncertainty_y *= by_y;
      const CurveFit other = fit_curve(scaled, parse_curve(curve));
      CHECK(*other.chi_squared == Approx(*fit.chi_squared).epsilon(1e-8));
      const CurvePrediction same = predict(other, 3 * by_x, 0.1 * by_x);
      CHECK(same.y / by_y == Approx(at_three.y).epsilon(1e-9));
      CHECK(same.standard_uncertainty / by_y == Approx(at_three.standard_uncertainty).epsilon(1e-7));
      const CurvePrediction inverse = invert(other, 4 * by_y, 0.1 * by_y);
      const CurvePrediction expected = invert(fit, 4, 0.1);
      CHECK(inverse.x / by_x == Approx(expected.x).epsilon(1e-9));
      CHECK(inverse.standard_uncertainty / by_x == Approx(expected.standard_uncertainty).epsilon(1e-7));
    }
  }
}

TEST_CASE("components shared with the points: against refitting with every datum moved") {
  // All points and the new reading come from one meter: u = 0.03 in common, 0.05 of each alone.
  CurveData data;
  data.x = vector({1, 2, 3, 4, 5, 6, 7, 8});
  data.y = vector({1.1, 2.3, 3.4, 4.8, 6.1, 7.7, 9.2, 10.9});
  const double common = 0.03 * 0.03, own = 0.05 * 0.05;
  data.covariance_y = MatrixXd::Constant(8, 8, common);
  data.covariance_y.diagonal().array() += own;
  const CurveFit fit = fit_curve(data, parse_curve("polynomial:2"));
  const SharedWithPoints shared{{}, VectorXd::Constant(8, common)};
  const double y = 5.5, uy = std::sqrt(common + own);
  const CurvePrediction with = invert(fit, y, uy, shared);
  const CurvePrediction without = invert(fit, y, uy);
  CHECK(with.standard_uncertainty < 0.95 * without.standard_uncertainty);
  MatrixXd all = MatrixXd::Constant(9, 9, common);
  all.diagonal().array() += own;
  VectorXd slopes(9);
  const double h = 1e-4;
  for (Index i = 0; i < 8; ++i) {
    CurveData up = data, down = data;
    up.y(i) += h;
    down.y(i) -= h;
    slopes(i) = (invert(fit_curve(up, parse_curve("polynomial:2")), y).x -
                 invert(fit_curve(down, parse_curve("polynomial:2")), y).x) /
                (2 * h);
  }
  slopes(8) = (invert(fit, y + h).x - invert(fit, y - h).x) / (2 * h);
  CHECK(with.standard_uncertainty == Approx(std::sqrt(slopes.dot(all * slopes))).epsilon(1e-6));
  // A common error of x cancels in a prediction at an x that has it too.
  CurveData of_x;
  of_x.x = data.x;
  of_x.y = data.y;
  of_x.covariance_x = MatrixXd::Constant(8, 8, common);
  of_x.covariance_x.diagonal().array() += 1e-8;
  of_x.standard_uncertainty_y = VectorXd::Constant(8, 1e-3);
  const CurveFit moved = fit_curve(of_x, parse_curve("line"));
  const double alone = predict(moved, 4.5, 0.03).standard_uncertainty;
  const double together = predict(moved, 4.5, 0.03, {VectorXd::Constant(8, common), {}}).standard_uncertainty;
  CHECK(alone > 0.04);
  CHECK(together < 0.002);
  CHECK_THROWS_WITH(predict(moved, 4.5, 0.001, {VectorXd::Constant(8, common), {}}), Contains("larger than"));
  CHECK_THROWS_WITH(predict(moved, 4.5, 0.03, {VectorXd::Constant(3, common), {}}), Contains("expected 8"));
}

TEST_CASE("sensitivities carry the points' covariance to that of the parameters") {
  const Correlated points = correlated_points(10);
  CurveData data;
  data.x = points.data.x;
  data.y = points.data.y;
  data.covariance_y = points.data.covariance_y;
  for (const char* curve : {"line", "polynomial:3", "exponential"}) {
    INFO(curve);
    const CurveFit fit = fit_curve(data, parse_curve(curve));
    const MatrixXd carried = fit.sensitivities_y * data.covariance_y * fit.sensitivities_y.transpose();
    CHECK((carried - fit.working_covariance).norm() < 1e-9 * fit.working_covariance.norm());
  }
  const CurveFit full = fit_curve(points.data, parse_curve("polynomial:2"));
  MatrixXd all(3, 20);
  all << full.sensitivities_x, full.sensitivities_y;
  const MatrixXd carried = all * points.joint * all.transpose();
  CHECK((carried - full.working_covariance).norm() < 1e-6 * full.working_covariance.norm());
}

TEST_CASE("the line's kernels and the general core agree on random points") {
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(0.02, 0.3);
  for (int trial = 0; trial < 30; ++trial) {
    const Index n = 3 + trial % 9;
    CurveData data;
    data.x.resize(n);
    data.y.resize(n);
    data.standard_uncertainty_x.resize(n);
    data.standard_uncertainty_y.resize(n);
    for (Index i = 0; i < n; ++i) {
      data.standard_uncertainty_x(i) = uniform(random);
      data.standard_uncertainty_y(i) = uniform(random);
      data.x(i) = 100 + 2.0 * static_cast<double>(i) + data.standard_uncertainty_x(i) * normal(random);
      data.y(i) = 3 - 0.7 * 2.0 * static_cast<double>(i) + data.standard_uncertainty_y(i) * normal(random);
    }
    check_same(fit_curve(data, parse_curve("line")), fit_curve(data, parse_curve("polynomial:1")), 1e-7);
  }
}

TEST_CASE("curves find the parameters that made exact points") {
  const VectorXd x = vector({0.4, 0.9, 1.3, 2.0, 2.6, 3.3, 4.1, 5.2});
  const auto made = [&](auto f) {
    CurveData data;
    data.x = x;
    data.y = x.unaryExpr(f);
    return data;
  };
  const auto check = [](const CurveFit& fit, const std::vector<double>& truth) {
    REQUIRE(fit.parameters.size() == static_cast<Index>(truth.size()));
    for (std::size_t k = 0; k < truth.size(); ++k)
      CHECK(fit.parameters(static_cast<Index>(k)) == Approx(truth[k]).epsilon(1e-8));
  };
  check(fit_curve(made([](double v) { return 0.3 + 2.1 * std::pow(v, 1.07); }), parse_curve("power")),
        {0.3, 2.1, 0.07});
  check(fit_curve(made([](double v) { return -1 + 4 * std::pow(v, -0.8); }), parse_curve("power")), {-1, 4, -1.8});
  check(fit_curve(made([](double v) { return 0.3 + 2.1 * std::exp(0.4 * v); }), parse_curve("exponential")),
        {0.3, 2.1, 0.4});
  check(fit_curve(made([](double v) { return 10 - 7 * std::exp(-1.9 * v); }), parse_curve("exponential")),
        {10, -7, -1.9});
  check(fit_curve(made([](double v) { return 2 * v + 0.01 * v * v - 0.003 * v * v * v; }), parse_curve("iso-376")),
        {2, 0.01, -0.003});
  CurveChoice fixed = parse_curve("polynomial:3");
  fixed.fixed = {{"b1", 2.0}};
  check(fit_curve(made([](double v) { return 1 + 2 * v + 0.01 * v * v - 0.003 * v * v * v; }), fixed),
        {1, 0.01, -0.003});
  CurveChoice formula = parse_curve("expression: c + b1*(1-exp(-b2*x))");
  formula.fixed = {{"c", 0.25}};
  formula.start = {{"b1", 1.0}, {"b2", 1.0}};
  check(fit_curve(made([](double v) { return 0.25 + 3 * (1 - std::exp(-0.7 * v)); }), formula), {3, 0.7});
  // A thermistor of 10 kohm at 25 degrees Celsius.
  CurveData thermistor;
  thermistor.x = vector({32650, 19900, 12490, 10000, 6532, 4160, 2488, 1070, 680});
  thermistor.y = thermistor.x.unaryExpr([](double r) {
    const double l = std::log(r);
    return 1 / (1.129148e-3 + 2.34125e-4 * l + 8.76741e-8 * l * l * l);
  });
  const CurveFit fit = fit_curve(thermistor, parse_curve("steinhart-hart"));
  check(fit, {1.129148e-3, 2.34125e-4, 8.76741e-8});
  CHECK(invert(fit, 298.15).x == Approx(10000).epsilon(1e-3));
}

TEST_CASE("natural spline") {
  CurveData data;
  data.x = vector({3, 0, 1, 2, 4.5});
  data.y = vector({27, 0, 1, 8, 60});
  data.standard_uncertainty_y = vector({0.3, 0.1, 0.1, 0.2, 0.5});
  const CurveFit fit = fit_curve(data, parse_curve("spline"));
  CHECK(fit.degrees_of_freedom == 0);
  for (Index i = 0; i < 5; ++i) {
    CHECK(predict(fit, data.x(i)).y == Approx(data.y(i)).margin(1e-12));
    CHECK(predict(fit, data.x(i)).standard_uncertainty == Approx(data.standard_uncertainty_y(i)));
  }
  const auto at = [&](double x) { return predict(fit, x).y; };
  const double h = 1e-4;
  for (const double knot : {1.0, 2.0, 3.0}) {  // second derivatives from both sides agree
    const double left = (at(knot - 2 * h) - 2 * at(knot - h) + at(knot)) / (h * h);
    const double right = (at(knot) - 2 * at(knot + h) + at(knot + 2 * h)) / (h * h);
    CHECK(left == Approx(right).margin(0.02));
  }
  CHECK((at(0) - 2 * at(h) + at(2 * h)) / (h * h) == Approx(0).margin(0.01));  // no curvature at the ends
  CHECK(at(6) - at(5.5) == Approx(at(5.5) - at(5)).epsilon(1e-10));            // straight beyond
  CHECK(predict(fit, 6).extrapolated);
  data.standard_uncertainty_y.resize(0);
  CHECK_THAT(refusal(data, "spline"), Contains("needs u(y)"));
}

TEST_CASE("the degree is chosen by AICc and BIC, with the reason") {
  CurveData data;
  data.x = VectorXd::LinSpaced(15, 0, 14);
  data.y.resize(15);
  for (Index i = 0; i < 15; ++i) {
    const double x = data.x(i);
    const double scatter = std::fmod(0.6180339887 * static_cast<double>(i + 1), 1.0) - 0.5;
    data.y(i) = 1 + 2 * x - 0.05 * x * x + 0.2 * scatter;
  }
  const DegreeChoice plain = choose_degree(data, 6);
  CHECK(plain.degree == 2);
  CHECK(plain.trials.size() == 6);
  CHECK_THAT(plain.reason, Contains("degree 2") && Contains("AICc"));
  data.standard_uncertainty_y = VectorXd::Constant(15, 0.06);
  CHECK(choose_degree(data, 6).degree == 2);
  data.standard_uncertainty_y.setConstant(0.0005);  // far too small: chi-squared says so
  CHECK_THAT(choose_degree(data, 3).reason, Contains("in doubt"));
  const CurveFit fit = fit_curve(data, parse_curve("polynomial:auto:3"));
  CHECK(fit.notes.size() == 1);
}

TEST_CASE("fits that the data do not determine are refused with the reason") {
  CurveData data;
  data.x = vector({1, 2, 3});
  data.y = vector({1, 2, 4});
  CHECK_THAT(refusal(data, "polynomial:3"), Contains("3 points at 3 different x do not determine the 4 parameters"));
  CHECK_THAT(refusal(data, "polynomial:2"), Contains("at least 4 points"));  // no residual left
  data.standard_uncertainty_y = VectorXd::Constant(3, 0.1);
  CHECK(refusal(data, "polynomial:2") == "fitted");
  data.x.setConstant(2);
  CHECK_THAT(refusal(data, "line"), Contains("all 3 points are at x = 2"));
  CHECK_THAT(refusal(data, "polynomial:2"), Contains("all 3 points are at x = 2"));
  data.x = vector({1, 2, 3});
  data.standard_uncertainty_y(1) = 0;
  CHECK_THAT(refusal(data, "line"), Contains("point 2 (x = 2) has no uncertainty"));
  data.standard_uncertainty_y(1) = -1;
  CHECK_THAT(refusal(data, "line"), Contains("point 2") && Contains("not negative"));
  data.standard_uncertainty_y.resize(0);
  data.covariance_y = MatrixXd::Identity(3, 3);
  data.covariance_y(0, 2) = data.covariance_y(2, 0) = 1;
  for (const char* curve : {"line", "polynomial:1", "exponential", "expression: b1 + b2*x"}) {
    INFO(curve);
    CHECK_THAT(refusal(data, curve), Contains("singular") && Contains("3 (x = 3)") && Contains("1 (x = 1)"));
  }
  data.covariance_y = MatrixXd::Identity(3, 3);
  data.covariance_y(0, 1) = data.covariance_y(1, 0) = 1.5;
  CHECK_THAT(refusal(data, "line"), Contains("larger than"));
  data.covariance_y(0, 1) = data.covariance_y(1, 0) = data.covariance_y(0, 2) = data.covariance_y(2, 0) = 0.9;
  data.covariance_y(1, 2) = data.covariance_y(2, 1) = -0.9;
  CHECK_THAT(refusal(data, "line"), Contains("contradict"));
  data.covariance_y.resize(0, 0);
  data.y(1) = NAN;
  CHECK_THAT(refusal(data, "line"), Contains("point 2"));

  CurveData many;
  many.x = vector({1, 2, 3, 4, 5});
  many.y = vector({1, 2, 4, 8, 15});
  CHECK_THAT(refusal(many, "expression: a*b*x"), Contains("cannot be told apart") && Contains("a, b"));
  CHECK_THAT(refusal(many, "expression: a*x + 0*b"), Contains("b is not determined"));
  CHECK_THAT(refusal(many, "expression: a + 2"), Contains("does not use x"));
  CHECK_THAT(refusal(many, "expression: 3*x"), Contains("no parameter"));
  CHECK_THROWS_WITH(parse_curve("polynomail:3"), Contains("polynomial:3"));
  CHECK_THROWS_WITH(parse_curve("polynomial:x"), Contains("degree"));
  CHECK_THROWS_AS(fit_curve(many, parse_curve("line"), CovarianceConvention::from_stated_uncertainties), InputError);
  CurveChoice start = parse_curve("expression: b1*exp(b2*x)");
  start.start = {{"b1", 1.0}};
  CHECK_THROWS_WITH(fit_curve(many, start), Contains("missing for b2"));
  many.x(0) = -1;
  CHECK_THAT(refusal(many, "power"), Contains("below 0"));
}

TEST_CASE("an ambiguous inverse is refused") {
  CurveData data;
  data.x = vector({0, 1, 2, 3, 4, 5, 6});
  data.y = vector({0, 5, 8, 9, 8, 5, 0});  // x(6 - x)
  data.standard_uncertainty_y = VectorXd::Constant(7, 0.01);
  const CurveFit fit = fit_curve(data, parse_curve("polynomial:2"));
  CHECK_THROWS_WITH(invert(fit, 5), Contains("turns at x = 3") && Contains("x = 1") && Contains("x = 5"));
  CHECK_THROWS_WITH(invert(fit, 20), Contains("does not reach"));
  CHECK_THROWS_WITH(invert(fit, -1), Contains("both sides"));
  CHECK_THROWS_WITH(invert(fit, 9 - 1e-9), Contains("more than one x") || Contains("not clearly different"));
  CurveData branch;
  branch.x = data.x.head(3);
  branch.y = data.y.head(3);
  branch.standard_uncertainty_y = data.standard_uncertainty_y.head(3);
  const CurveFit rising = fit_curve(branch, parse_curve("polynomial:2"));
  CHECK(invert(rising, 5).x == Approx(1));
  const CurvePrediction beyond = invert(rising, 8.75);
  CHECK(beyond.x == Approx(2.5));
  CHECK(beyond.extrapolated);
}

TEST_CASE("numbers of two doubles keep 31 digits") {
  const DoubleDouble third = DoubleDouble(1) / DoubleDouble(3);
  CHECK(std::fabs(static_cast<double>(third * DoubleDouble(3) - DoubleDouble(1))) < 1e-31);
  const DoubleDouble root = square_root(2.0);
  CHECK(std::fabs(static_cast<double>(root * root - DoubleDouble(2))) < 1e-30);
  DoubleDouble sum;
  for (int i = 0; i < 1000; ++i)
    sum += third;
  CHECK(std::fabs(static_cast<double>(sum * DoubleDouble(3) - DoubleDouble(1000))) < 1e-27);
}
