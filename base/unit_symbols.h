// Which unit symbols exist, and units as products of them: inside the unit functions of units.h.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::base {

// One symbol is worth `definition` (UDUNITS text) times ten to the `ten`.
struct UnitSymbol {
  const char* symbol;
  const char* definition;
  int ten;
  const char* d_si;      // name in D-SI without the backslash; nullptr: not a unit of D-SI
  const char* display;   // nullptr: the symbol itself
  bool takes_prefix;     // not kilogram, minute, hour, day, degree Celsius, ratios; nor tonne ("ft", "pt")
  const char* interval;  // definition within products, for units with an offset: a difference of temperature
};

struct UnitPrefix {
  const char* symbol;
  int ten;
  const char* d_si;
};

struct UnitFactor {
  const UnitSymbol* symbol;
  const UnitPrefix* prefix;
  int power;
};
using Unit = std::vector<UnitFactor>;

// All of them; the first symbol is "1", the first prefix is none.
std::span<const UnitSymbol> unit_symbols();
std::span<const UnitPrefix> unit_prefixes();
bool prefix_fits(const UnitPrefix& prefix, const UnitSymbol& symbol);
// "1" as a factor.
UnitFactor one();

// Nothing when the text is no unit; require_unit throws an InputError that says what may have been meant.
std::optional<Unit> parse_unit(std::string_view text);
Unit require_unit(std::string_view text);
// The suite's own spelling: "kg/m3", "1/K", "N.m".
std::string unit_text(const Unit& unit);

// A temperature on its scale, and not in a product.
bool has_offset(const Unit& unit);
bool has_any_symbol(const Unit& unit, std::initializer_list<std::string_view> symbols);

}  // namespace etalon::base
