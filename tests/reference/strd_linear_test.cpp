// NIST StRD, linear regression (https://www.itl.nist.gov/div898/strd/lls/lls.shtml): NoInt2 and Longley. Norris,
// Pontius, NoInt1, Wampler1 to Wampler5 and Filip are in curve_test.cpp.
#include <catch2/catch.hpp>
#include <cmath>

#include "calibration/curve/exact_least_squares.h"
#include "calibration/curve/fit_curve.h"

using namespace etalon::calibration;

namespace {

double agreeing_digits(double value, double certified) {
  return value == certified ? 16 : -std::log10(std::fabs(value / certified - 1));
}

}  // namespace

TEST_CASE("NIST StRD NoInt2, through the origin") {
  CurveData data;
  data.x = Eigen::Vector3d(4, 5, 6);
  data.y = Eigen::Vector3d(3, 4, 4);
  const CurveFit fit = fit_curve(data, parse_curve("line-through-origin"));
  CHECK(agreeing_digits(fit.parameters(0), 0.727272727272727) > 14);
  CHECK(agreeing_digits(std::sqrt(fit.covariance(0, 0)), 0.420827318078432E-01) > 14);
  CHECK(agreeing_digits(*fit.residual_standard_deviation, 0.369274472937998) > 14);
  CHECK(fit.degrees_of_freedom == 2);
}

// Six explanatory variables, all but dependent (condition 5e9): a curve here has one, so this set is put to the linear
// least squares that the polynomials use.
TEST_CASE("NIST StRD Longley, by the linear least squares of the polynomials") {
  const ExactColumns design{
      std::vector<DoubleDouble>(16, 1.0),
      {83.0, 88.5, 88.2, 89.5, 96.2, 98.1, 99.0, 100.0, 101.2, 104.6, 108.4, 110.8, 112.6, 114.2, 115.7, 116.9},
      {234289., 259426., 258054., 284599., 328975., 346999., 365385., 363112., 397469., 419180., 442769., 444546.,
       482704., 502601., 518173., 554894.},
      {2356., 2325., 3682., 3351., 2099., 1932., 1870., 3578., 2904., 2822., 2936., 4681., 3813., 3931., 4806., 4007.},
      {1590., 1456., 1616., 1650., 3099., 3594., 3547., 3350., 3048., 2857., 2798., 2637., 2552., 2514., 2572., 2827.},
      {107608., 108632., 109773., 110929., 112075., 113270., 115094., 116219., 117388., 118734., 120445., 121950.,
       123366., 125368., 127852., 130081.},
      {1947., 1948., 1949., 1950., 1951., 1952., 1953., 1954., 1955., 1956., 1957., 1958., 1959., 1960., 1961., 1962.}};
  const std::vector<DoubleDouble> employed{60323., 61122., 60171., 61187., 63221., 63639., 64989., 63761.,
                                           66019., 67857., 68169., 66513., 68655., 69564., 69331., 70551.};
  const ExactLeastSquares fit = exact_least_squares(design, employed);
  REQUIRE(fit.dependent == -1);
  const double parameters[] = {-3482258.63459582, 15.0618722713733,       -0.358191792925910E-01, -2.02022980381683,
                               -1.03322686717359, -0.511041056535807E-01, 1829.15146461355};
  const double standard_deviations[] = {890420.383607373,  84.9149257747669,  0.334910077722432E-01, 0.488399681651699,
                                        0.214274163161675, 0.226073200069370, 455.478499142212};
  const double variance = static_cast<double>(fit.sum_of_squares) / 9;
  CHECK(agreeing_digits(variance * 9, 836424.055505915) > 14);
  for (std::size_t k = 0; k < 7; ++k) {
    CHECK(agreeing_digits(static_cast<double>(fit.parameters[k]), parameters[k]) > 13);
    double diagonal = 0;  // of inverse*inverse'
    for (std::size_t column = k; column < 7; ++column)
      diagonal += std::pow(static_cast<double>(fit.inverse[column][k]), 2);
    CHECK(agreeing_digits(std::sqrt(diagonal * variance), standard_deviations[k]) > 13);
  }
}
