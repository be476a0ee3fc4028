// Thermometers: ITS-90 (Preston-Thomas, Metrologia 27 (1990) 3, table 1 [R]), IEC 60751 table [R], NIST ITS-90
// thermocouple tables (Monograph 175); a Callendar-Van Dusen fit and a comparison with an SPRT on constructed data of
// known truth.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "calibration/curve/callendar_van_dusen.h"
#include "calibration/curve/curve_prediction.h"
#include "calibration/curve/fit_curve.h"
#include "calibration/curve/its90.h"
#include "calibration/curve/thermocouple.h"

using namespace etalon::calibration;
using Eigen::VectorXd;
using etalon::base::InputError;

namespace {

VectorXd vector(const std::vector<double>& values) {
  return Eigen::Map<const VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace

TEST_CASE("ITS-90 reference function at the fixed points") {
  struct FixedPoint {
    const char* name;
    double t90, table, calculated;
  };
  for (const FixedPoint& point : std::vector<FixedPoint>{{"e-H2 TP", 13.8033, 0.00119007, 0.0011900680690146608},
                                                         {"Ne TP", 24.5561, 0.00844974, 0.008449736237068723},
                                                         {"O2 TP", 54.3584, 0.09171804, 0.09171804032185568},
                                                         {"Ar TP", 83.8058, 0.21585975, 0.21585975199764215},
                                                         {"Hg TP", 234.3156, 0.84414211, 0.8441421051498704},
                                                         {"H2O TP", 273.16, 1.0, 0.9999999953458556},
                                                         {"Ga MP", 302.9146, 1.11813889, 1.1181388925074087},
                                                         {"In FP", 429.7485, 1.60980185, 1.6098018481127325},
                                                         {"Sn FP", 505.078, 1.89279768, 1.892797680729688},
                                                         {"Zn FP", 692.677, 2.5689173, 2.568917297742211},
                                                         {"Al FP", 933.473, 3.3760086, 3.376008599409339},
                                                         {"Ag FP", 1234.93, 4.28642053, 4.286420527603378}}) {
    INFO(point.name);
    CHECK(its90_reference_ratio(point.t90) == Approx(point.table).margin(5.1e-9));  // printed with eight decimals
    CHECK(its90_reference_ratio(point.t90) == Approx(point.calculated).epsilon(1e-12));
    // The printed inverse alone is off by up to 0.13 mK; polished, it is exact.
    CHECK(its90_reference_temperature(its90_reference_ratio(point.t90)) == Approx(point.t90).epsilon(1e-12));
  }
}

TEST_CASE("ITS-90 reference function at round temperatures, and its slope") {
  const std::vector<std::pair<double, double>> values{
      {-189.3442, 0.215859752}, {-150, 0.385294575},   {-100, 0.594540816},    {-50, 0.798986157},
      {-38.8344, 0.844142105},  {-20, 0.919945884},    {0, 0.999960105},       {0.01, 0.99999999},
      {20, 1.079487509},        {25, 1.099293507},     {50, 1.197870542},      {100, 1.392772812},
      {150, 1.584695088},       {200, 1.773663307},    {231.928, 1.892797681}, {250, 1.959703981},
      {300, 2.142840289},       {400, 2.500441103},    {419.527, 2.568917298}, {500, 2.846396968},
      {600, 3.18042462},        {660.323, 3.376008599}};
  for (const auto& [t, ratio] : values) {
    INFO(t << " degrees Celsius");
    const double t90 = t + 273.15;
    // Just above 0 degrees Celsius both functions hold; they differ by 1e-8 there.
    CHECK(its90_reference_ratio(t90) == Approx(ratio).margin(t90 == 273.16 ? 2e-8 : 6e-10));
    const double h = 1e-3;
    if (std::fabs(t90 - 273.16) > h) {
      CHECK(its90_reference_slope(t90) ==
            Approx((its90_reference_ratio(t90 + h) - its90_reference_ratio(t90 - h)) / (2 * h)).epsilon(1e-7));
    }
  }
  for (double t90 = 13.9; t90 < 1234; t90 += 7.3)
    CHECK(its90_reference_temperature(its90_reference_ratio(t90)) == Approx(t90).epsilon(1e-11));
  CHECK_THROWS_AS(its90_reference_ratio(10), InputError);
  CHECK_THROWS_AS(its90_reference_temperature(5), InputError);
}

TEST_CASE(
    "ITS-90 deviation functions: forward and inverse agree in every subrange, and the fit finds the coefficients") {
  struct Case {
    int subrange;
    double a, b, c, d;
    std::vector<double> fixed_points;  // K
  };
  for (const Case& k : std::vector<Case>{{4, -2.1e-4, 3.2e-5, 0, 0, {83.8058, 234.3156}},
                                         {5, -2.1e-4, -1.2e-5, 0, 0, {234.3156, 302.9146}},
                                         {6, -2.1e-4, -1.2e-5, 2e-6, -3e-6, {505.078, 692.677, 933.473}},
                                         {7, -2.1e-4, -1.2e-5, 2e-6, 0, {505.078, 692.677, 933.473}},
                                         {8, -2.105e-4, -1.42e-5, 0, 0, {505.078, 692.677}},
                                         {9, -2.1e-4, -1.2e-5, 0, 0, {429.7485, 505.078}},
                                         {10, -2.1e-4, 0, 0, 0, {429.7485}},
                                         {11, -2.1e-4, 0, 0, 0, {302.9146}}}) {
    INFO("subrange " << k.subrange);
    Its90Calibration calibration{k.subrange, 25.2641, k.a, k.b, k.c, 0, 0};
    if (k.d != 0) {
      calibration.ratio_at_aluminium = its90_resistance(calibration, 933.473) / calibration.resistance_at_triple_point;
      calibration.d = k.d;
    }
    VectorXd w(static_cast<Eigen::Index>(k.fixed_points.size()));
    VectorXd deviation(w.size());
    for (Eigen::Index i = 0; i < w.size(); ++i) {
      const double t90 = k.fixed_points[static_cast<std::size_t>(i)];
      w(i) = its90_resistance(calibration, t90) / calibration.resistance_at_triple_point;
      deviation(i) = w(i) - its90_reference_ratio(t90);
    }
    const double low = k.fixed_points.front(), high = k.d != 0 ? 1234.93 : k.fixed_points.back();
    for (double share = 0; share <= 1; share += 0.125) {
      const double t90 = low + share * (high - low);
      CHECK(its90_temperature(calibration, its90_resistance(calibration, t90)) == Approx(t90).epsilon(1e-12));
    }
    CHECK_THROWS_AS(its90_resistance(calibration, high + 80), InputError);
    CurveData data;
    data.x = w;
    data.y = deviation;
    data.standard_uncertainty_y = VectorXd::Constant(w.size(), 1e-6);
    const CurveFit fit = fit_curve(data, parse_curve("its-90-deviation:" + std::to_string(k.subrange)));
    CHECK(fit.parameters(0) == Approx(k.a).epsilon(1e-8));
    if (fit.parameters.size() > 1) CHECK(fit.parameters(1) == Approx(k.b).epsilon(1e-7));
    if (fit.parameters.size() > 2) CHECK(fit.parameters(2) == Approx(k.c).epsilon(1e-6));
    // Through its own fixed points the curve has their uncertainty.
    CHECK(predict(fit, w(0)).standard_uncertainty == Approx(1e-6).epsilon(1e-6));
  }
}

TEST_CASE("comparison with an SPRT, constructed data") {
  const Its90Calibration sprt{8, 25.2641, -0.0002105, -1.42e-05, 0, 0, 0};
  CHECK(its90_temperature(sprt, 25.264332) - 273.15 == Approx(0.01230400292289055).margin(1e-7));
  CHECK(its90_temperature(sprt, 35.18834) - 273.15 == Approx(100.03410395115787).margin(1e-7));
  CHECK(its90_resistance(sprt, 273.15) / 25.2641 == Approx(0.9999601130561275).epsilon(1e-11));
  CHECK(its90_resistance(sprt, 373.15) / 25.2641 == Approx(1.3926879614635828).epsilon(1e-11));
}

TEST_CASE("IEC 60751: resistance of a Pt100") {
  struct Row {
    double t, table, calculated;
  };
  for (const Row& row : std::vector<Row>{{-200, 18.52, 18.52008},
                                         {-100, 60.26, 60.25584},
                                         {-50, 80.31, 80.30628},
                                         {0, 100.0, 100.0},
                                         {50, 119.4, 119.39713},
                                         {100, 138.51, 138.5055},
                                         {150, 157.33, 157.32512},
                                         {200, 175.86, 175.856},
                                         {300, 212.05, 212.0515},
                                         {400, 247.09, 247.092},
                                         {500, 280.98, 280.9775},
                                         {600, 313.71, 313.708},
                                         {650, 329.64, 329.64013},
                                         {850, 390.48, 390.48112}}) {
    INFO(row.t << " degrees Celsius");
    CHECK(platinum_resistance(row.t) == Approx(row.table).margin(0.0051));
    CHECK(platinum_resistance(row.t) == Approx(row.calculated).margin(6e-6));
    CHECK(platinum_temperature(platinum_resistance(row.t)) == Approx(row.t).margin(1e-11));
  }
  // implicit-pt100 (JCGM 102:2011 6.3): t from R with u(R) and u(R0).
  CHECK(platinum_temperature(138.5055) == Approx(100).margin(1e-11));
  CHECK_THROWS_AS(platinum_temperature(500), InputError);
  CHECK_THROWS_AS(platinum_temperature(NAN), InputError);
}

TEST_CASE("thermocouples: emf, sensitivity and exact inverse") {
  struct Row {
    const char* type;
    double t, table, calculated;
  };
  for (const Row& row :
       std::vector<Row>{{"B", 600, 1.792, 1.791868},    {"B", 1000, 4.834, 4.834339},   {"B", 1500, 10.099, 10.099061},
                        {"B", 1800, 13.591, 13.591303}, {"E", -100, -5.237, -5.237184}, {"E", 100, 6.319, 6.31893},
                        {"E", 500, 37.005, 37.005354},  {"E", 1000, 76.373, 76.372826}, {"J", -100, -4.633, -4.632524},
                        {"J", 100, 5.269, 5.268916},    {"J", 500, 27.393, 27.392631},  {"J", 760, 42.919, 42.918641},
                        {"J", 1000, 57.953, 57.95341},  {"K", -100, -3.554, -3.553631}, {"K", 100, 4.096, 4.09623},
                        {"K", 500, 20.644, 20.644286},  {"K", 1000, 41.276, 41.275606}, {"K", 1300, 52.41, 52.410275},
                        {"N", -100, -2.407, -2.406811}, {"N", 100, 2.774, 2.774124},    {"N", 500, 16.748, 16.747857},
                        {"N", 1000, 36.256, 36.255538}, {"N", 1300, 47.513, 47.512772}, {"R", 100, 0.647, 0.647396},
                        {"R", 500, 4.471, 4.471261},    {"R", 1000, 10.506, 10.505958}, {"R", 1500, 17.451, 17.450653},
                        {"S", 100, 0.646, 0.645913},    {"S", 500, 4.233, 4.233294},    {"S", 1000, 9.587, 9.587098},
                        {"S", 1500, 15.582, 15.581669}, {"T", -100, -3.379, -3.378582}, {"T", 100, 4.279, 4.278519},
                        {"T", 200, 9.288, 9.288102},    {"T", 400, 20.872, 20.87197}}) {
    INFO("type " << row.type << " at " << row.t);
    const ThermocoupleType type = parse_thermocouple_type(row.type);
    CHECK(thermocouple_emf(type, row.t) == Approx(row.table).margin(0.00051));
    CHECK(thermocouple_emf(type, row.t) == Approx(row.calculated).margin(6e-7));
    CHECK(thermocouple_temperature(type, thermocouple_emf(type, row.t)) == Approx(row.t).epsilon(1e-10));
  }
  struct Slope {
    const char* type;
    double t, microvolts;
  };
  for (const Slope& row : std::vector<Slope>{
           {"B", 600, 5.956},   {"B", 1000, 9.123},  {"B", 1500, 11.559}, {"B", 1800, 11.478}, {"E", -100, 45.175},
           {"E", 100, 67.523},  {"E", 500, 80.93},   {"J", -100, 41.088}, {"J", 100, 54.361},  {"J", 500, 55.987},
           {"J", 760, 63.923},  {"J", 1000, 59.261}, {"K", -100, 30.494}, {"K", 100, 41.369},  {"K", 500, 42.628},
           {"K", 1000, 38.981}, {"K", 1300, 34.932}, {"N", -100, 20.924}, {"N", 100, 29.643},  {"N", 500, 38.275},
           {"N", 1000, 38.611}, {"R", 100, 7.479},   {"R", 500, 10.885},  {"R", 1000, 13.231}, {"R", 1500, 14.063},
           {"S", 100, 7.338},   {"S", 500, 9.901},   {"S", 1000, 11.539}, {"S", 1500, 12.037}, {"T", -100, 28.395},
           {"T", 100, 46.785},  {"T", 200, 53.15}}) {
    INFO("type " << row.type << " at " << row.t);
    // At 760 degrees Celsius two polynomials of type J meet with a kink of 0.007 uV/K; the table has the mean.
    const bool kink = row.type == std::string("J") && row.t == 760;
    CHECK(1000 * thermocouple_sensitivity(parse_thermocouple_type(row.type), row.t) ==
          Approx(row.microvolts).margin(kink ? 0.004 : 0.0006));
  }
  CHECK_THROWS_AS(thermocouple_emf(ThermocoupleType::k, 1400), InputError);
  CHECK_THROWS_AS(thermocouple_temperature(ThermocoupleType::b, 0.1), InputError);
  CHECK_THROWS_AS(parse_thermocouple_type("X"), InputError);
}

TEST_CASE("Callendar-Van Dusen fitted to constructed data of known truth") {
  CurveData data;
  data.x = vector({-80.0, -38.8344, 0.0, 50.0, 100.0, 157.0, 200.0, 300.0, 419.527});
  data.y = vector({68.34915, 84.75387, 100.02138, 119.41617, 138.52181, 159.9493, 175.86465, 212.05071, 253.78374});
  const CurveFit fit = fit_curve(data, parse_curve("callendar-van-dusen"));
  CHECK(fit.parameter_names == std::vector<std::string>{"R0", "A", "B", "C"});
  // least squares with scaled columns, computed independently
  CHECK(fit.parameters(0) == Approx(100.02107948261958).epsilon(1e-12));
  CHECK(fit.parameters(1) == Approx(0.003907118823751748).epsilon(1e-11));
  CHECK(fit.parameters(2) == Approx(-5.786238287379817e-07).epsilon(1e-10));
  CHECK(fit.parameters(3) == Approx(-4.1246151437200475e-12).epsilon(1e-9));
  const VectorXd residuals = vector({2.7688628733812948e-05, -0.000313831857738478, 0.0003005173804098149,
                                     6.484636661241439e-05, 5.2075176512289545e-05, 7.497922479160479e-05,
                                     -0.00029476773252667954, 6.998865316631964e-05, 1.8504159356780292e-05});
  CHECK((fit.residuals - residuals).cwiseAbs().maxCoeff() < 1e-11);
  // the truth lies within three standard uncertainties
  const double truth[4] = {100.0213, 0.0039071, -5.786e-07, -4.2e-12};
  for (Eigen::Index k = 0; k < 4; ++k)
    CHECK(std::fabs(fit.parameters(k) - truth[k]) < 3 * std::sqrt(fit.covariance(k, k)));
  // the fitted coefficients and the curve are the same function, and so are the inverses
  const PlatinumCoefficients coefficients{fit.parameters(0), fit.parameters(1), fit.parameters(2), fit.parameters(3)};
  for (const double t : {-70.0, -10.0, 0.0, 60.0, 250.0, 400.0}) {
    const double r = platinum_resistance(t, coefficients);
    CHECK(predict(fit, t).y == Approx(r).epsilon(1e-13));
    CHECK(invert(fit, r).x == Approx(platinum_temperature(r, coefficients)).margin(1e-10));
  }
  // without points below 0 degrees Celsius C is not reported
  CurveData above;
  above.x = data.x.tail(7);
  above.y = data.y.tail(7);
  const CurveFit warm = fit_curve(above, parse_curve("callendar-van-dusen"));
  CHECK(warm.parameter_names == std::vector<std::string>{"R0", "A", "B"});
  CHECK(warm.notes.size() == 1);
}
