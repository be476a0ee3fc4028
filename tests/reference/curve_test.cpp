// Published calibration curves: ISO/TS 28037, ISO 6143, Pearson and York, NIST StRD linear regression, GUM H.3, QUAM
// A5. "Recomputed" values are independent recomputations of the printed ones to more digits. The kernels for straight
// lines are held against the same publications in tests/calibration/curve/line_fit_test.cpp; here all goes through
// fit_curve.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "calibration/curve/curve_prediction.h"
#include "calibration/curve/fit_curve.h"

using namespace etalon::calibration;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

VectorXd vector(const std::vector<double>& values) {
  return Eigen::Map<const VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

double u(const CurveFit& fit, Eigen::Index i) {
  return std::sqrt(fit.covariance(i, i));
}

double agreeing_digits(double value, double certified_value) {
  return value == certified_value ? 16 : -std::log10(std::fabs(value / certified_value - 1));
}

CurveData points(const VectorXd& x, const VectorXd& y) {
  CurveData data;
  data.x = x;
  data.y = y;
  return data;
}

// Parameters and their standard deviations to the given digits.
void check_certified(const CurveFit& fit, const std::vector<double>& parameters,
                     const std::vector<double>& standard_deviations, int digits) {
  REQUIRE(fit.parameters.size() == static_cast<Eigen::Index>(parameters.size()));
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const auto at = static_cast<Eigen::Index>(k);
    INFO(fit.parameter_names[k] << " = " << fit.parameters(at) << " +- " << u(fit, at));
    CHECK(agreeing_digits(fit.parameters(at), parameters[k]) > digits);
    if (!standard_deviations.empty()) CHECK(agreeing_digits(u(fit, at), standard_deviations[k]) > digits);
  }
}

}  // namespace

TEST_CASE("iso28037-wls-equal: ISO/TS 28037:2010 6.3 example 1, 11.1, 11.2") {
  CurveData data = points(vector({1, 2, 3, 4, 5, 6}), vector({3.3, 5.6, 7.1, 9.3, 10.7, 12.1}));
  data.standard_uncertainty_y = VectorXd::Constant(6, 0.5);
  for (const char* curve : {"line", "polynomial:1", "expression: b0 + b1*x"}) {
    INFO(curve);
    const CurveFit fit = fit_curve(data, parse_curve(curve));
    CHECK(fit.parameters(0) == Approx(1.867).margin(0.0005));  // published
    CHECK(fit.parameters(1) == Approx(1.757).margin(0.0005));
    CHECK(fit.parameters(0) == Approx(1.8666666666666583).epsilon(1e-12));  // recomputed
    CHECK(fit.parameters(1) == Approx(1.7571428571428565).epsilon(1e-12));
    CHECK(fit.covariance(0, 0) == Approx(0.21666666666666665).epsilon(1e-12));
    CHECK(fit.covariance(0, 1) == Approx(-0.05).epsilon(1e-12));
    CHECK(fit.covariance(1, 1) == Approx(0.014285714285714285).epsilon(1e-12));
    CHECK(*fit.chi_squared == Approx(1.6647619047619058).epsilon(1e-11));
    CHECK(fit.degrees_of_freedom == 4);
    const CurvePrediction inverse = invert(fit, 10.5, 0.5);
    CHECK(inverse.x == Approx(4.9132791327913345).epsilon(1e-12));                      // published 4.913
    CHECK(inverse.standard_uncertainty == Approx(0.32203556012891027).epsilon(1e-11));  // published 0.322
    const CurvePrediction forward = predict(fit, 3.5, 0.2);
    CHECK(forward.y == Approx(8.016666666666655).epsilon(1e-12));
    CHECK(forward.standard_uncertainty == Approx(0.40640953173245464).epsilon(1e-11));
  }
}

TEST_CASE("iso28037-wls-unequal: ISO/TS 28037:2010 6.3 example 2") {
  CurveData data = points(vector({1, 2, 3, 4, 5, 6}), vector({3.2, 4.3, 7.6, 8.6, 11.7, 12.8}));
  data.standard_uncertainty_y = vector({0.5, 0.5, 0.5, 1, 1, 1});
  const CurveFit fit = fit_curve(data, parse_curve("line"));
  CHECK(to_string(fit.method) == "wls");
  CHECK(fit.parameters(0) == Approx(0.885232067510545).epsilon(1e-12));  // published 0.885
  CHECK(fit.parameters(1) == Approx(2.056962025316456).epsilon(1e-12));  // published 2.057
  CHECK(u(fit, 0) == Approx(0.530).margin(0.0005));
  CHECK(u(fit, 1) == Approx(0.178).margin(0.0005));
  CHECK(fit.covariance(0, 1) == Approx(-0.08227848101265828).epsilon(1e-12));
  CHECK(*fit.chi_squared == Approx(4.1308016877637135).epsilon(1e-11));
  const CurvePrediction inverse = invert(fit, 10.5, 1.0);
  CHECK(inverse.x == Approx(4.674256410256412).epsilon(1e-12));
  CHECK(inverse.standard_uncertainty == Approx(0.5331809022312936).epsilon(1e-11));
}

TEST_CASE("iso28037-gmr: ISO/TS 28037:2010 clause 9, correlated y") {
  CurveData data =
      points(vector({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), vector({1.3, 4.1, 6.9, 7.5, 10.2, 12.0, 14.5, 17.1, 19.5, 21.0}));
  data.covariance_y = MatrixXd::Zero(10, 10);
  data.covariance_y.topLeftCorner(5, 5).setConstant(1);
  data.covariance_y.bottomRightCorner(5, 5).setConstant(4);
  data.covariance_y.diagonal().array() += 1;
  for (const char* curve : {"line", "polynomial:1", "expression: b0 + b1*x"}) {
    INFO(curve);
    const CurveFit fit = fit_curve(data, parse_curve(curve));
    CHECK(fit.parameters(0) == Approx(-0.6455639097744328).epsilon(1e-11));
    CHECK(fit.parameters(1) == Approx(2.2013533834586463).epsilon(1e-11));
    CHECK(u(fit, 0) == Approx(1.2726149740516377).epsilon(1e-11));
    CHECK(u(fit, 1) == Approx(0.20149814827784024).epsilon(1e-11));
    CHECK(fit.covariance(0, 1) == Approx(-0.1669172932330826).epsilon(1e-11));
    CHECK(*fit.chi_squared == Approx(2.0739548872180453).epsilon(1e-10));
    CHECK(fit.degrees_of_freedom == 8);
  }
}

TEST_CASE("iso28037-gdr: ISO/TS 28037:2010 7.4, uncertainties in x and y") {
  CurveData data = points(vector({1.2, 1.9, 2.9, 4.0, 4.7, 5.9}), vector({3.4, 4.4, 7.2, 8.5, 10.8, 13.5}));
  data.standard_uncertainty_x = VectorXd::Constant(6, 0.2);
  data.standard_uncertainty_y = vector({0.2, 0.2, 0.2, 0.4, 0.4, 0.4});
  CurveData full = points(data.x, data.y);
  full.covariance_x = data.standard_uncertainty_x.cwiseAbs2().asDiagonal();
  full.covariance_y = data.standard_uncertainty_y.cwiseAbs2().asDiagonal();
  full.covariance_xy = MatrixXd::Zero(6, 6);
  for (const auto& [curve, method, which] :
       {std::tuple("line", "gdr", &data), std::tuple("line", "ggmr", &full), std::tuple("polynomial:1", "ggmr", &data),
        std::tuple("expression: b0 + b1*x", "ggmr", &data)}) {
    INFO(curve);
    const CurveFit fit = fit_curve(*which, parse_curve(curve));
    CHECK(to_string(fit.method) == method);
    CHECK(fit.parameters(0) == Approx(0.5788).margin(5e-5));  // published
    CHECK(u(fit, 0) == Approx(0.4764).margin(5e-5));
    CHECK(fit.parameters(1) == Approx(2.1597).margin(5e-5));
    CHECK(u(fit, 1) == Approx(0.1355).margin(5e-5));
    CHECK(fit.covariance(0, 1) == Approx(-0.0577).margin(5e-5));
    CHECK(*fit.chi_squared == Approx(2.743).margin(5e-4));
    CHECK(fit.parameters(0) == Approx(0.5788221221494994).epsilon(1e-10));  // recomputed
    CHECK(fit.parameters(1) == Approx(2.159656567399293).epsilon(1e-10));
    CHECK(u(fit, 0) == Approx(0.47642062962177556).epsilon(1e-8));
    CHECK(u(fit, 1) == Approx(0.13554792746750882).epsilon(1e-8));
    CHECK(fit.covariance(0, 1) == Approx(-0.05771693909850985).epsilon(1e-8));
    CHECK(*fit.chi_squared == Approx(2.7426767897309636).epsilon(1e-9));
  }
}

TEST_CASE("pearson-york: Pearson's data with York's weights") {
  CurveData data = points(vector({0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4}),
                          vector({5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5}));
  data.standard_uncertainty_x = vector({1000, 1000, 500, 800, 200, 80, 60, 20, 1.8, 1.0}).cwiseInverse().cwiseSqrt();
  data.standard_uncertainty_y = vector({1.0, 1.8, 4.0, 8.0, 20, 20, 70, 70, 100, 500}).cwiseInverse().cwiseSqrt();
  for (const char* curve : {"line", "polynomial:1", "expression: a + b*x"}) {
    INFO(curve);
    const CurveFit fit = fit_curve(data, parse_curve(curve));
    CHECK(fit.parameters(0) == Approx(5.479910224032865).margin(1e-8));  // Neri et al. 1989: 5.47991022
    CHECK(fit.parameters(1) == Approx(-0.480533407446202).margin(1e-9));
    CHECK(*fit.chi_squared == Approx(11.866353194061444).epsilon(1e-9));
    // Of the three published covariances that of ISO/TS 28037, which is York's of 2004 here; Kalantar's 0.29193 and
    // 0.057617 differentiate the solution itself.
    CHECK(u(fit, 0) == Approx(0.294970735493109).epsilon(1e-7));
    CHECK(u(fit, 1) == Approx(0.057985009000774565).epsilon(1e-7));
    CHECK(fit.covariance(0, 1) == Approx(-0.01647254465811587).epsilon(1e-7));
    CHECK(to_string(fit.covariance_convention) == "ISO/TS 28037: from the stated uncertainties");
  }
  const CurveFit scaled = fit_curve(data, parse_curve("line"), CovarianceConvention::scaled_by_residuals);
  CHECK(u(scaled, 0) == Approx(0.294970735493109 * std::sqrt(11.866353194061444 / 8)).epsilon(1e-7));
  const CurveFit inflated = fit_curve(data, parse_curve("line"), CovarianceConvention::t_inflated);
  CHECK(u(inflated, 0) == Approx(0.294970735493109 * std::sqrt(11.866353194061444 / 6)).epsilon(1e-7));
}

TEST_CASE("iso6143-ex1-linear: ISO 6143 (B_LEAST) example 1, analysis function x = G(y)") {
  CurveData data = points(vector({0.1969, 0.7874, 2.0228}), vector({4.5, 18.75, 50.0}));  // responses, fractions
  data.standard_uncertainty_x = vector({0.003938, 0.015748, 0.040456});
  data.standard_uncertainty_y = vector({0.045, 0.1875, 0.5});
  for (const char* curve : {"line", "polynomial:1", "expression: b0 + b1*x"}) {
    INFO(curve);
    const CurveFit fit = fit_curve(data, parse_curve(curve));
    CHECK(fit.parameters(0) == Approx(-0.35747).margin(5e-6));  // published
    CHECK(fit.parameters(1) == Approx(24.612).margin(5e-4));
    // Published 0.15716 and 0.48048, recomputed with the Gauss-Newton covariance 0.15713 and 0.48036: METAS B LEAST
    // differentiates the solution numerically, as in the note of iso28037-gdr.
    CHECK(fit.parameters(0) == Approx(-0.3574675928261597).epsilon(1e-8));
    CHECK(fit.parameters(1) == Approx(24.611520884602275).epsilon(1e-9));
    CHECK(u(fit, 0) == Approx(0.1571313392563654).epsilon(1e-7));
    CHECK(u(fit, 1) == Approx(0.48035507228579155).epsilon(1e-7));
    CHECK(fit.covariance(0, 1) == Approx(-0.05689047745060727).epsilon(1e-7));
    CHECK(*fit.chi_squared == Approx(0.6743).margin(5e-5));
    CHECK(*fit.chi_squared == Approx(0.6743048567393248).epsilon(1e-9));
    CHECK(*fit.largest_weighted_deviation == Approx(0.5679496533782173).epsilon(1e-7));
    for (const auto& [y, uy, x, ux] : {std::tuple(0.258, 0.00516, 5.992304795401227, 0.1637731931357258),
                                       std::tuple(0.6, 0.012, 14.409444937935204, 0.3559678713736),
                                       std::tuple(1.8, 0.036, 43.94326999945793, 1.1629735617459307)}) {
      const CurvePrediction sample = predict(fit, y, uy);
      CHECK(sample.y == Approx(x).epsilon(1e-8));
      CHECK(sample.standard_uncertainty == Approx(ux).epsilon(1e-7));
    }
  }
}

TEST_CASE("gum-h3: JCGM 100:2008 H.3, Table H.6") {
  const VectorXd h3_t = vector({21.521, 22.012, 22.512, 23.003, 23.507, 23.999, 24.513, 25.002, 25.503, 26.01, 26.511});
  const VectorXd h3_b = vector({-0.171, -0.169, -0.166, -0.159, -0.164, -0.165, -0.156, -0.157, -0.159, -0.161, -0.16});
  const CurveFit fit = fit_curve(points(h3_t.array() - 20, h3_b), parse_curve("line"));
  CHECK(to_string(fit.method) == "ols");
  CHECK_FALSE(fit.chi_squared);
  CHECK(fit.degrees_of_freedom == 9);
  CHECK(fit.parameters(0) == Approx(-0.1712).margin(5e-5));  // published
  CHECK(u(fit, 0) == Approx(0.0029).margin(5e-5));
  CHECK(fit.parameters(1) == Approx(0.00218).margin(5e-6));
  CHECK(u(fit, 1) == Approx(0.00067).margin(5e-6));
  CHECK(fit.covariance(0, 1) / u(fit, 0) / u(fit, 1) == Approx(-0.93).margin(5e-3));
  CHECK(*fit.residual_standard_deviation == Approx(0.0035).margin(5e-5));
  CHECK(fit.parameters(0) == Approx(-0.17120379013134976).epsilon(1e-11));  // recomputed
  CHECK(fit.parameters(1) == Approx(0.0021826977398872512).epsilon(1e-11));
  CHECK(fit.covariance(0, 0) == Approx(8.280569300917282e-06).epsilon(1e-10));
  CHECK(fit.covariance(0, 1) == Approx(-1.788340748673923e-06).epsilon(1e-10));
  CHECK(fit.covariance(1, 1) == Approx(4.461422047811025e-07).epsilon(1e-10));
  const CurvePrediction at_30 = predict(fit, 10);
  CHECK(at_30.y == Approx(-0.1494).margin(5e-5));
  CHECK(at_30.standard_uncertainty == Approx(0.0041).margin(5e-5));
  CHECK(at_30.y == Approx(-0.14937681273247724).epsilon(1e-11));
  CHECK(at_30.standard_uncertainty == Approx(0.004138595752854955).epsilon(1e-10));
  CHECK(at_30.extrapolated);
}

TEST_CASE("quam-a5-inverse-prediction: Eurachem/CITAC QUAM:2012 A5") {
  const VectorXd quam_x = vector({0.1, 0.1, 0.1, 0.3, 0.3, 0.3, 0.5, 0.5, 0.5, 0.7, 0.7, 0.7, 0.9, 0.9, 0.9});
  const VectorXd quam_y =
      vector({0.028, 0.029, 0.029, 0.084, 0.083, 0.081, 0.135, 0.131, 0.133, 0.18, 0.181, 0.183, 0.215, 0.23, 0.216});
  const CurveFit fit = fit_curve(points(quam_x, quam_y), parse_curve("line"));
  CHECK(fit.parameters(0) == Approx(0.0087).margin(5e-5));  // published
  CHECK(fit.parameters(1) == Approx(0.241).margin(5e-4));
  CHECK(u(fit, 0) == Approx(0.0029).margin(5e-5));
  CHECK(u(fit, 1) == Approx(0.0050).margin(5e-5));
  CHECK(fit.covariance(0, 0) == Approx(8.27538461538465e-06).epsilon(1e-10));
  CHECK(fit.covariance(0, 1) == Approx(-1.2538461538461598e-05).epsilon(1e-10));
  CHECK(fit.covariance(1, 1) == Approx(2.507692307692319e-05).epsilon(1e-10));
  CHECK(*fit.residual_standard_deviation == Approx(0.0054856456039656595).epsilon(1e-11));
  // The mean of two readings that scatter as the residuals do.
  const CurvePrediction c0 = invert(fit, (0.0712 + 0.0716) / 2, *fit.residual_standard_deviation / std::sqrt(2));
  CHECK(c0.x == Approx(0.26).margin(5e-3));
  CHECK(c0.standard_uncertainty == Approx(0.018).margin(5e-4));
  CHECK(c0.x == Approx(0.2601659751037348).epsilon(1e-10));
  CHECK(c0.standard_uncertainty == Approx(0.017844611125583096).epsilon(1e-10));
}

TEST_CASE("strd-norris: NIST StRD Norris") {
  const VectorXd norris_x = vector({0.2, 337.4, 118.2, 884.6, 10.1,  226.5, 666.3, 996.3, 448.6, 777,   558.2, 0.4,
                                    0.6, 775.5, 666.9, 338,   447.5, 11.6,  556,   228.1, 995.8, 887.6, 120.2, 0.3,
                                    0.3, 556.8, 339.1, 887.2, 999,   779,   11.1,  118.3, 229.2, 669.1, 448.9, 0.5});
  const VectorXd norris_y = vector({0.1, 338.8, 118.1, 888,   9.2,   228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3,
                                    0.1, 778.1, 668.8, 339.3, 448.9, 10.8,  557.7, 228.3, 998,   888.8, 119.6, 0.3,
                                    0.6, 557.6, 339.3, 888,   998.5, 778.9, 10.2,  117.6, 228.9, 668.4, 449.2, 0.2});
  for (const char* curve : {"line", "polynomial:1"}) {
    const CurveFit fit = fit_curve(points(norris_x, norris_y), parse_curve(curve));
    check_certified(fit, {-0.262323073774029, 1.00211681802045}, {0.232818234301152, 0.429796848199937e-3}, 11);
    CHECK(agreeing_digits(*fit.residual_standard_deviation, 0.884796396144373) > 12);
  }
}

TEST_CASE("strd-pontius: NIST StRD Pontius") {
  const VectorXd pontius_x =
      vector({150000,  300000,  450000,  600000,  750000,  900000,  1050000, 1200000, 1350000, 1500000,
              1650000, 1800000, 1950000, 2100000, 2250000, 2400000, 2550000, 2700000, 2850000, 3000000,
              150000,  300000,  450000,  600000,  750000,  900000,  1050000, 1200000, 1350000, 1500000,
              1650000, 1800000, 1950000, 2100000, 2250000, 2400000, 2550000, 2700000, 2850000, 3000000});
  const VectorXd pontius_y =
      vector({0.11019, 0.21956, 0.32949, 0.43899, 0.54803, 0.65694, 0.76562, 0.87487, 0.98292, 1.09146,
              1.20001, 1.30822, 1.41599, 1.52399, 1.63194, 1.73947, 1.84646, 1.95392, 2.06128, 2.16844,
              0.11052, 0.22018, 0.32939, 0.43886, 0.54798, 0.65739, 0.76596, 0.87474, 0.983,   1.0915,
              1.20004, 1.30818, 1.41613, 1.52408, 1.63159, 1.73965, 1.84696, 1.95445, 2.06177, 2.16829});
  const CurveFit fit = fit_curve(points(pontius_x, pontius_y), parse_curve("polynomial:2"));
  check_certified(fit, {0.673565789473684e-03, 0.732059160401003e-06, -0.316081871345029e-14},
                  {0.107938612033077e-03, 0.157817399981659e-09, 0.486652849992036e-16}, 13);
  CHECK(agreeing_digits(*fit.residual_standard_deviation, 0.205177424076185e-03) > 11);
}

TEST_CASE("strd-noint1: NIST StRD NoInt1, through the origin") {
  const VectorXd x = VectorXd::LinSpaced(11, 60, 70);
  const VectorXd y = x.array() + 70;
  const CurveFit fit = fit_curve(points(x, y), parse_curve("line-through-origin"));
  CHECK(fit.parameter_names == std::vector<std::string>{"b1"});
  check_certified(fit, {2.07438016528926}, {0.165289256198347e-01}, 13);
  CHECK(agreeing_digits(*fit.residual_standard_deviation, 3.56753034006338) > 13);
  CHECK(fit.degrees_of_freedom == 10);
}

TEST_CASE("strd-wampler: NIST StRD Wampler1 to Wampler5, degree 5") {
  const VectorXd x = VectorXd::LinSpaced(21, 0, 20);
  const VectorXd wampler1 =
      vector({1,      6,      63,     364,    1365,   3906,    9331,    19608,   37449,   66430,  111111,
              177156, 271453, 402234, 579195, 813616, 1118481, 1508598, 2000719, 2613660, 3368421});
  const VectorXd wampler2 =
      vector({1,       1.11111, 1.24992,  1.42753,  1.65984,  1.96875,  2.38336,  2.94117,  3.68928,  4.68559, 6,
              7.71561, 9.92992, 12.75603, 16.32384, 20.78125, 26.29536, 33.05367, 41.26528, 51.16209, 63});
  const VectorXd wampler3 =
      vector({760,    -2042,  2111,   -1684,  3888,   1858,    11379,   17560,   39287,   64382,  113159,
              175108, 273291, 400186, 581243, 811568, 1121004, 1506550, 2002767, 2611612, 3369180});
  const VectorXd wampler4 =
      vector({75901,  -204794, 204863, -204436, 253665, -200894, 214131,  -185192, 221249,  -138370, 315911,
              -27644, 455253,  197434, 783995,  608816, 1370781, 1303798, 2205519, 2408860, 3444321});
  const VectorXd wampler5 = vector({7590001,   -20479994, 20480063,  -20479636, 25231365,  -20476094, 20489331,
                                    -20460392, 18417449,  -20413570, 20591111,  -20302844, 18651453,  -20077766,
                                    21059195,  -19666384, 26348481,  -18971402, 22480719,  -17866340, 10958421});
  const CurveChoice fifth = parse_curve("polynomial:5");
  const CurveFit first = fit_curve(points(x, wampler1), fifth);
  check_certified(first, {1, 1, 1, 1, 1, 1}, {}, 13);
  CHECK(*first.residual_standard_deviation < 1e-9);
  const CurveFit second = fit_curve(points(x, wampler2), fifth);
  // The decimal y are not exact in binary: the certified 0.1 can be met to the digits of the y.
  check_certified(second, {1, 0.1, 0.01, 0.001, 0.0001, 0.00001}, {}, 11);
  const std::vector<double> sd{2152.32624678170, 2363.55173469681, 779.343524331583,
                               101.475507550350, 5.64566512170752, 0.112324854679312};
  std::vector<double> larger = sd, largest = sd;
  for (std::size_t k = 0; k < sd.size(); ++k) {
    larger[k] *= 100;
    largest[k] *= 10000;
  }
  check_certified(fit_curve(points(x, wampler3), fifth), {1, 1, 1, 1, 1, 1}, sd, 13);
  check_certified(fit_curve(points(x, wampler4), fifth), {1, 1, 1, 1, 1, 1}, larger, 13);
  check_certified(fit_curve(points(x, wampler5), fifth), {1, 1, 1, 1, 1, 1}, largest, 13);
}

TEST_CASE("NIST StRD Filip, degree 10") {
  const VectorXd filip_x = vector(
      {-6.860120914, -4.324130045, -4.358625055, -4.358426747, -6.955852379, -6.661145254, -6.355462942, -6.118102026,
       -7.115148017, -6.815308569, -6.519993057, -6.204119983, -5.853871964, -6.109523091, -5.79832982,  -5.482672118,
       -5.171791386, -4.851705903, -4.517126416, -4.143573228, -3.709075441, -3.499489089, -6.300769497, -5.953504836,
       -5.642065153, -5.031376979, -4.680685696, -4.329846955, -3.928486195, -8.56735134,  -8.363211311, -8.107682739,
       -7.823908741, -7.522878745, -7.218819279, -6.920818754, -6.628932138, -6.323946875, -5.991399828, -8.781464495,
       -8.663140179, -8.473531488, -8.247337057, -7.971428747, -7.676129393, -7.352812702, -7.072065318, -6.774174009,
       -6.478861916, -6.159517513, -6.835647144, -6.53165267,  -6.224098421, -5.910094889, -5.598599459, -5.290645224,
       -4.974284616, -4.64454848,  -4.290560426, -3.885055584, -3.408378962, -3.13200249,  -8.726767166, -8.66695597,
       -8.511026475, -8.165388579, -7.886056648, -7.588043762, -7.283412422, -6.995678626, -6.691862621, -6.392544977,
       -6.067374056, -6.684029655, -6.378719832, -6.065855188, -5.752272167, -5.132414673, -4.811352704, -4.098269308,
       -3.66174277,  -3.2644011});
  const VectorXd filip_y = vector(
      {0.8116, 0.9072, 0.9052, 0.9039, 0.8053, 0.8377, 0.8667, 0.8809, 0.7975, 0.8162, 0.8515, 0.8766, 0.8885, 0.8859,
       0.8959, 0.8913, 0.8959, 0.8971, 0.9021, 0.909,  0.9139, 0.9199, 0.8692, 0.8872, 0.89,   0.891,  0.8977, 0.9035,
       0.9078, 0.7675, 0.7705, 0.7713, 0.7736, 0.7775, 0.7841, 0.7971, 0.8329, 0.8641, 0.8804, 0.7668, 0.7633, 0.7678,
       0.7697, 0.77,   0.7749, 0.7796, 0.7897, 0.8131, 0.8498, 0.8741, 0.8061, 0.846,  0.8751, 0.8856, 0.8919, 0.8934,
       0.894,  0.8957, 0.9047, 0.9129, 0.9209, 0.9219, 0.7739, 0.7681, 0.7665, 0.7703, 0.7702, 0.7761, 0.7809, 0.7961,
       0.8253, 0.8602, 0.8809, 0.8301, 0.8664, 0.8834, 0.8898, 0.8964, 0.8963, 0.9074, 0.9119, 0.9228});
  const CurveFit fit = fit_curve(points(filip_x, filip_y), parse_curve("polynomial:10"));
  check_certified(
      fit,
      {-1467.48961422980, -2772.17959193342, -2316.37108160893, -1127.97394098372, -354.478233703349, -75.1242017393757,
       -10.8753180355343, -1.06221498588947, -0.670191154593408e-01, -0.246781078275479e-02, -0.402962525080404e-04},
      {298.084530995537, 559.779865474950, 466.477572127796, 227.204274477751, 71.6478660875927, 15.2897178747400,
       2.23691159816033, 0.221624321934227, 0.142363763154724e-01, 0.535617408889821e-03, 0.896632837373868e-05},
      12);
  CHECK(agreeing_digits(*fit.residual_standard_deviation, 0.334801051324544e-02) > 12);
}
