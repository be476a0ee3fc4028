// Units through UDUNITS-2, and their names in D-SI (BIPM SI Brochure names as used by DCC).
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace etalon::base {

class UnitPowerError : public InputError {
 public:
  using InputError::InputError;
};

// A unit is a symbol of the table in units.cpp, with an SI prefix where the symbol takes one, or a product of such:
// "mV", "kg/m3", "uV/degC", "N.m", "1/K". Case counts. "/" divides by the one symbol after it, or by a product in
// parentheses: "J/(mol K)", "W/(m2.K)"; elsewhere there are no blanks. Logarithmic units (dB, Np) are no units here.
bool is_unit(std::string_view unit);
// Whether both are units of the same dimension.
bool convertible(std::string_view from, std::string_view to);
// InputError naming both units when they are not of the same dimension or unknown. Offsets (degC to K) are honoured;
// prefixes are exact (9 mV is the double 0.009). Hz and rpm count periods: they do not convert to rad/s.
double convert(double value, std::string_view from, std::string_view to);
// The same for a difference of two values, or an uncertainty: 0.1 K is 0.1 degC.
double convert_difference(double difference, std::string_view from, std::string_view to);

// The unit of a product, and of a whole power from -9 to 9, as text: ("V/K", "K") -> "V", ("m", 2) -> "m2". Equal
// symbols with equal prefixes are drawn together; "1" when nothing is left. InputError when a unit is unknown;
// UnitPowerError when a power of a symbol leaves -9 to 9.
std::string multiply_units(std::string_view first, std::string_view second);
std::string raise_unit(std::string_view unit, int power);

// For what comes out of a product, so that no scale hides in it: a unit without dimension (mV/V, %2, ppm/K.K) becomes
// "1"; one symbol in several prefixes, and degC beside K, are drawn together (mV.V -> mV2); ratios beside something
// else are dropped (%.V -> V; but %/K stays). 1 of the unit given is `factor` of `text`.
struct ScaledUnit {
  std::string text;
  double factor = 1;
};
ScaledUnit reduced_unit(std::string_view unit);
// In SI base units: 1 mV is 1e-3 kg.m2/s3/A. Angles are 1.
ScaledUnit coherent_unit(std::string_view unit);
// unit^(1/root) = factor^(1/root) * text^(1/left). The symbols stay where their powers come out even (mV2 -> mV);
// otherwise `text` is in coherent SI units, and `left` is not 1 where not even these come out even (V/Hz, root 2).
struct UnitRoot {
  std::string text;
  int left = 1;
  double factor = 1;
};
UnitRoot unit_root(std::string_view unit, int root);
// Whether one counts periods (Hz, rpm) and the other angles (rad/s), which differ by 2 pi that no unit shows.
bool periods_against_angles(std::string_view a, std::string_view b);
// Whether the unit's zero is not the quantity's zero (degC), so that only differences have a place in products.
bool has_offset(std::string_view unit);

// The unit in D-SI text, "V" -> "\\volt", "mV" -> "\\milli\\volt", "%" -> "\\percent". A unit that the table does not
// know is an InputError that lists what to add.
std::string d_si_unit(std::string_view unit);
// The inverse, for reading certificates; InputError when unknown.
std::string unit_from_d_si(std::string_view d_si);
// How people write it: "degC" -> "°C", "ohm" -> "Ω", "uV" -> "µV".
std::string display_unit(std::string_view unit);

// A number with its unit, as configurations write it: "10 V", "-0.5 mV", "5 min", "50 ppm", "20 degC", "10 %".
struct Quantity {
  double value = 0;
  std::string unit;
  double in(std::string_view other_unit) const { return convert(value, unit, other_unit); }
};
// InputError says what is wrong: no number, no unit, unknown unit.
Quantity parse_quantity(std::string_view text);

}  // namespace etalon::base
