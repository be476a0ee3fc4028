#include "calibration/curve/line_fit.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "base/error.h"
#include "calibration/statistics/statistics.h"

using namespace etalon::calibration;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using etalon::base::InputError;

namespace {

VectorXd vector(const std::vector<double>& values) {
  return Eigen::Map<const VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}
double u(const LineFit& fit, int i) {
  return std::sqrt(fit.covariance(i, i));
}

void check_same_line(const LineFit& a, const LineFit& b, double relative) {
  CHECK(a.slope == Approx(b.slope).epsilon(relative));
  CHECK(a.intercept == Approx(b.intercept).epsilon(relative).margin(relative * std::fabs(b.slope * b.centre)));
  CHECK(u(a, 0) == Approx(u(b, 0)).epsilon(relative));
  CHECK(u(a, 1) == Approx(u(b, 1)).epsilon(relative));
  CHECK(a.covariance(0, 1) == Approx(b.covariance(0, 1)).epsilon(relative));
}

const VectorXd six = vector({1, 2, 3, 4, 5, 6});

MatrixXd gauss_markov_covariance() {
  MatrixXd U = MatrixXd::Zero(10, 10);
  U.topLeftCorner(5, 5).setConstant(1);
  U.bottomRightCorner(5, 5).setConstant(4);
  U.diagonal().array() += 1;
  return U;
}

}  // namespace

TEST_CASE("ISO/TS 28037 clause 6, example 1: equal weights; 11.1, 11.2") {
  const LineFit fit = fit_line_weighted(six, vector({3.3, 5.6, 7.1, 9.3, 10.7, 12.1}), VectorXd::Constant(6, 0.5));
  // published
  CHECK(fit.intercept == Approx(1.867).margin(0.0005));
  CHECK(u(fit, 0) == Approx(0.465).margin(0.0006));
  CHECK(fit.slope == Approx(1.757).margin(0.0005));
  CHECK(u(fit, 1) == Approx(0.120).margin(0.0005));
  CHECK(fit.covariance(0, 1) == Approx(-0.050).margin(0.0005));
  CHECK(*fit.chi_squared == Approx(1.665).margin(0.0005));
  // recomputed
  CHECK(fit.intercept == Approx(1.8666666666666583).epsilon(1e-13));
  CHECK(fit.slope == Approx(1.7571428571428565).epsilon(1e-13));
  CHECK(fit.covariance(0, 0) == Approx(0.21666666666666665).epsilon(1e-13));
  CHECK(fit.covariance(1, 1) == Approx(0.014285714285714285).epsilon(1e-13));
  CHECK(*fit.chi_squared == Approx(1.6647619047619058).epsilon(1e-12));
  CHECK(fit.degrees_of_freedom == 4);
  CHECK(*chi_squared_p_value(fit) > 0.05);
  CHECK(to_string(fit.method) == "wls");
  CHECK(to_string(fit.covariance_convention) == "ISO/TS 28037: from the stated uncertainties");

  const LinePrediction inverse = invert(fit, 10.5, 0.5);
  CHECK(inverse.x == Approx(4.9132791327913345).epsilon(1e-13));                      // published 4.913
  CHECK(inverse.standard_uncertainty == Approx(0.32203556012891027).epsilon(1e-12));  // published 0.322
  const LinePrediction forward = predict(fit, 3.5, 0.2);
  CHECK(forward.y == Approx(8.016666666666655).epsilon(1e-13));
  CHECK(forward.standard_uncertainty == Approx(0.40640953173245464).epsilon(1e-12));
  CHECK_FALSE(forward.extrapolated);
  CHECK(predict(fit, 6.1).extrapolated);
  CHECK(invert(fit, 1).extrapolated);
}

TEST_CASE("ISO/TS 28037 clause 6, example 2: unequal weights") {
  const LineFit fit =
      fit_line_weighted(six, vector({3.2, 4.3, 7.6, 8.6, 11.7, 12.8}), vector({0.5, 0.5, 0.5, 1, 1, 1}));
  CHECK(fit.intercept == Approx(0.885232067510545).epsilon(1e-12));  // published 0.885
  CHECK(fit.slope == Approx(2.056962025316456).epsilon(1e-13));      // published 2.057
  CHECK(fit.covariance(0, 0) == Approx(0.2805907172995782).epsilon(1e-13));
  CHECK(fit.covariance(0, 1) == Approx(-0.08227848101265828).epsilon(1e-13));
  CHECK(fit.covariance(1, 1) == Approx(0.03164556962025318).epsilon(1e-13));
  CHECK(*fit.chi_squared == Approx(4.1308016877637135).epsilon(1e-12));
  const LinePrediction inverse = invert(fit, 10.5, 1.0);
  CHECK(inverse.x == Approx(4.674256410256412).epsilon(1e-13));
  CHECK(inverse.standard_uncertainty == Approx(0.5331809022312936).epsilon(1e-12));
}

TEST_CASE("ISO/TS 28037 clause 9: Gauss-Markov regression with correlated y") {
  const VectorXd x = vector({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  const VectorXd y = vector({1.3, 4.1, 6.9, 7.5, 10.2, 12.0, 14.5, 17.1, 19.5, 21.0});
  const LineFit fit = fit_line_generalised(x, y, gauss_markov_covariance());
  CHECK(fit.intercept == Approx(-0.6455639097744328).epsilon(1e-12));
  CHECK(fit.slope == Approx(2.2013533834586463).epsilon(1e-12));
  CHECK(u(fit, 0) == Approx(1.2726149740516377).epsilon(1e-12));
  CHECK(u(fit, 1) == Approx(0.20149814827784024).epsilon(1e-12));
  CHECK(fit.covariance(0, 1) == Approx(-0.1669172932330826).epsilon(1e-12));
  CHECK(*fit.chi_squared == Approx(2.0739548872180453).epsilon(1e-11));
  CHECK(fit.degrees_of_freedom == 8);
  // Against the normal equations with an explicit inverse: another road to the same numbers.
  MatrixXd A(10, 2);
  A << VectorXd::Ones(10), x;
  const MatrixXd W = gauss_markov_covariance().inverse();
  const Eigen::Matrix2d covariance = (A.transpose() * W * A).inverse();
  const Eigen::Vector2d parameters = covariance * A.transpose() * W * y;
  CHECK(fit.intercept == Approx(parameters(0)).epsilon(1e-11));
  CHECK(fit.slope == Approx(parameters(1)).epsilon(1e-11));
  // Parameters and their covariance from the sensitivities.
  const Eigen::Vector2d from_sensitivities = fit.sensitivities * y;
  CHECK(from_sensitivities(0) == Approx(fit.intercept).epsilon(1e-11));
  CHECK(from_sensitivities(1) == Approx(fit.slope).epsilon(1e-11));
  const Eigen::Matrix2d carried = fit.sensitivities * gauss_markov_covariance() * fit.sensitivities.transpose();
  CHECK((carried - fit.covariance).norm() < 1e-11 * fit.covariance.norm());
}

TEST_CASE("ISO/TS 28037 clause 7: uncertainties in x and y") {
  const LineFit fit =
      fit_line_distance(vector({1.2, 1.9, 2.9, 4.0, 4.7, 5.9}), vector({3.4, 4.4, 7.2, 8.5, 10.8, 13.5}),
                        VectorXd::Constant(6, 0.2), vector({0.2, 0.2, 0.2, 0.4, 0.4, 0.4}));
  // published
  CHECK(fit.intercept == Approx(0.5788).margin(5e-5));
  CHECK(u(fit, 0) == Approx(0.4764).margin(5e-5));
  CHECK(fit.slope == Approx(2.1597).margin(5e-5));
  CHECK(u(fit, 1) == Approx(0.1355).margin(5e-5));
  CHECK(fit.covariance(0, 1) == Approx(-0.0577).margin(5e-5));
  CHECK(*fit.chi_squared == Approx(2.743).margin(5e-4));
  // recomputed
  CHECK(fit.intercept == Approx(0.5788221221494994).epsilon(1e-10));
  CHECK(fit.slope == Approx(2.159656567399293).epsilon(1e-10));
  CHECK(u(fit, 0) == Approx(0.47642062962177556).epsilon(1e-8));
  CHECK(u(fit, 1) == Approx(0.13554792746750882).epsilon(1e-8));
  CHECK(fit.covariance(0, 1) == Approx(-0.05771693909850985).epsilon(1e-8));
  CHECK(*fit.chi_squared == Approx(2.7426767897309636).epsilon(1e-9));
  CHECK(to_string(fit.method) == "gdr");
}

TEST_CASE("Pearson's data with York's weights") {
  const VectorXd wx = vector({1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1.0});
  const VectorXd wy = vector({1.0, 1.8, 4.0, 8.0, 20, 20, 70, 70, 100, 500});
  const LineFit fit = fit_line_distance(vector({0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4}),
                                        vector({5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5}),
                                        wx.cwiseInverse().cwiseSqrt(), wy.cwiseInverse().cwiseSqrt());
  CHECK(fit.intercept == Approx(5.47991022).margin(1e-8));  // Neri et al. 1989
  CHECK(fit.slope == Approx(-0.480533407).margin(1e-9));
  CHECK(*fit.chi_squared / 8 == Approx(1.4833).margin(5e-5));
  // Three standard uncertainties are published for this fit; ours is that of ISO/TS 28037 and York 2004.
  CHECK(u(fit, 0) == Approx(0.294970735493109).epsilon(1e-7));
  CHECK(u(fit, 1) == Approx(0.057985009000774565).epsilon(1e-7));
}

TEST_CASE("ISO 6143 example 1 with x and y exchanged") {
  const LineFit fit = fit_line_distance(vector({0.1969, 0.7874, 2.0228}), vector({4.5, 18.75, 50.0}),
                                        vector({0.003938, 0.015748, 0.040456}), vector({0.045, 0.1875, 0.5}));
  CHECK(fit.intercept == Approx(-0.35747).margin(5e-6));  // published
  CHECK(fit.slope == Approx(24.612).margin(0.0006));
  CHECK(*fit.chi_squared == Approx(0.6743).margin(5e-5));
  CHECK(u(fit, 0) == Approx(0.1571313392563654).epsilon(1e-6));  // published 0.15716, by another linearisation
  CHECK(u(fit, 1) == Approx(0.48035507228579155).epsilon(1e-6));
  const LinePrediction evaluated = predict(fit, 0.6, 0.012);
  CHECK(evaluated.y == Approx(14.409444937935204).epsilon(1e-7));
  CHECK(evaluated.standard_uncertainty == Approx(0.3559678713736).epsilon(1e-6));
}

TEST_CASE("without uncertainty in x, distance regression is weighted least squares") {
  const VectorXd y = vector({3.2, 4.3, 7.6, 8.6, 11.7, 12.8});
  const VectorXd uy = vector({0.5, 0.5, 0.5, 1, 1, 1});
  const LineFit distance = fit_line_distance(six, y, VectorXd::Zero(6), uy);
  const LineFit weighted = fit_line_weighted(six, y, uy);
  check_same_line(distance, weighted, 1e-12);
  CHECK(*distance.chi_squared == Approx(*weighted.chi_squared).epsilon(1e-11));
}

TEST_CASE("distance regression does not care which axis is x") {
  const VectorXd x = vector({1.2, 1.9, 2.9, 4.0, 4.7, 5.9});
  const VectorXd y = vector({3.4, 4.4, 7.2, 8.5, 10.8, 13.5});
  const VectorXd ux = VectorXd::Constant(6, 0.2);
  const VectorXd uy = vector({0.2, 0.2, 0.2, 0.4, 0.4, 0.4});
  const LineFit forward = fit_line_distance(x, y, ux, uy);
  const LineFit back = fit_line_distance(y, x, uy, ux);
  CHECK(back.slope == Approx(1 / forward.slope).epsilon(1e-10));
  CHECK(back.intercept == Approx(-forward.intercept / forward.slope).epsilon(1e-9));
  CHECK(*back.chi_squared == Approx(*forward.chi_squared).epsilon(1e-10));
}

TEST_CASE("GUM H.3: thermometer, scatter from the residuals") {
  const VectorXd t = vector({21.521, 22.012, 22.512, 23.003, 23.507, 23.999, 24.513, 25.002, 25.503, 26.010, 26.511});
  const VectorXd b = vector({-0.171, -0.169, -0.166, -0.159, -0.164, -0.165, -0.156, -0.157, -0.159, -0.161, -0.160});
  const LineFit fit = fit_line(t.array() - 20, b);
  CHECK(fit.intercept == Approx(-0.1712).margin(5e-5));  // published
  CHECK(u(fit, 0) == Approx(0.0029).margin(5e-5));
  CHECK(fit.slope == Approx(0.00218).margin(5e-6));
  CHECK(u(fit, 1) == Approx(0.00067).margin(5e-6));
  CHECK(fit.covariance(0, 1) / u(fit, 0) / u(fit, 1) == Approx(-0.930).margin(5e-4));
  CHECK(*fit.residual_standard_deviation == Approx(0.0035).margin(5e-5));
  const LinePrediction thirty = predict(fit, 10);
  CHECK(thirty.y == Approx(-0.1494).margin(5e-5));
  CHECK(thirty.standard_uncertainty == Approx(0.0041).margin(5e-5));
  CHECK(thirty.extrapolated);
  // recomputed
  CHECK(fit.intercept == Approx(-0.17120379013134976).epsilon(1e-12));
  CHECK(fit.slope == Approx(0.0021826977398872512).epsilon(1e-11));
  CHECK(fit.covariance(0, 0) == Approx(8.280569300917282e-06).epsilon(1e-11));
  CHECK(fit.covariance(0, 1) == Approx(-1.788340748673923e-06).epsilon(1e-11));
  CHECK(fit.covariance(1, 1) == Approx(4.461422047811025e-07).epsilon(1e-11));
  CHECK(*fit.residual_standard_deviation == Approx(0.00349756396350529).epsilon(1e-12));
  CHECK(thirty.y == Approx(-0.14937681273247724).epsilon(1e-12));
  CHECK(thirty.standard_uncertainty == Approx(0.004138595752854955).epsilon(1e-11));
  CHECK(fit.degrees_of_freedom == 9);
  CHECK_FALSE(fit.chi_squared);
  CHECK(to_string(fit.method) == "ols");
  CHECK(to_string(fit.covariance_convention) == "chi-squared-scaled: by the residual variance");
  // The centre is where value and slope are uncorrelated (GUM H.3.5).
  CHECK(fit.centre + 20 == Approx(24.008454545454548).epsilon(1e-14));
  CHECK(std::fabs(fit.centred_covariance(0, 1)) < 1e-14 * u(fit, 1));
}

TEST_CASE("QUAM A5: inverse prediction from a least-squares line") {
  const LineFit fit = fit_line(vector({0.1, 0.1, 0.1, 0.3, 0.3, 0.3, 0.5, 0.5, 0.5, 0.7, 0.7, 0.7, 0.9, 0.9, 0.9}),
                               vector({0.028, 0.029, 0.029, 0.084, 0.083, 0.081, 0.135, 0.131, 0.133, 0.180, 0.181,
                                       0.183, 0.215, 0.230, 0.216}));
  CHECK(fit.intercept == Approx(0.0087).epsilon(1e-10));
  CHECK(fit.slope == Approx(0.241).epsilon(1e-12));
  CHECK(u(fit, 0) == Approx(0.0029).margin(5e-5));
  CHECK(u(fit, 1) == Approx(0.0050).margin(5e-5));
  CHECK(*fit.residual_standard_deviation == Approx(0.0054856456039656595).epsilon(1e-11));
  const LinePrediction inverse = invert(fit, 0.0714, *fit.residual_standard_deviation / std::sqrt(2.0));
  CHECK(inverse.x == Approx(0.2601659751037348).epsilon(1e-11));                       // published 0.26
  CHECK(inverse.standard_uncertainty == Approx(0.017844611125583096).epsilon(1e-10));  // published 0.018
}

TEST_CASE("NIST StRD Norris") {
  const VectorXd x = vector({0.2, 337.4, 118.2, 884.6, 10.1,  226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4,
                             0.6, 775.5, 666.9, 338.0, 447.5, 11.6,  556.0, 228.1, 995.8, 887.6, 120.2, 0.3,
                             0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1,  118.3, 229.2, 669.1, 448.9, 0.5});
  const VectorXd y = vector({0.1, 338.8, 118.1, 888.0, 9.2,   228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3,
                             0.1, 778.1, 668.8, 339.3, 448.9, 10.8,  557.7, 228.3, 998.0, 888.8, 119.6, 0.3,
                             0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2,  117.6, 228.9, 668.4, 449.2, 0.2});
  const LineFit fit = fit_line(x, y);
  CHECK(fit.intercept == Approx(-0.262323073774029).epsilon(1e-12));
  CHECK(fit.slope == Approx(1.00211681802045).epsilon(1e-14));
  CHECK(u(fit, 0) == Approx(0.232818234301152).epsilon(1e-13));
  CHECK(u(fit, 1) == Approx(0.000429796848199937).epsilon(1e-13));
  CHECK(*fit.residual_standard_deviation == Approx(0.884796396144373).epsilon(1e-13));
}

TEST_CASE("a line far from the origin keeps its digits") {
  // x near 1e7 with a span of 10: the intercept at zero is poor, the line where it is used is not.
  std::vector<double> x;
  std::vector<double> y;
  for (int i = 0; i <= 10; ++i) {
    x.push_back(1e7 + i);
    y.push_back(5 + 0.25 * i + (i % 2 == 0 ? 1e-3 : -1e-3));
  }
  const LineFit fit = fit_line_weighted(vector(x), vector(y), VectorXd::Constant(11, 1e-3));
  std::vector<double> near;
  for (double value : x)
    near.push_back(value - 1e7);
  const LineFit shifted = fit_line_weighted(vector(near), vector(y), VectorXd::Constant(11, 1e-3));
  CHECK(fit.slope == Approx(shifted.slope).epsilon(1e-13));
  for (double d : {0.0, 3.7, 10.0, 12.0}) {
    CHECK(predict(fit, 1e7 + d).y == Approx(predict(shifted, d).y).epsilon(1e-9));
    CHECK(predict(fit, 1e7 + d).standard_uncertainty == Approx(predict(shifted, d).standard_uncertainty).epsilon(1e-8));
  }
  CHECK(*fit.chi_squared == Approx(*shifted.chi_squared).epsilon(1e-9));
}

TEST_CASE("properties of random fits") {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(0.2, 2);
  for (int trial = 0; trial < 20; ++trial) {
    const int n = 3 + trial % 7;
    VectorXd x(n);
    VectorXd y(n);
    VectorXd uy(n);
    MatrixXd G(n, n);
    for (int i = 0; i < n; ++i) {
      x(i) = 3 * normal(random) + i;
      uy(i) = uniform(random);
      y(i) = 2 - 1.5 * x(i) + uy(i) * normal(random);
      for (int j = 0; j < n; ++j)
        G(i, j) = normal(random);
    }
    const MatrixXd U = G * G.transpose() + 0.5 * MatrixXd::Identity(n, n);
    const LineFit weighted = fit_line_weighted(x, y, uy);
    const LineFit generalised = fit_line_generalised(x, y, U);

    // A diagonal covariance matrix is weighted least squares.
    const MatrixXd diagonal = uy.array().square().matrix().asDiagonal();
    check_same_line(fit_line_generalised(x, y, diagonal), weighted, 1e-12);

    // Permuted points, the same line.
    Eigen::PermutationMatrix<Eigen::Dynamic> P(n);
    P.setIdentity();
    std::shuffle(P.indices().data(), P.indices().data() + n, random);
    check_same_line(fit_line_generalised(P * x, P * y, P * U * P.transpose()), generalised, 1e-10);
    check_same_line(fit_line_weighted(P * x, P * y, P * uy), weighted, 1e-12);

    // Units: x in milli, y in micro.
    const LineFit scaled = fit_line_generalised(1e3 * x, 1e6 * y, 1e12 * U);
    CHECK(scaled.slope == Approx(1e3 * generalised.slope).epsilon(1e-10));
    CHECK(scaled.intercept == Approx(1e6 * generalised.intercept).epsilon(1e-9));
    CHECK(u(scaled, 0) == Approx(1e6 * u(generalised, 0)).epsilon(1e-10));
    CHECK(*scaled.chi_squared == Approx(*generalised.chi_squared).epsilon(1e-9));

    // Equal weights: the line of ordinary least squares.
    const LineFit ordinary = fit_line(x, y);
    const LineFit equal = fit_line_weighted(x, y, VectorXd::Constant(n, 0.3));
    CHECK(ordinary.slope == Approx(equal.slope).epsilon(1e-12));
    CHECK(ordinary.residuals.sum() == Approx(0).margin(1e-12 * y.norm()));

    // A common error of all points moves the intercept and leaves the slope alone.
    const double common = 0.7;
    const LineFit shared = fit_line_generalised(x, y, U + MatrixXd::Constant(n, n, common * common));
    CHECK(shared.slope == Approx(generalised.slope).epsilon(1e-9));
    CHECK(shared.covariance(1, 1) == Approx(generalised.covariance(1, 1)).epsilon(1e-9));
    CHECK(shared.covariance(0, 0) == Approx(generalised.covariance(0, 0) + common * common).epsilon(1e-9));

    // Inverse of forward.
    const double x0 = x.mean();
    if (std::fabs(weighted.slope) > 3 * u(weighted, 1)) {
      CHECK(invert(weighted, predict(weighted, x0).y).x == Approx(x0).epsilon(1e-10).margin(1e-10));
    }
  }
}

TEST_CASE("stated uncertainties cover the true line as often as they say") {
  // Simulated calibrations with a shared reference error: chi-squared is distributed as it should be and the true value
  // lies within k = 2 of the line in 95 % of them.
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  const VectorXd x = vector({0, 2, 4, 6, 8, 10});
  const VectorXd own = vector({0.1, 0.1, 0.2, 0.2, 0.3, 0.3});
  const VectorXd shared = 0.05 * x;
  const MatrixXd U = MatrixXd(own.array().square().matrix().asDiagonal()) + shared * shared.transpose();
  const int trials = 4000;
  int covered = 0;
  int doubtful = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const double reference = normal(random);
    VectorXd y(6);
    for (int i = 0; i < 6; ++i)
      y(i) = 1 + 0.5 * x(i) + own(i) * normal(random) + shared(i) * reference;
    const LineFit fit = fit_line_generalised(x, y, U);
    const LinePrediction at = predict(fit, 9);
    covered += std::fabs(at.y - 5.5) <= 2 * at.standard_uncertainty ? 1 : 0;
    doubtful += *chi_squared_p_value(fit) < 0.05 ? 1 : 0;
  }
  CHECK(covered / double(trials) == Approx(0.9545).margin(0.012));
  CHECK(doubtful / double(trials) == Approx(0.05).margin(0.012));
}

TEST_CASE("two points make an exact line without a test of fit") {
  const LineFit fit = fit_line_weighted(vector({0, 10}), vector({1, 21}), vector({0.1, 0.1}));
  CHECK(fit.slope == Approx(2).epsilon(1e-14));
  CHECK(fit.intercept == Approx(1).epsilon(1e-13));
  CHECK(fit.degrees_of_freedom == 0);
  CHECK(*fit.chi_squared == Approx(0).margin(1e-20));
  CHECK_FALSE(chi_squared_p_value(fit));
  CHECK_FALSE(fit.residual_standard_deviation);
}

TEST_CASE("fits refuse with the reason") {
  using Catch::Contains;
  const VectorXd y = vector({1, 2, 3, 4, 5, 6});
  CHECK_THROWS_WITH(fit_line(six, vector({1, 2})), Contains("6 x and 2 y"));
  CHECK_THROWS_WITH(fit_line(vector({1, 2}), vector({1, 2})), Contains("at least 3"));
  CHECK_THROWS_WITH(fit_line_weighted(vector({1}), vector({1}), vector({1})), Contains("at least 2"));
  CHECK_THROWS_WITH(fit_line(VectorXd::Constant(6, 3.5), y), Contains("all 6 points are at x = 3.5"));
  CHECK_THROWS_WITH(fit_line(vector({1, 2, NAN}), vector({1, 2, 3})), Contains("point 3 is (nan, 3)"));
  CHECK_THROWS_WITH(fit_line_weighted(six, y, vector({1, 1, 0, 1, 1, 1})), Contains("point 3 (x = 3) is 0"));
  CHECK_THROWS_WITH(fit_line_weighted(six, y, vector({1, 1})), Contains("6 points but 2"));
  CHECK_THROWS_WITH(fit_line_distance(six, y, VectorXd::Zero(6), VectorXd::Zero(6)),
                    Contains("no uncertainty in x nor"));
  CHECK_THROWS_AS(fit_line_distance(six, y, VectorXd::Constant(6, -1), VectorXd::Ones(6)), InputError);

  MatrixXd U = MatrixXd::Identity(6, 6);
  CHECK_THROWS_WITH(fit_line_generalised(six, y, MatrixXd::Identity(5, 5)), Contains("5 x 5"));
  U(0, 1) = 0.5;
  CHECK_THROWS_WITH(fit_line_generalised(six, y, U), Contains("not symmetric"));
  U(1, 0) = 0.5;
  CHECK_NOTHROW(fit_line_generalised(six, y, U));
  U(3, 3) = 0;
  CHECK_THROWS_WITH(fit_line_generalised(six, y, U), Contains("variance of point 4 (x = 4) is 0"));
  U(3, 3) = NAN;
  CHECK_THROWS_WITH(fit_line_generalised(six, y, U), Contains("nan"));
  // Points 2 and 5 share their whole error.
  U = MatrixXd::Identity(6, 6);
  U(1, 4) = U(4, 1) = 1;
  CHECK_THROWS_WITH(fit_line_generalised(six, y, U),
                    Contains("singular: the error of point 5 (x = 5) is wholly determined by that of 2 (x = 2);"));
  U(1, 4) = U(4, 1) = 1.1;
  CHECK_THROWS_WITH(fit_line_generalised(six, y, U), Contains("larger than their uncertainties allow"));
  U = MatrixXd::Identity(6, 6);
  U(0, 1) = U(1, 0) = U(0, 2) = U(2, 0) = 0.9;
  U(1, 2) = U(2, 1) = -0.9;
  CHECK_THROWS_WITH(fit_line_generalised(six, y, U), Contains("contradict"));
}

TEST_CASE("a flat line cannot be inverted") {
  const LineFit fit = fit_line_weighted(six, vector({1, 1.1, 0.9, 1, 1.1, 0.9}), VectorXd::Constant(6, 0.1));
  CHECK_THROWS_WITH(invert(fit, 1), Catch::Contains("not clearly different from zero"));
  CHECK_THROWS_AS(predict(fit, NAN), InputError);
  CHECK_THROWS_AS(predict(fit, 1, -1), InputError);
  CHECK_THROWS_AS(invert(fit, INFINITY), InputError);
}
