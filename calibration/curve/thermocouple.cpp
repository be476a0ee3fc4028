#include "calibration/curve/thermocouple.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::calibration {

using base::InputError;
using base::tr;

namespace {

constexpr const char* letters = "BEJKNRST";

// Type K above 0 °C: E += a0*exp(a1*(t - a2)^2) (NIST Monograph 175; IEC 60584-1).
constexpr double k_a0 = 0.1185976;
constexpr double k_a1 = -0.1183432e-3;
constexpr double k_a2 = 126.9686;

double horner(const std::vector<double>& coefficients, double v) {
  double sum = 0;
  for (auto it = coefficients.rbegin(); it != coefficients.rend(); ++it)
    sum = sum * v + *it;
  return sum;
}

double horner_slope(const std::vector<double>& coefficients, double v) {
  double sum = 0;
  for (std::size_t i = coefficients.size(); i-- > 1;)
    sum = sum * v + static_cast<double>(i) * coefficients[i];
  return sum;
}

// The piece whose range holds v; nullptr outside of all.
const ThermocouplePolynomial* piece_at(const std::vector<ThermocouplePolynomial>& pieces, double v) {
  for (const ThermocouplePolynomial& piece : pieces) {
    if (v >= piece.lowest && v <= piece.highest) return &piece;
  }
  return nullptr;
}

const ThermocouplePolynomial& emf_piece(ThermocoupleType type, double t) {
  const auto& pieces = thermocouple_polynomials(type).emf;
  const ThermocouplePolynomial* piece = piece_at(pieces, t);
  if (piece == nullptr) {
    throw InputError(
        fmt::format(fmt::runtime(tr("type {} has no emf at {} °C: its reference function goes from {} °C to "
                                    "{} °C")),
                    to_string(type), t, pieces.front().lowest, pieces.back().highest));
  }
  return *piece;
}

}  // namespace

ThermocoupleType parse_thermocouple_type(const std::string& name) {
  if (name.size() == 1) {
    const std::size_t at =
        std::string(letters).find(static_cast<char>(std::toupper(static_cast<unsigned char>(name[0]))));
    if (at != std::string::npos) return static_cast<ThermocoupleType>(at);
  }
  throw InputError(
      fmt::format(fmt::runtime(tr("there is no thermocouple type '{}': expected B, E, J, K, N, R, S or T")), name));
}

std::string to_string(ThermocoupleType type) {
  return std::string(1, letters[static_cast<std::size_t>(type)]);
}

double thermocouple_emf(ThermocoupleType type, double temperature) {
  double emf = horner(emf_piece(type, temperature).coefficients, temperature);
  if (type == ThermocoupleType::k && temperature > 0)
    emf += k_a0 * std::exp(k_a1 * (temperature - k_a2) * (temperature - k_a2));
  return emf;
}

double thermocouple_sensitivity(ThermocoupleType type, double temperature) {
  double slope = horner_slope(emf_piece(type, temperature).coefficients, temperature);
  if (type == ThermocoupleType::k && temperature > 0) {
    const double off = temperature - k_a2;
    slope += k_a0 * 2 * k_a1 * off * std::exp(k_a1 * off * off);
  }
  return slope;
}

double thermocouple_temperature(ThermocoupleType type, double emf) {
  const auto& polynomials = thermocouple_polynomials(type);
  const ThermocouplePolynomial* piece = piece_at(polynomials.temperature, emf);
  if (piece == nullptr) {
    throw InputError(fmt::format(
        fmt::runtime(tr("type {} has no temperature for {} mV: its inverse goes from {} mV to {} "
                        "mV")),
        to_string(type), emf, polynomials.temperature.front().lowest, polynomials.temperature.back().highest));
  }
  const double lowest = polynomials.emf.front().lowest;
  const double highest = polynomials.emf.back().highest;
  double t = std::fmin(std::fmax(horner(piece->coefficients, emf), lowest), highest);
  double last = INFINITY;
  for (int i = 0; i < 30; ++i) {
    const double step = (thermocouple_emf(type, t) - emf) / thermocouple_sensitivity(type, t);
    if (!(std::fabs(step) < last)) break;  // at rounding, or to and fro across a joint of two pieces
    last = std::fabs(step);
    t = std::fmin(std::fmax(t - step, lowest), highest);
  }
  return t;
}

}  // namespace etalon::calibration
