#include "calibration/curve/its90.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;

namespace {

// ITS-90 text, table 4 [R]; they reproduce W_r of table 1 to 5e-9.
constexpr std::array<double, 13> coefficients_a{-2.13534729, 3.18324720,  -1.80143597, 0.71727204, 0.50344027,
                                                -0.61899395, -0.05332322, 0.28021362,  0.10715224, -0.29302865,
                                                0.04459872,  0.11868632,  -0.05248134};
constexpr std::array<double, 16> coefficients_b{
    0.183324722,  0.240975303,  0.209108771, 0.190439972, 0.142648498,  0.077993465,  0.012475611, -0.032267127,
    -0.075291522, -0.056470670, 0.076201285, 0.123893204, -0.029201193, -0.091173542, 0.001317696, 0.026025526};
constexpr std::array<double, 10> coefficients_c{2.78157254, 1.64650916, -0.13714390, -0.00649767, -0.00234444,
                                                0.00511868, 0.00187982, -0.00204472, -0.00046122, 0.00045724};
constexpr std::array<double, 10> coefficients_d{439.932854, 472.418020, 37.684494, 7.472018, 2.920828,
                                                0.005184,   -0.963864,  -0.188732, 0.191203, 0.049025};

constexpr double triple_point = 273.16;
constexpr double lowest = 13.8033;
constexpr double highest = 1234.93;

template <std::size_t N>
double horner(const std::array<double, N>& coefficients, double v) {
  double sum = 0;
  for (std::size_t i = N; i-- > 0;)
    sum = sum * v + coefficients[i];
  return sum;
}

template <std::size_t N>
double horner_slope(const std::array<double, N>& coefficients, double v) {
  double sum = 0;
  for (std::size_t i = N; i-- > 1;)
    sum = sum * v + static_cast<double>(i) * coefficients[i];
  return sum;
}

void check_temperature(double t90) {
  if (!(t90 >= lowest && t90 <= highest)) {
    throw InputError(
        fmt::format(fmt::runtime(tr("ITS-90 has no reference resistance ratio at {} K: it goes from 13.8033 "
                                    "K to 1234.93 K")),
                    t90));
  }
}

struct Subrange {
  double low;   // K
  double high;  // K
  int powers;   // of W - 1
};

Subrange subrange_of(int number) {
  switch (number) {
    case 4:
      return {83.8058, 273.16, 2};
    case 5:
      return {234.3156, 302.9146, 2};
    case 6:
      return {273.15, 1234.93, 3};
    case 7:
      return {273.15, 933.473, 3};
    case 8:
      return {273.15, 692.677, 2};
    case 9:
      return {273.15, 505.078, 2};
    case 10:
      return {273.15, 429.7485, 1};
    case 11:
      return {273.15, 302.9146, 1};
    default:
      throw InputError(fmt::format(
          fmt::runtime(tr("there is no deviation function for the subrange {}: expected 4 to 11")), number));
  }
}

void check_in_subrange(const Its90Calibration& calibration, double t90) {
  const Subrange range = subrange_of(calibration.subrange);
  constexpr double margin = 0.01;  // a measurement at the end of the range scatters about it
  if (!(t90 >= range.low - margin && t90 <= range.high + margin)) {
    throw InputError(fmt::format(fmt::runtime(tr("{:.4f} K lies outside of the subrange {} of ITS-90, {} K to {} K")),
                                 t90, calibration.subrange, range.low, range.high));
  }
}

}  // namespace

double its90_reference_ratio(double t90) {
  check_temperature(t90);
  if (t90 < triple_point) return std::exp(horner(coefficients_a, (std::log(t90 / triple_point) + 1.5) / 1.5));
  return horner(coefficients_c, (t90 - 754.15) / 481);
}

double its90_reference_slope(double t90) {
  check_temperature(t90);
  if (t90 < triple_point) {
    const double v = (std::log(t90 / triple_point) + 1.5) / 1.5;
    return std::exp(horner(coefficients_a, v)) * horner_slope(coefficients_a, v) / 1.5 / t90;
  }
  return horner_slope(coefficients_c, (t90 - 754.15) / 481) / 481;
}

double its90_reference_temperature(double reference_ratio) {
  static const double least = its90_reference_ratio(lowest);
  static const double most = its90_reference_ratio(highest);
  if (!(reference_ratio >= least * (1 - 1e-6) && reference_ratio <= most * (1 + 1e-8))) {
    throw InputError(
        fmt::format(fmt::runtime(tr("no temperature of ITS-90 has the reference resistance ratio {}: it goes "
                                    "from {:.8f} to {:.8f}")),
                    reference_ratio, least, most));
  }
  double t = reference_ratio < 1
                 ? triple_point * horner(coefficients_b, (std::pow(reference_ratio, 1.0 / 6) - 0.65) / 0.35)
                 : 273.15 + horner(coefficients_d, (reference_ratio - 2.64) / 1.64);
  double last = INFINITY;
  for (int i = 0; i < 20; ++i) {
    t = std::fmin(std::fmax(t, lowest), highest);
    const double step = (its90_reference_ratio(t) - reference_ratio) / its90_reference_slope(t);
    if (!(std::fabs(step) < last)) break;  // at rounding, or to and fro across the joint at 273.16 K
    last = std::fabs(step);
    t -= step;
  }
  return std::fmin(std::fmax(t, lowest), highest);
}

double its90_deviation(const Its90Calibration& k, double w) {
  const double v = w - 1;
  if (k.subrange == 4) return v * (k.a + k.b * std::log(w));
  const double above = w - k.ratio_at_aluminium;
  const double silver = k.subrange == 6 && k.d != 0 && above > 0 ? k.d * above * above : 0;
  return v * (k.a + v * (k.b + v * k.c)) + silver;
}

double its90_deviation_slope(const Its90Calibration& k, double w) {
  const double v = w - 1;
  if (k.subrange == 4) return k.a + k.b * (std::log(w) + v / w);
  const double above = w - k.ratio_at_aluminium;
  const double silver = k.subrange == 6 && k.d != 0 && above > 0 ? 2 * k.d * above : 0;
  return k.a + v * (2 * k.b + 3 * k.c * v) + silver;
}

double its90_temperature(const Its90Calibration& calibration, double resistance) {
  if (!(resistance > 0) || !(calibration.resistance_at_triple_point > 0)) {
    throw InputError(fmt::format(fmt::runtime(tr("a resistance of {} ohm with {} ohm at the triple point of water: "
                                                 "expected positive numbers")),
                                 resistance, calibration.resistance_at_triple_point));
  }
  const double w = resistance / calibration.resistance_at_triple_point;
  const double t90 = its90_reference_temperature(w - its90_deviation(calibration, w));
  check_in_subrange(calibration, t90);
  return t90;
}

double its90_resistance(const Its90Calibration& calibration, double t90) {
  check_in_subrange(calibration, t90);
  const double reference = its90_reference_ratio(t90);
  double w = reference;
  for (int i = 0; i < 50; ++i) {
    const double step = (w - its90_deviation(calibration, w) - reference) / (1 - its90_deviation_slope(calibration, w));
    w -= step;
    if (std::fabs(step) <= 1e-16 * w) break;
  }
  return w * calibration.resistance_at_triple_point;
}

Curve its90_deviation_curve(int subrange) {
  const int powers = subrange_of(subrange).powers;
  Curve curve;
  for (int k = 0; k < powers; ++k)
    curve.parameters.emplace_back(1, "abc"[k]);
  curve.evaluate = [subrange, powers](double w, const double* p, double* slope, double* gradient) {
    if (!(w > 0)) throw InputError(fmt::format(fmt::runtime(tr("a resistance ratio of {}: expected more than 0")), w));
    Its90Calibration calibration;
    calibration.subrange = subrange == 6 ? 7 : subrange;
    calibration.a = p[0];
    if (powers > 1) calibration.b = p[1];
    if (powers > 2) calibration.c = p[2];
    if (slope != nullptr) *slope = its90_deviation_slope(calibration, w);
    if (gradient != nullptr) {
      gradient[0] = w - 1;
      if (powers > 1) gradient[1] = subrange == 4 ? (w - 1) * std::log(w) : (w - 1) * (w - 1);
      if (powers > 2) gradient[2] = (w - 1) * (w - 1) * (w - 1);
    }
    return its90_deviation(calibration, w);
  };
  return curve;
}

}  // namespace etalon::calibration
