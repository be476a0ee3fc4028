// Thermocouples: emf from temperature by the reference polynomials of IEC 60584-1 (ITS-90), reference junction at 0 °C,
// and the exact inverse. Temperatures in °C, emf in mV.
#pragma once

#include <string>
#include <vector>

namespace etalon::calibration {

enum class ThermocoupleType { b, e, j, k, n, r, s, t };
// "B", "E", … (also "k"); anything else is an InputError.
ThermocoupleType parse_thermocouple_type(const std::string& name);
std::string to_string(ThermocoupleType type);

// InputError outside of the reference function's range (type K: -270 °C to 1372 °C).
double thermocouple_emf(ThermocoupleType type, double temperature);
// dE/dt (Seebeck coefficient), mV/°C.
double thermocouple_sensitivity(ThermocoupleType type, double temperature);
// The temperature whose emf is given: the inverse polynomial of NIST Monograph 175 (good to 0.02 °C to 0.06 °C), then
// Newton's method on the reference function to rounding. InputError outside of the inverse's range (type K: -5.891 mV
// to 54.886 mV, that is -200 °C to 1372 °C).
double thermocouple_temperature(ThermocoupleType type, double emf);

// sum of coefficients[i]*v^i for lowest <= v <= highest.
struct ThermocouplePolynomial {
  double lowest = 0;
  double highest = 0;
  std::vector<double> coefficients;
};
struct ThermocouplePolynomials {
  std::vector<ThermocouplePolynomial> emf;          // of t, ascending
  std::vector<ThermocouplePolynomial> temperature;  // of E, ascending: approximations
};
const ThermocouplePolynomials& thermocouple_polynomials(ThermocoupleType type);

}  // namespace etalon::calibration
