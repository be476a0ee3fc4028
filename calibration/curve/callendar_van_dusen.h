// Resistance of an industrial platinum thermometer (Callendar-Van Dusen equation, IEC 60751:2022 clause 4 [R]):
//   R(t) = R0 (1 + A t + B t^2 + C (t - 100 °C) t^3), the last term below 0 °C only; t in °C, R in ohm.
#pragma once

#include "calibration/curve/curve_fit.h"

namespace etalon::calibration {

struct PlatinumCoefficients {
  double r0 = 100;        // ohm
  double a = 3.9083e-3;   // 1/°C
  double b = -5.775e-7;   // 1/°C^2
  double c = -4.183e-12;  // 1/°C^4
};
// The defaults are those of IEC 60751 with R0 = 100 ohm (Pt100), for -200 °C to 850 °C.

double platinum_resistance(double t, const PlatinumCoefficients& coefficients = {});
// The inverse, by Newton's method to rounding. InputError when no t from -200 °C to 850 °C has this resistance.
double platinum_temperature(double resistance, const PlatinumCoefficients& coefficients = {});

// Fitted to points x = t in °C, y = R in ohm, linear in R0, R0 A, R0 B, R0 C; parameters R0, A, B and, with points
// below 0 °C, C. Without such points C is not determined and the curve holds from 0 °C up (a note says so). InputError
// as in fit_polynomial, and when points below 0 °C are too few for C.
CurveFit fit_callendar_van_dusen(const CurveData& data, std::optional<CovarianceConvention> convention = std::nullopt);

}  // namespace etalon::calibration
