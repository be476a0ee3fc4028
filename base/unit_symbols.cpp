#include "base/unit_symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::base {
namespace {

// The table says which unit symbols exist; UDUNITS-2 says what they are worth. UDUNITS alone reads too much: "ma" is a
// milliare, "oz" a volume, seconds convert to hertz, revolutions a minute to hertz by way of radians.

// SI Brochure 9th edition tables 2, 4 and 8; D-SI names after the D-SI guide (doi:10.5281/zenodo.4003413). The last
// rows are units of pressure gauges, thermometers and balances that D-SI does not know.
constexpr std::array kSymbols = {
    UnitSymbol{"1", "1", 0, "one", nullptr, false, nullptr},
    UnitSymbol{"m", "m", 0, "metre", nullptr, true, nullptr},
    UnitSymbol{"kg", "kg", 0, "kilogram", nullptr, false, nullptr},
    UnitSymbol{"s", "s", 0, "second", nullptr, true, nullptr},
    UnitSymbol{"A", "A", 0, "ampere", nullptr, true, nullptr},
    UnitSymbol{"K", "K", 0, "kelvin", nullptr, true, nullptr},
    UnitSymbol{"mol", "mol", 0, "mole", nullptr, true, nullptr},
    UnitSymbol{"cd", "cd", 0, "candela", nullptr, true, nullptr},
    UnitSymbol{"g", "kg", -3, "gram", nullptr, true, nullptr},
    UnitSymbol{"rad", "rad", 0, "radian", nullptr, true, nullptr},
    UnitSymbol{"sr", "sr", 0, "steradian", nullptr, true, nullptr},
    UnitSymbol{"Hz", "hertz", 0, "hertz", nullptr, true, nullptr},
    UnitSymbol{"N", "newton", 0, "newton", nullptr, true, nullptr},
    UnitSymbol{"Pa", "pascal", 0, "pascal", nullptr, true, nullptr},
    UnitSymbol{"J", "joule", 0, "joule", nullptr, true, nullptr},
    UnitSymbol{"W", "watt", 0, "watt", nullptr, true, nullptr},
    UnitSymbol{"C", "coulomb", 0, "coulomb", nullptr, true, nullptr},
    UnitSymbol{"V", "volt", 0, "volt", nullptr, true, nullptr},
    UnitSymbol{"F", "farad", 0, "farad", nullptr, true, nullptr},
    UnitSymbol{"ohm", "ohm", 0, "ohm", "Ω", true, nullptr},
    UnitSymbol{"S", "siemens", 0, "siemens", nullptr, true, nullptr},
    UnitSymbol{"Wb", "weber", 0, "weber", nullptr, true, nullptr},
    UnitSymbol{"T", "tesla", 0, "tesla", nullptr, true, nullptr},
    UnitSymbol{"H", "henry", 0, "henry", nullptr, true, nullptr},
    UnitSymbol{"degC", "degC", 0, "degreecelsius", "°C", false, "K"},
    UnitSymbol{"lm", "lumen", 0, "lumen", nullptr, true, nullptr},
    UnitSymbol{"lx", "lux", 0, "lux", nullptr, true, nullptr},
    UnitSymbol{"Bq", "becquerel", 0, "becquerel", nullptr, true, nullptr},
    UnitSymbol{"Gy", "gray", 0, "gray", nullptr, true, nullptr},
    UnitSymbol{"Sv", "sievert", 0, "sievert", nullptr, true, nullptr},
    UnitSymbol{"kat", "katal", 0, "katal", nullptr, true, nullptr},
    UnitSymbol{"min", "minute", 0, "minute", nullptr, false, nullptr},
    UnitSymbol{"h", "hour", 0, "hour", nullptr, false, nullptr},
    UnitSymbol{"d", "day", 0, "day", nullptr, false, nullptr},
    UnitSymbol{"deg", "arc_degree", 0, "degree", "°", false, nullptr},
    UnitSymbol{"arcmin", "arc_minute", 0, "arcminute", "′", false, nullptr},
    UnitSymbol{"arcsec", "arc_second", 0, "arcsecond", "″", false, nullptr},
    UnitSymbol{"L", "m3", -3, "litre", nullptr, true, nullptr},
    UnitSymbol{"t", "kg", 3, "tonne", nullptr, false, nullptr},
    UnitSymbol{"%", "1", -2, "percent", nullptr, false, nullptr},
    UnitSymbol{"%RH", "1", -2, "percent", nullptr, false, nullptr},
    UnitSymbol{"ppm", "1", -6, "ppm", nullptr, false, nullptr},
    UnitSymbol{"bar", "pascal", 5, "bar", nullptr, true, nullptr},
    UnitSymbol{"eV", "1.602176634e-19 joule", 0, "electronvolt", nullptr, true, nullptr},
    UnitSymbol{"mmHg", "133.322387415 pascal", 0, "mmHg", nullptr, false, nullptr},

    UnitSymbol{"\u2030", "1", -3, nullptr, nullptr, false, nullptr},  // per mille
    UnitSymbol{"ppb", "1", -9, nullptr, nullptr, false, nullptr},
    UnitSymbol{"rpm", "minute^-1", 0, nullptr, nullptr, false, nullptr},  // 1/min in D-SI
    UnitSymbol{"Wh", "3600 joule", 0, nullptr, nullptr, true, nullptr},   // W.h in D-SI
    UnitSymbol{"VA", "volt ampere", 0, nullptr, nullptr, true, nullptr},
    UnitSymbol{"var", "volt ampere", 0, nullptr, nullptr, true, nullptr},
    UnitSymbol{"degF", "degF", 0, nullptr, "°F", false, "0.55555555555555556 K"},
    UnitSymbol{"atm", "101325 pascal", 0, nullptr, nullptr, false, nullptr},
    UnitSymbol{"Torr", "101325 pascal / 760", 0, nullptr, nullptr, false, nullptr},
    UnitSymbol{"inHg", "3386.388640341 pascal", 0, nullptr, nullptr, false, nullptr},
    UnitSymbol{"mmH2O", "9.80665 pascal", 0, nullptr, "mmH₂O", false, nullptr},
    UnitSymbol{"kgf", "9.80665 newton", 0, nullptr, nullptr, false, nullptr},
    UnitSymbol{"psi", "psi", 0, nullptr, nullptr, false, nullptr},
    UnitSymbol{"lb", "0.45359237 kg", 0, nullptr, nullptr, false, nullptr},
    UnitSymbol{"in", "0.0254 m", 0, nullptr, nullptr, false, nullptr},
};

constexpr std::array kPrefixes = {
    UnitPrefix{"", 0, ""},         UnitPrefix{"da", 1, "deca"},  UnitPrefix{"h", 2, "hecto"},
    UnitPrefix{"k", 3, "kilo"},    UnitPrefix{"M", 6, "mega"},   UnitPrefix{"G", 9, "giga"},
    UnitPrefix{"T", 12, "tera"},   UnitPrefix{"P", 15, "peta"},  UnitPrefix{"E", 18, "exa"},
    UnitPrefix{"d", -1, "deci"},   UnitPrefix{"c", -2, "centi"}, UnitPrefix{"m", -3, "milli"},
    UnitPrefix{"u", -6, "micro"},  UnitPrefix{"n", -9, "nano"},  UnitPrefix{"p", -12, "pico"},
    UnitPrefix{"f", -15, "femto"}, UnitPrefix{"a", -18, "atto"},
};

}  // namespace

bool prefix_fits(const UnitPrefix& prefix, const UnitSymbol& symbol) {
  if (prefix.ten == 0) return true;
  // Kilogram has its own row, and its own name in D-SI.
  return symbol.takes_prefix && !(std::string_view(symbol.symbol) == "g" && prefix.ten == 3);
}

namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// One spelling for the signs that people type in several ways.
std::string plain_spelling(std::string_view unit) {
  std::string text(unit);
  replace_all(text, "\u00B5", "u");    // micro sign
  replace_all(text, "\u03BC", "u");    // Greek mu
  replace_all(text, "\u03A9", "ohm");  // Greek Omega
  replace_all(text, "\u2126", "ohm");  // ohm sign
  replace_all(text, "Ohm", "ohm");
  replace_all(text, "\u00B0C", "degC");
  replace_all(text, "\u2103", "degC");  // the single character for degree Celsius
  replace_all(text, "\u00B0F", "degF");
  replace_all(text, "\u00B7", ".");  // middle dot
  replace_all(text, "\u22C5", ".");  // dot operator
  replace_all(text, "*", ".");
  replace_all(text, "\u00B2", "2");
  replace_all(text, "\u00B3", "3");
  return text;
}

// The whole symbol first, so that "min", "cd", "Pa", "ha" are never a prefix and a shorter symbol.
std::optional<UnitFactor> find_factor(std::string_view text) {
  if (text == "l") text = "L";
  if (text.size() > 1 && text.back() == 'l') {
    const auto litre = find_factor(std::string(text.substr(0, text.size() - 1)) + "L");
    if (litre) return litre;
  }
  for (const UnitSymbol& symbol : kSymbols) {
    if (text == symbol.symbol) return UnitFactor{&symbol, &kPrefixes[0], 1};
  }
  for (const UnitPrefix& prefix : kPrefixes) {
    if (prefix.ten == 0 || !text.starts_with(prefix.symbol)) continue;
    const std::string_view rest = text.substr(std::string_view(prefix.symbol).size());
    for (const UnitSymbol& symbol : kSymbols) {
      if (rest == symbol.symbol && prefix_fits(prefix, symbol)) return UnitFactor{&symbol, &prefix, 1};
    }
  }
  return std::nullopt;
}

// "m", "m2", "m-3", "m^2"; "1" stands for itself.
std::optional<UnitFactor> parse_factor(std::string_view text) {
  if (text == "1") return UnitFactor{&kSymbols[0], &kPrefixes[0], 1};
  std::size_t end = text.size();
  while (end > 0 && text[end - 1] >= '0' && text[end - 1] <= '9')
    --end;
  if (end == text.size()) return find_factor(text);
  std::size_t start = end;
  if (start > 0 && text[start - 1] == '-') --start;
  int power = 0;
  const auto [rest, error] = std::from_chars(text.data() + start, text.data() + text.size(), power);
  if (error != std::errc{} || rest != text.data() + text.size() || power == 0 || std::abs(power) > 9) {
    return std::nullopt;
  }
  if (start > 0 && text[start - 1] == '^') --start;
  if (text.substr(0, start) == "1") return std::nullopt;
  auto factor = find_factor(text.substr(0, start));
  if (factor) factor->power = power;
  return factor;
}

// Splits the inside of "J/(mol K)" at dots and single blanks; nothing when that is not what it is.
std::optional<Unit> parse_denominator(std::string_view text) {
  Unit unit;
  for (std::size_t start = 0;;) {
    const std::size_t end = std::min(text.find_first_of(". ", start), text.size());
    const auto factor = parse_factor(text.substr(start, end - start));
    if (!factor) return std::nullopt;
    unit.push_back(*factor);
    if (end == text.size()) return unit;
    start = end + 1;
  }
}

}  // namespace

std::optional<Unit> parse_unit(std::string_view written) {
  const std::string text = plain_spelling(written);
  if (text.empty()) return std::nullopt;
  Unit unit;
  int sign = 1;
  std::size_t start = 0;
  for (;;) {
    std::size_t end = 0;
    if (sign < 0 && start < text.size() && text[start] == '(') {
      const std::size_t close = text.find(')', start);
      if (close == std::string::npos) return std::nullopt;
      const auto factors = parse_denominator(std::string_view(text).substr(start + 1, close - start - 1));
      if (!factors) return std::nullopt;
      for (UnitFactor factor : *factors) {
        factor.power = -factor.power;
        unit.push_back(factor);
      }
      end = close + 1;
      if (end < text.size() && text[end] != '.' && text[end] != '/') return std::nullopt;
    } else {
      end = std::min(text.find_first_of("./", start), text.size());
      auto factor = parse_factor(std::string_view(text).substr(start, end - start));
      if (!factor) return std::nullopt;
      factor->power *= sign;
      unit.push_back(*factor);
    }
    if (end == text.size()) break;
    sign = text[end] == '/' ? -1 : 1;
    start = end + 1;
  }
  // "1/K" is K to the -1.
  if (unit.size() > 1) {
    std::erase_if(unit, [](const UnitFactor& factor) { return factor.symbol == &kSymbols[0]; });
    if (unit.empty()) unit.push_back({&kSymbols[0], &kPrefixes[0], 1});
  }
  return unit;
}

namespace {

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Units that differ from the text in upper and lower case only: "hpa" was meant as "hPa".
std::string suggestions(std::string_view text) {
  const std::string wanted = lower_case(plain_spelling(text));
  std::string found;
  for (const UnitPrefix& prefix : kPrefixes) {
    for (const UnitSymbol& symbol : kSymbols) {
      const std::string name = std::string(prefix.symbol) + symbol.symbol;
      if (!prefix_fits(prefix, symbol) || lower_case(name) != wanted) continue;
      found += (found.empty() ? "" : ", ") + name;
    }
  }
  return found;
}

// Level units: a logarithm has no factor by which it could be converted or multiplied.
bool is_logarithmic(std::string_view text) {
  static constexpr std::array<std::string_view, 10> levels = {"dB",  "dBm",  "dBV", "dBmV", "dBuV",
                                                              "dBW", "dBFS", "dBc", "Np",   "B"};
  const std::string plain = plain_spelling(text);
  return std::find(levels.begin(), levels.end(), plain) != levels.end();
}

}  // namespace

Unit require_unit(std::string_view text) {
  if (auto unit = parse_unit(text)) return *unit;
  if (is_logarithmic(text)) {
    throw InputError(fmt::format(
        fmt::runtime(tr("the unit '{}' is logarithmic and cannot be converted: give the value as a ratio, such as "
                        "10^(L/20), or leave out the units of all quantities")),
        text));
  }
  const std::string near = suggestions(text);
  if (!near.empty()) throw InputError(fmt::format(fmt::runtime(tr("unknown unit '{}': did you mean {}?")), text, near));
  throw InputError(fmt::format(
      fmt::runtime(
          tr("unknown unit '{}': expected a symbol such as V, mV, ohm, degC, hPa, %, ppm, 1, or a product such as "
             "m/s2 or J/(mol K)")),
      text));
}

bool has_offset(const Unit& unit) {
  return unit.size() == 1 && unit[0].power == 1 && unit[0].symbol->interval != nullptr;
}

std::string unit_text(const Unit& unit) {
  std::string above, below;
  for (const UnitFactor& factor : unit) {
    std::string text = std::string(factor.prefix->symbol) + factor.symbol->symbol;
    if (std::abs(factor.power) != 1) text += std::to_string(std::abs(factor.power));
    if (factor.power > 0) {
      above += (above.empty() ? "" : ".") + text;
    } else {
      below += "/" + text;
    }
  }
  return (above.empty() ? "1" : above) + below;
}

bool has_any_symbol(const Unit& unit, std::initializer_list<std::string_view> symbols) {
  return std::any_of(unit.begin(), unit.end(), [&](const UnitFactor& factor) {
    return std::find(symbols.begin(), symbols.end(), factor.symbol->symbol) != symbols.end();
  });
}

std::span<const UnitSymbol> unit_symbols() {
  return kSymbols;
}

std::span<const UnitPrefix> unit_prefixes() {
  return kPrefixes;
}

UnitFactor one() {
  return {&kSymbols[0], &kPrefixes[0], 1};
}

}  // namespace etalon::base
