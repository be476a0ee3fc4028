// Standard platinum resistance thermometers on the International Temperature Scale of 1990 (Preston-Thomas, Metrologia
// 27 (1990) 3-10 [R]): W = R(T90)/R(273.16 K), the reference functions W_r(T90) and the deviation functions W - W_r(W)
// of the subranges.
#pragma once

#include "calibration/curve/curve.h"

namespace etalon::calibration {

// W_r(T90), T90 in kelvin: equation (9a) from 13.8033 K to 273.16 K, (10a) above to 1234.93 K. InputError outside.
double its90_reference_ratio(double t90);
double its90_reference_slope(double t90);  // dW_r/dT90, 1/K
// T90 in kelvin for W_r: equations (9b) and (10b), good to 0.1 mK, then Newton's method on (9a) and (10a) to rounding.
double its90_reference_temperature(double reference_ratio);

// The subranges by the paragraph of the ITS-90 text as numbered there: the range in kelvin, and the deviation function
//   4  -189.3442 °C … 0.01 °C      a (W - 1) + b (W - 1) ln W
//   5  -38.8344 °C … 29.7646 °C    a (W - 1) + b (W - 1)^2
//   6  0 °C … 961.78 °C            a (W - 1) + b (W - 1)^2 + c (W - 1)^3 + d (W - W(Al))^2, d above 660.323 °C only
//   7  0 °C … 660.323 °C           a (W - 1) + b (W - 1)^2 + c (W - 1)^3
//   8  0 °C … 419.527 °C           a (W - 1) + b (W - 1)^2
//   9  0 °C … 231.928 °C           a (W - 1) + b (W - 1)^2
//   10 0 °C … 156.5985 °C          a (W - 1)
//   11 0 °C … 29.7646 °C           a (W - 1)
struct Its90Calibration {
  int subrange = 8;
  double resistance_at_triple_point = 25;  // ohm, at 273.16 K
  double a = 0;
  double b = 0;
  double c = 0;
  double d = 0;
  double ratio_at_aluminium = 0;  // W(660.323 °C), for d
};

// W - W_r(W) and its derivative with W.
double its90_deviation(const Its90Calibration& calibration, double ratio);
double its90_deviation_slope(const Its90Calibration& calibration, double ratio);

// T90 in kelvin from a resistance in ohm, and back; each to rounding. InputError outside of the subrange.
double its90_temperature(const Its90Calibration& calibration, double resistance);
double its90_resistance(const Its90Calibration& calibration, double t90);

// The deviation function as a curve of x = W with y = W - W_r at fixed points, parameters a, b, c as the subrange has
// them, for fit_gauss_markov (without d: that one follows from the silver point alone).
Curve its90_deviation_curve(int subrange);

}  // namespace etalon::calibration
