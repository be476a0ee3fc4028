#include "base/units.h"

#include <fmt/format.h>
#include <udunits2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::base {
namespace {

// The table says which unit symbols exist; UDUNITS-2 says what they are worth. UDUNITS alone reads too much: "ma" is a
// milliare, "oz" a volume, seconds convert to hertz, revolutions a minute to hertz by way of radians.
//
// One symbol is worth `definition` (UDUNITS text) times ten to the `ten`.
struct Symbol {
  const char* symbol;
  const char* definition;
  int ten;
  const char* d_si;      // name in D-SI without the backslash; nullptr: not a unit of D-SI
  const char* display;   // nullptr: the symbol itself
  bool takes_prefix;     // not kilogram, minute, hour, day, degree Celsius, ratios; nor tonne ("ft", "pt")
  const char* interval;  // definition within products, for units with an offset: a difference of temperature
};

// SI Brochure 9th edition tables 2, 4 and 8; D-SI names after the D-SI guide (doi:10.5281/zenodo.4003413). The last
// rows are units of pressure gauges, thermometers and balances that D-SI does not know.
constexpr std::array kSymbols = {
    Symbol{"1", "1", 0, "one", nullptr, false, nullptr},
    Symbol{"m", "m", 0, "metre", nullptr, true, nullptr},
    Symbol{"kg", "kg", 0, "kilogram", nullptr, false, nullptr},
    Symbol{"s", "s", 0, "second", nullptr, true, nullptr},
    Symbol{"A", "A", 0, "ampere", nullptr, true, nullptr},
    Symbol{"K", "K", 0, "kelvin", nullptr, true, nullptr},
    Symbol{"mol", "mol", 0, "mole", nullptr, true, nullptr},
    Symbol{"cd", "cd", 0, "candela", nullptr, true, nullptr},
    Symbol{"g", "kg", -3, "gram", nullptr, true, nullptr},
    Symbol{"rad", "rad", 0, "radian", nullptr, true, nullptr},
    Symbol{"sr", "sr", 0, "steradian", nullptr, true, nullptr},
    Symbol{"Hz", "hertz", 0, "hertz", nullptr, true, nullptr},
    Symbol{"N", "newton", 0, "newton", nullptr, true, nullptr},
    Symbol{"Pa", "pascal", 0, "pascal", nullptr, true, nullptr},
    Symbol{"J", "joule", 0, "joule", nullptr, true, nullptr},
    Symbol{"W", "watt", 0, "watt", nullptr, true, nullptr},
    Symbol{"C", "coulomb", 0, "coulomb", nullptr, true, nullptr},
    Symbol{"V", "volt", 0, "volt", nullptr, true, nullptr},
    Symbol{"F", "farad", 0, "farad", nullptr, true, nullptr},
    Symbol{"ohm", "ohm", 0, "ohm", "Ω", true, nullptr},
    Symbol{"S", "siemens", 0, "siemens", nullptr, true, nullptr},
    Symbol{"Wb", "weber", 0, "weber", nullptr, true, nullptr},
    Symbol{"T", "tesla", 0, "tesla", nullptr, true, nullptr},
    Symbol{"H", "henry", 0, "henry", nullptr, true, nullptr},
    Symbol{"degC", "degC", 0, "degreecelsius", "°C", false, "K"},
    Symbol{"lm", "lumen", 0, "lumen", nullptr, true, nullptr},
    Symbol{"lx", "lux", 0, "lux", nullptr, true, nullptr},
    Symbol{"Bq", "becquerel", 0, "becquerel", nullptr, true, nullptr},
    Symbol{"Gy", "gray", 0, "gray", nullptr, true, nullptr},
    Symbol{"Sv", "sievert", 0, "sievert", nullptr, true, nullptr},
    Symbol{"kat", "katal", 0, "katal", nullptr, true, nullptr},
    Symbol{"min", "minute", 0, "minute", nullptr, false, nullptr},
    Symbol{"h", "hour", 0, "hour", nullptr, false, nullptr},
    Symbol{"d", "day", 0, "day", nullptr, false, nullptr},
    Symbol{"deg", "arc_degree", 0, "degree", "°", false, nullptr},
    Symbol{"arcmin", "arc_minute", 0, "arcminute", "′", false, nullptr},
    Symbol{"arcsec", "arc_second", 0, "arcsecond", "″", false, nullptr},
    Symbol{"L", "m3", -3, "litre", nullptr, true, nullptr},
    Symbol{"t", "kg", 3, "tonne", nullptr, false, nullptr},
    Symbol{"%", "1", -2, "percent", nullptr, false, nullptr},
    Symbol{"%RH", "1", -2, "percent", nullptr, false, nullptr},
    Symbol{"ppm", "1", -6, "ppm", nullptr, false, nullptr},
    Symbol{"bar", "pascal", 5, "bar", nullptr, true, nullptr},
    Symbol{"eV", "1.602176634e-19 joule", 0, "electronvolt", nullptr, true, nullptr},
    Symbol{"mmHg", "133.322387415 pascal", 0, "mmHg", nullptr, false, nullptr},

    Symbol{"\u2030", "1", -3, nullptr, nullptr, false, nullptr},  // per mille
    Symbol{"ppb", "1", -9, nullptr, nullptr, false, nullptr},
    Symbol{"rpm", "minute^-1", 0, nullptr, nullptr, false, nullptr},  // 1/min in D-SI
    Symbol{"Wh", "3600 joule", 0, nullptr, nullptr, true, nullptr},   // W.h in D-SI
    Symbol{"VA", "volt ampere", 0, nullptr, nullptr, true, nullptr},
    Symbol{"var", "volt ampere", 0, nullptr, nullptr, true, nullptr},
    Symbol{"degF", "degF", 0, nullptr, "°F", false, "0.55555555555555556 K"},
    Symbol{"atm", "101325 pascal", 0, nullptr, nullptr, false, nullptr},
    Symbol{"Torr", "101325 pascal / 760", 0, nullptr, nullptr, false, nullptr},
    Symbol{"inHg", "3386.388640341 pascal", 0, nullptr, nullptr, false, nullptr},
    Symbol{"mmH2O", "9.80665 pascal", 0, nullptr, "mmH₂O", false, nullptr},
    Symbol{"kgf", "9.80665 newton", 0, nullptr, nullptr, false, nullptr},
    Symbol{"psi", "psi", 0, nullptr, nullptr, false, nullptr},
    Symbol{"lb", "0.45359237 kg", 0, nullptr, nullptr, false, nullptr},
    Symbol{"in", "0.0254 m", 0, nullptr, nullptr, false, nullptr},
};

struct Prefix {
  const char* symbol;
  int ten;
  const char* d_si;
};
constexpr std::array kPrefixes = {
    Prefix{"", 0, ""},        Prefix{"da", 1, "deca"}, Prefix{"h", 2, "hecto"},  Prefix{"k", 3, "kilo"},
    Prefix{"M", 6, "mega"},   Prefix{"G", 9, "giga"},  Prefix{"T", 12, "tera"},  Prefix{"P", 15, "peta"},
    Prefix{"E", 18, "exa"},   Prefix{"d", -1, "deci"}, Prefix{"c", -2, "centi"}, Prefix{"m", -3, "milli"},
    Prefix{"u", -6, "micro"}, Prefix{"n", -9, "nano"}, Prefix{"p", -12, "pico"}, Prefix{"f", -15, "femto"},
    Prefix{"a", -18, "atto"},
};

struct Factor {
  const Symbol* symbol;
  const Prefix* prefix;
  int power;
};
using Unit = std::vector<Factor>;

bool prefix_fits(const Prefix& prefix, const Symbol& symbol) {
  if (prefix.ten == 0) return true;
  // Kilogram has its own row, and its own name in D-SI.
  return symbol.takes_prefix && !(std::string_view(symbol.symbol) == "g" && prefix.ten == 3);
}

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
std::optional<Factor> find_factor(std::string_view text) {
  if (text == "l") text = "L";
  if (text.size() > 1 && text.back() == 'l') {
    const auto litre = find_factor(std::string(text.substr(0, text.size() - 1)) + "L");
    if (litre) return litre;
  }
  for (const Symbol& symbol : kSymbols) {
    if (text == symbol.symbol) return Factor{&symbol, &kPrefixes[0], 1};
  }
  for (const Prefix& prefix : kPrefixes) {
    if (prefix.ten == 0 || !text.starts_with(prefix.symbol)) continue;
    const std::string_view rest = text.substr(std::string_view(prefix.symbol).size());
    for (const Symbol& symbol : kSymbols) {
      if (rest == symbol.symbol && prefix_fits(prefix, symbol)) return Factor{&symbol, &prefix, 1};
    }
  }
  return std::nullopt;
}

// "m", "m2", "m-3", "m^2"; "1" stands for itself.
std::optional<Factor> parse_factor(std::string_view text) {
  if (text == "1") return Factor{&kSymbols[0], &kPrefixes[0], 1};
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
      for (Factor factor : *factors) {
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
    std::erase_if(unit, [](const Factor& factor) { return factor.symbol == &kSymbols[0]; });
    if (unit.empty()) unit.push_back({&kSymbols[0], &kPrefixes[0], 1});
  }
  return unit;
}

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
  for (const Prefix& prefix : kPrefixes) {
    for (const Symbol& symbol : kSymbols) {
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

const char* definition(const Unit& unit, const Factor& factor) {
  return has_offset(unit) || !factor.symbol->interval ? factor.symbol->definition : factor.symbol->interval;
}

int power_of_ten(const Unit& unit) {
  int ten = 0;
  for (const Factor& factor : unit)
    ten += factor.power * (factor.prefix->ten + factor.symbol->ten);
  return ten;
}

// What is left of a unit without its powers of ten; two units with equal bases differ by a power of ten alone.
std::map<std::string, int> bases(const Unit& unit) {
  std::map<std::string, int> powers;
  for (const Factor& factor : unit)
    powers[definition(unit, factor)] += factor.power;
  std::erase_if(powers, [](const auto& base) { return base.second == 0 || base.first == "1"; });
  return powers;
}

// value * 10^ten, rounded once.
double scale_by_ten(double value, int ten) {
  if (std::abs(ten) > 22) return value * std::pow(10.0, ten);
  const double factor = std::pow(10.0, std::abs(ten));  // exact up to 10^22
  return ten >= 0 ? value * factor : value / factor;
}

// The suite's own spelling: "kg/m3", "1/K", "N.m".
std::string unit_text(const Unit& unit) {
  std::string above, below;
  for (const Factor& factor : unit) {
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

using SystemPointer = std::unique_ptr<ut_system, decltype(&ut_free_system)>;
using UnitPointer = std::unique_ptr<ut_unit, decltype(&ut_free)>;
using ConverterPointer = std::unique_ptr<cv_converter, decltype(&cv_free)>;

// UDUNITS keeps its state in globals: one thread at a time.
class Udunits {
 public:
  static Udunits& instance() {
    static Udunits udunits;
    return udunits;
  }

  // Nothing when the units have different dimensions.
  std::optional<double> convert(double value, const Unit& from, const Unit& to) {
    const std::lock_guard lock(mutex_);
    const UnitPointer source = make(from);
    const UnitPointer target = make(to);
    // ut_are_convertible says yes to reciprocals too (s and Hz); a quotient without dimension is what is meant.
    const UnitPointer quotient(ut_divide(source.get(), target.get()), ut_free);
    if (!quotient || !ut_is_dimensionless(quotient.get())) return std::nullopt;
    const ConverterPointer forward(ut_get_converter(source.get(), target.get()), cv_free);
    const ConverterPointer backward(ut_get_converter(target.get(), source.get()), cv_free);
    if (!forward || !backward) return std::nullopt;
    if (has_offset(from) || has_offset(to)) return cv_convert_double(forward.get(), value);
    // Of a factor and its inverse the one above 1 is more often exact (60, not 1/60).
    const double factor = cv_convert_double(forward.get(), 1.0);
    return factor >= 1 ? value * factor : value / cv_convert_double(backward.get(), 1.0);
  }

  // Powers of "kg", "m", "s", "A", "K", "mol", "cd"; angles have none.
  std::map<std::string, int> dimension(const Unit& unit) {
    const std::lock_guard lock(mutex_);
    const UnitPointer made = make(unit);
    static const ut_visitor visitor = {
        [](const ut_unit* basic, void* powers) { return add_power(basic, 1, powers); },
        [](const ut_unit*, int count, const ut_unit* const* basics, const int* exponents, void* powers) {
          for (int i = 0; i < count; ++i)
            add_power(basics[i], exponents[i], powers);
          return UT_SUCCESS;
        },
        [](const ut_unit*, double, const ut_unit* underlying, double, void* powers) {
          return ut_accept_visitor(underlying, &visitor, powers);
        },
        [](const ut_unit*, const ut_unit*, double, void*) { return UT_BAD_ARG; },
        [](const ut_unit*, double, const ut_unit*, void*) { return UT_BAD_ARG; }};
    std::map<std::string, int> powers;
    if (ut_accept_visitor(made.get(), &visitor, &powers) != UT_SUCCESS)
      throw std::logic_error("UDUNITS has no dimension for '" + unit_text(unit) + "'");
    powers.erase("rad");
    std::erase_if(powers, [](const auto& power) { return power.second == 0; });
    return powers;
  }

 private:
  Udunits() : system_(nullptr, ut_free_system) {
    ut_set_error_message_handler(ut_ignore);
    system_.reset(ut_read_xml(nullptr));
    if (!system_) {
      throw InputError(tr("the UDUNITS-2 database cannot be read: install the package libudunits2-data"));
    }
  }

  static ut_status add_power(const ut_unit* basic, int power, void* powers) {
    const char* symbol = ut_get_symbol(basic, UT_ASCII);
    if (symbol == nullptr) return UT_BAD_ARG;
    (*static_cast<std::map<std::string, int>*>(powers))[symbol] += power;
    return UT_SUCCESS;
  }

  UnitPointer make(const Unit& unit) {
    std::string text;
    for (const Factor& factor : unit) {
      text += fmt::format("{}({})^{}", text.empty() ? "" : " ", definition(unit, factor), factor.power);
    }
    // A bare symbol: UDUNITS drops the offset of a temperature in a product.
    if (has_offset(unit)) text = definition(unit, unit[0]);
    if (const int ten = power_of_ten(unit); ten != 0) text = fmt::format("1e{} {}", ten, text);
    UnitPointer made(ut_parse(system_.get(), text.c_str(), UT_ASCII), ut_free);
    if (!made) throw std::logic_error("UDUNITS does not read '" + text + "'");
    return made;
  }

  std::mutex mutex_;
  SystemPointer system_;
};

bool any_factor(const Unit& unit, std::initializer_list<std::string_view> symbols) {
  return std::any_of(unit.begin(), unit.end(), [&](const Factor& factor) {
    return std::find(symbols.begin(), symbols.end(), factor.symbol->symbol) != symbols.end();
  });
}

// 1 Hz is one period a second, which is 2 pi rad/s: UDUNITS, to which both are 1/s, would convert them as equal.
bool periods_against_angles(const Unit& a, const Unit& b) {
  const auto periods = [](const Unit& unit) { return any_factor(unit, {"Hz", "rpm"}); };
  const auto angles = [](const Unit& unit) { return any_factor(unit, {"rad", "deg", "arcmin", "arcsec"}); };
  return (periods(a) && !angles(a) && angles(b) && !periods(b)) ||
         (periods(b) && !angles(b) && angles(a) && !periods(a));
}

std::optional<double> convert_unit(double value, const Unit& from, const Unit& to) {
  if (periods_against_angles(from, to)) return std::nullopt;
  if (bases(from) == bases(to) && has_offset(from) == has_offset(to)) {
    return scale_by_ten(value, power_of_ten(from) - power_of_ten(to));
  }
  return Udunits::instance().convert(value, from, to);
}

std::string superscript(int power) {
  static constexpr std::array digits = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  return (power < 0 ? "⁻" : "") + std::string(digits[static_cast<std::size_t>(std::abs(power))]);
}

}  // namespace

bool is_unit(std::string_view unit) {
  return parse_unit(unit).has_value();
}

bool convertible(std::string_view from, std::string_view to) {
  const auto source = parse_unit(from);
  const auto target = parse_unit(to);
  return source && target && convert_unit(1, *source, *target).has_value();
}

namespace {

double convert_required(double value, std::string_view from, std::string_view to, bool difference) {
  Unit source = require_unit(from);
  Unit target = require_unit(to);
  if (difference) {
    // In a product a unit has no offset.
    source.push_back({&kSymbols[0], &kPrefixes[0], 1});
    target.push_back({&kSymbols[0], &kPrefixes[0], 1});
  }
  if (const auto converted = convert_unit(value, source, target)) return *converted;
  throw InputError(
      fmt::format(fmt::runtime(tr("'{}' cannot be converted to '{}': they are of different kinds")), from, to));
}

}  // namespace

double convert(double value, std::string_view from, std::string_view to) {
  return convert_required(value, from, to, false);
}

double convert_difference(double difference, std::string_view from, std::string_view to) {
  return convert_required(difference, from, to, true);
}

namespace {

// Drawn together, without ones; as text.
std::string product_text(const Unit& factors) {
  Unit product;
  for (const Factor& factor : factors) {
    if (factor.symbol == &kSymbols[0]) continue;
    const auto same = std::find_if(product.begin(), product.end(), [&](const Factor& other) {
      return other.symbol == factor.symbol && other.prefix == factor.prefix;
    });
    if (same == product.end()) {
      product.push_back(factor);
    } else {
      same->power += factor.power;
    }
  }
  std::erase_if(product, [](const Factor& factor) { return factor.power == 0; });
  if (product.empty()) return "1";
  for (const Factor& factor : product) {
    if (std::abs(factor.power) > 9) {
      throw UnitPowerError(
          fmt::format(fmt::runtime(tr("the unit '{}' to the power {} is beyond what is known: -9 to 9")),
                      factor.symbol->symbol, factor.power));
    }
  }
  return unit_text(product);
}

}  // namespace

std::string multiply_units(std::string_view first, std::string_view second) {
  Unit product = require_unit(first);
  const Unit more = require_unit(second);
  product.insert(product.end(), more.begin(), more.end());
  return product_text(product);
}

std::string raise_unit(std::string_view unit, int power) {
  Unit product = require_unit(unit);
  for (Factor& factor : product)
    factor.power *= power;
  return product_text(product);
}

bool has_offset(std::string_view unit) {
  return has_offset(require_unit(unit));
}

bool periods_against_angles(std::string_view a, std::string_view b) {
  return periods_against_angles(require_unit(a), require_unit(b));
}

namespace {

// The same symbol in several prefixes (mV/V, kohm.ohm), and degC beside K, drawn together.
Unit with_one_prefix(const Unit& unit) {
  const bool kelvin = any_factor(unit, {"K"});
  Unit product;
  for (Factor factor : unit) {
    if (kelvin && std::string_view(factor.symbol->symbol) == "degC") {
      factor.symbol = std::find_if(kSymbols.begin(), kSymbols.end(),
                                   [](const Symbol& symbol) { return std::string_view(symbol.symbol) == "K"; });
    }
    const auto same = std::find_if(product.begin(), product.end(),
                                   [&](const Factor& other) { return other.symbol == factor.symbol; });
    if (same == product.end()) {
      product.push_back(factor);
    } else {
      same->power += factor.power;
    }
  }
  std::erase_if(product, [](const Factor& factor) { return factor.power == 0; });
  return product;
}

bool is_scaled_one(const Factor& factor) {
  return std::string_view(factor.symbol->definition) == "1";
}

constexpr std::array<std::string_view, 7> kBaseUnits = {"kg", "m", "s", "A", "K", "mol", "cd"};

std::string dimension_text(const std::map<std::string, int>& powers) {
  std::string above, below;
  for (const std::string_view symbol : kBaseUnits) {
    const auto found = powers.find(std::string(symbol));
    if (found == powers.end()) continue;
    const int power = found->second;
    const std::string text = std::string(symbol) + (std::abs(power) == 1 ? "" : std::to_string(std::abs(power)));
    if (power > 0) {
      above += (above.empty() ? "" : ".") + text;
    } else {
      below += "/" + text;
    }
  }
  return (above.empty() ? "1" : above) + below;
}

// The one symbol for a dimension where it has only one (not Hz and Bq, not Gy and Sv).
std::string named_unit(const std::map<std::string, int>& powers) {
  static const std::map<std::map<std::string, int>, std::string> names = [] {
    std::map<std::map<std::string, int>, std::string> found;
    for (const char* symbol : {"N", "Pa", "J", "W", "C", "V", "F", "ohm", "S", "Wb", "T", "H"})
      found.emplace(Udunits::instance().dimension(require_unit(symbol)), symbol);
    return found;
  }();
  const auto found = names.find(powers);
  return found == names.end() ? dimension_text(powers) : found->second;
}

}  // namespace

ScaledUnit reduced_unit(std::string_view text) {
  const Unit unit = require_unit(text);
  Unit product = with_one_prefix(unit);
  const auto ratio = convert_unit(1, unit, require_unit("1"));
  if (ratio) return {"1", *ratio};
  const bool above = std::any_of(product.begin(), product.end(),
                                 [](const Factor& factor) { return factor.power > 0 && !is_scaled_one(factor); });
  const auto ones = std::count_if(product.begin(), product.end(), is_scaled_one);
  std::erase_if(
      product, [&](const Factor& factor) { return is_scaled_one(factor) && (above || ones > 1 || factor.power != 1); });
  const std::string reduced = product_text(product);
  if (reduced == product_text(unit)) return {reduced, 1};
  return {reduced, convert_difference(1, text, reduced)};
}

ScaledUnit coherent_unit(std::string_view unit) {
  const std::string text = dimension_text(Udunits::instance().dimension(require_unit(unit)));
  return {text, convert_difference(1, unit, text)};
}

UnitRoot unit_root(std::string_view text, int root) {
  const Unit unit = require_unit(text);
  Unit product = with_one_prefix(unit);
  const bool even =
      std::all_of(product.begin(), product.end(), [&](const Factor& factor) { return factor.power % root == 0; });
  if (even && !product.empty()) {
    const std::string whole = product_text(product);
    for (Factor& factor : product)
      factor.power /= root;
    const bool coherent = std::all_of(product.begin(), product.end(), [](const Factor& factor) {
      return factor.prefix->ten == 0 &&
             std::find(kBaseUnits.begin(), kBaseUnits.end(), factor.symbol->symbol) != kBaseUnits.end();
    });
    return {coherent ? named_unit(Udunits::instance().dimension(product)) : product_text(product), 1,
            convert_difference(1, text, whole)};
  }
  std::map<std::string, int> powers = Udunits::instance().dimension(unit);
  const double factor = coherent_unit(text).factor;
  int common = root;
  for (const auto& [symbol, power] : powers)
    common = std::gcd(common, power);
  for (auto& [symbol, power] : powers)
    power /= common;
  const int left = root / common;
  return {left == 1 ? named_unit(powers) : dimension_text(powers), left, factor};
}

namespace {

// What D-SI has no name for but writes as a product: kWh is kW.h, rpm is 1/min.
Unit written_out(const Unit& unit) {
  Unit product;
  for (const Factor& factor : unit) {
    const std::string_view symbol = factor.symbol->symbol;
    if (symbol == "Wh") {
      Factor watt = require_unit("W")[0];
      watt.prefix = factor.prefix;
      watt.power = factor.power;
      Factor hour = require_unit("h")[0];
      hour.power = factor.power;
      product.push_back(watt);
      product.push_back(hour);
    } else if (symbol == "rpm") {
      Factor minute = require_unit("min")[0];
      minute.power = -factor.power;
      product.push_back(minute);
    } else {
      product.push_back(factor);
    }
  }
  return product;
}

}  // namespace

std::string d_si_unit(std::string_view unit) {
  std::string text;
  for (const Factor& factor : written_out(require_unit(unit))) {
    if (!factor.symbol->d_si) {
      throw InputError(fmt::format(
          fmt::runtime(tr("the unit '{}' has no name in D-SI ('{}' is not a unit of the SI): give the result in "
                          "an SI unit, or add the name to the table in base/units.cpp")),
          unit, factor.symbol->symbol));
    }
    if (factor.prefix->ten != 0) text += std::string("\\") + factor.prefix->d_si;
    text += std::string("\\") + factor.symbol->d_si;
    if (factor.power != 1) text += fmt::format("\\tothe{{{}}}", factor.power);
  }
  return text;
}

std::string unit_from_d_si(std::string_view d_si) {
  const auto refuse = [&](const std::string& why) {
    throw InputError(fmt::format(fmt::runtime(tr("'{}' is not a D-SI unit that is known here: {}")), d_si, why));
  };
  if (d_si.empty() || d_si[0] != '\\') refuse(tr("expected names with a backslash, such as \\milli\\volt"));
  Unit unit;
  const Prefix* prefix = &kPrefixes[0];
  int sign = 1;
  bool complete = false;
  std::size_t at = 0;
  while (at < d_si.size()) {
    const std::size_t end = std::min(d_si.find('\\', at + 1), d_si.size());
    const std::string_view name = d_si.substr(at + 1, end - at - 1);
    at = end;
    if (name.starts_with("tothe{") && name.ends_with("}")) {
      const std::string_view digits = name.substr(6, name.size() - 7);
      int power = 0;
      const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), power);
      if (!complete || error != std::errc{} || rest != digits.data() + digits.size() || power == 0 ||
          std::abs(power) > 9 || std::abs(unit.back().power) != 1) {
        refuse(fmt::format(fmt::runtime(tr("'\\{}' is not a power of a unit")), name));
      }
      unit.back().power *= power;
      complete = false;
      continue;
    }
    if (name == "per") {
      if (sign < 0 || prefix->ten != 0) refuse(tr("'\\per' stands before one unit"));
      sign = -1;
      continue;
    }
    const auto prefix_named = std::find_if(kPrefixes.begin() + 1, kPrefixes.end(),
                                           [&](const Prefix& candidate) { return name == candidate.d_si; });
    if (prefix_named != kPrefixes.end()) {
      if (prefix->ten != 0) refuse(tr("two prefixes follow each other"));
      prefix = &*prefix_named;
      continue;
    }
    const auto symbol = std::find_if(kSymbols.begin(), kSymbols.end(),
                                     [&](const Symbol& candidate) { return candidate.d_si && name == candidate.d_si; });
    if (symbol == kSymbols.end()) refuse(fmt::format(fmt::runtime(tr("'\\{}' is unknown")), name));
    if (!prefix_fits(*prefix, *symbol)) {
      refuse(fmt::format(fmt::runtime(tr("'\\{}' takes no prefix '\\{}'")), name, prefix->d_si));
    }
    unit.push_back({&*symbol, prefix, sign});
    prefix = &kPrefixes[0];
    sign = 1;
    complete = true;
  }
  if (unit.empty() || prefix->ten != 0 || sign < 0) refuse(tr("it ends without a unit"));
  return unit_text(unit);
}

std::string display_unit(std::string_view unit) {
  const Unit factors = require_unit(unit);
  const auto shown = [](const Factor& factor, int power) {
    std::string text = std::string_view(factor.prefix->symbol) == "u" ? "µ" : factor.prefix->symbol;
    text += factor.symbol->display ? factor.symbol->display : factor.symbol->symbol;
    if (power != 1) text += superscript(power);
    return text;
  };
  const bool fraction = factors.front().power > 0;
  std::string above, below;
  int divisors = 0;
  for (const Factor& factor : factors) {
    const bool divides = fraction && factor.power < 0;
    std::string& part = divides ? below : above;
    divisors += divides ? 1 : 0;
    part += (part.empty() ? "" : "·") + shown(factor, divides ? -factor.power : factor.power);
  }
  if (divisors == 0) return above;
  // One solidus: ISO 80000-1, 7.2.
  return above + "/" + (divisors == 1 ? below : "(" + below + ")");
}

Quantity parse_quantity(std::string_view text) {
  // The number is as long as it can be read as one: "1e3 V", "-0.5 mV", but "1 eV" has the number 1.
  std::size_t end = 0;
  const auto digits = [&] {
    const std::size_t start = end;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9')
      ++end;
    return end - start;
  };
  if (end < text.size() && (text[end] == '+' || text[end] == '-')) ++end;
  std::size_t count = digits();
  if (end < text.size() && text[end] == '.') {
    ++end;
    count += digits();
  }
  if (count == 0) {
    throw InputError(
        fmt::format(fmt::runtime(tr("'{}' has no number: expected a number and a unit, such as 10 mV")), text));
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const std::size_t mantissa = end++;
    if (end < text.size() && (text[end] == '+' || text[end] == '-')) ++end;
    if (digits() == 0) end = mantissa;
  }
  std::size_t unit = end;
  while (unit < text.size() && text[unit] == ' ')
    ++unit;
  if (unit == text.size()) {
    throw InputError(fmt::format(
        fmt::runtime(tr("'{}' has no unit: expected a number and a unit, such as 10 mV (1 for a plain number)")),
        text));
  }
  require_unit(text.substr(unit));
  return {Decimal::parse(text.substr(0, end)).to_double(), std::string(text.substr(unit))};
}

}  // namespace etalon::base
