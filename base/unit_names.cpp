// Units as others write them: in D-SI, and for people.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/language.h"
#include "base/unit_symbols.h"
#include "base/units.h"

namespace etalon::base {
namespace {

std::string superscript(int power) {
  static constexpr std::array digits = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  return (power < 0 ? "⁻" : "") + std::string(digits[static_cast<std::size_t>(std::abs(power))]);
}

// What D-SI has no name for but writes as a product: kWh is kW.h, rpm is 1/min.
Unit written_out(const Unit& unit) {
  Unit product;
  for (const UnitFactor& factor : unit) {
    const std::string_view symbol = factor.symbol->symbol;
    if (symbol == "Wh") {
      UnitFactor watt = require_unit("W")[0];
      watt.prefix = factor.prefix;
      watt.power = factor.power;
      UnitFactor hour = require_unit("h")[0];
      hour.power = factor.power;
      product.push_back(watt);
      product.push_back(hour);
    } else if (symbol == "rpm") {
      UnitFactor minute = require_unit("min")[0];
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
  for (const UnitFactor& factor : written_out(require_unit(unit))) {
    if (!factor.symbol->d_si) {
      throw InputError(fmt::format(
          fmt::runtime(tr("the unit '{}' has no name in D-SI ('{}' is not a unit of the SI): give the result in "
                          "an SI unit, or add the name to the table in base/unit_symbols.cpp")),
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
  const auto symbols = unit_symbols();
  const auto prefixes = unit_prefixes();
  Unit unit;
  const UnitPrefix* prefix = one().prefix;
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
    const auto prefix_named = std::find_if(prefixes.begin() + 1, prefixes.end(),
                                           [&](const UnitPrefix& candidate) { return name == candidate.d_si; });
    if (prefix_named != prefixes.end()) {
      if (prefix->ten != 0) refuse(tr("two prefixes follow each other"));
      prefix = &*prefix_named;
      continue;
    }
    const auto symbol = std::find_if(symbols.begin(), symbols.end(), [&](const UnitSymbol& candidate) {
      return candidate.d_si && name == candidate.d_si;
    });
    if (symbol == symbols.end()) refuse(fmt::format(fmt::runtime(tr("'\\{}' is unknown")), name));
    if (!prefix_fits(*prefix, *symbol)) {
      refuse(fmt::format(fmt::runtime(tr("'\\{}' takes no prefix '\\{}'")), name, prefix->d_si));
    }
    unit.push_back({&*symbol, prefix, sign});
    prefix = one().prefix;
    sign = 1;
    complete = true;
  }
  if (unit.empty() || prefix->ten != 0 || sign < 0) refuse(tr("it ends without a unit"));
  return unit_text(unit);
}

std::string display_unit(std::string_view unit) {
  const Unit factors = require_unit(unit);
  const auto shown = [](const UnitFactor& factor, int power) {
    std::string text = std::string_view(factor.prefix->symbol) == "u" ? "µ" : factor.prefix->symbol;
    text += factor.symbol->display ? factor.symbol->display : factor.symbol->symbol;
    if (power != 1) text += superscript(power);
    return text;
  };
  const bool fraction = factors.front().power > 0;
  std::string above, below;
  int divisors = 0;
  for (const UnitFactor& factor : factors) {
    const bool divides = fraction && factor.power < 0;
    std::string& part = divides ? below : above;
    divisors += divides ? 1 : 0;
    part += (part.empty() ? "" : "·") + shown(factor, divides ? -factor.power : factor.power);
  }
  if (divisors == 0) return above;
  // One solidus: ISO 80000-1, 7.2.
  return above + "/" + (divisors == 1 ? below : "(" + below + ")");
}
}  // namespace etalon::base
