#include "archive/dcc_unit.h"

#include <set>
#include <string_view>

#include "base/error.h"
#include "base/units.h"

namespace etalon::archive {

namespace {

constexpr std::string_view kOldCelsius = "\\degreeCelsius";
constexpr std::string_view kCelsius = "\\degreecelsius";

// Names of SmartCom D2.2 "Digital System of Units" (D-SI), tables 1 to 5, that base/unit_symbols.cpp need not know.
bool has_names_of_d_si_only(const std::string& text) {
  static const std::set<std::string, std::less<>> kNames{
      "metre",         "kilogram",     "second",       "ampere",
      "kelvin",        "mole",         "candela",      "one",
      "percent",       "ppm",          "day",          "hour",
      "minute",        "degree",       "arcminute",    "arcsecond",
      "gram",          "radian",       "steradian",    "hertz",
      "newton",        "pascal",       "joule",        "watt",
      "coulomb",       "volt",         "farad",        "ohm",
      "siemens",       "weber",        "tesla",        "henry",
      "degreecelsius", "lumen",        "lux",          "becquerel",
      "sievert",       "gray",         "katal",        "bit",
      "byte",          "hectare",      "litre",        "tonne",
      "dalton",        "neper",        "bel",          "decibel",
      "bar",           "mmHg",         "angstrom",     "knot",
      "barn",          "electronvolt", "nauticalmile", "astronomicalunit",
      "clight",        "planckbar",    "electronmass", "elementarycharge",
      "bohr",          "hartree",      "deca",         "hecto",
      "kilo",          "mega",         "giga",         "tera",
      "peta",          "exa",          "zetta",        "yotta",
      "deci",          "centi",        "milli",        "micro",
      "nano",          "pico",         "femto",        "atto",
      "zepto",         "yocto",        "kibi",         "mebi",
      "gibi",          "tebi",         "per"};
  if (text.empty() || text[0] != '\\') return false;
  for (std::size_t at = 1; at <= text.size();) {
    const std::size_t end = std::min(text.find('\\', at), text.size());
    const std::string_view name = std::string_view(text).substr(at, end - at);
    const bool power = name.starts_with("tothe{") && name.ends_with("}") &&
                       name.substr(6, name.size() - 7).find_first_not_of("+-0123456789.") == std::string_view::npos;
    if (!power && !kNames.count(name)) return false;
    at = end + 1;
  }
  return true;
}

}  // namespace

DccUnit dcc_unit(const std::string& d_si) {
  DccUnit out;
  if (!d_si.empty() && d_si[0] == '|') {
    out.state = DccUnit::State::outside_d_si;
    return out;
  }
  std::string text = d_si;
  for (auto at = text.find(kOldCelsius); at != std::string::npos; at = text.find(kOldCelsius, at)) {
    text.replace(at, kOldCelsius.size(), kCelsius);
    out.old_spelling = true;
  }
  try {
    out.unit = base::unit_from_d_si(text);
    out.state = DccUnit::State::known;
  } catch (const base::InputError&) {
    if (has_names_of_d_si_only(text)) out.state = DccUnit::State::known_name;
  }
  return out;
}

std::string shown_unit(const std::string& d_si) {
  const DccUnit unit = dcc_unit(d_si);
  if (unit.state != DccUnit::State::known) return d_si;
  return unit.unit == "1" ? std::string() : base::display_unit(unit.unit);
}

}  // namespace etalon::archive
