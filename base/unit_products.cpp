// Products, powers and roots of units.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/language.h"
#include "base/unit_conversion.h"
#include "base/unit_symbols.h"
#include "base/units.h"

namespace etalon::base {
namespace {

// Drawn together, without ones; as text.
std::string product_text(const Unit& factors) {
  Unit product;
  for (const UnitFactor& factor : factors) {
    if (factor.symbol == one().symbol) continue;
    const auto same = std::find_if(product.begin(), product.end(), [&](const UnitFactor& other) {
      return other.symbol == factor.symbol && other.prefix == factor.prefix;
    });
    if (same == product.end()) {
      product.push_back(factor);
    } else {
      same->power += factor.power;
    }
  }
  std::erase_if(product, [](const UnitFactor& factor) { return factor.power == 0; });
  if (product.empty()) return "1";
  for (const UnitFactor& factor : product) {
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
  for (UnitFactor& factor : product)
    factor.power *= power;
  return product_text(product);
}
namespace {

// The same symbol in several prefixes (mV/V, kohm.ohm), and degC beside K, drawn together.
Unit with_one_prefix(const Unit& unit) {
  const bool kelvin = has_any_symbol(unit, {"K"});
  Unit product;
  for (UnitFactor factor : unit) {
    if (kelvin && std::string_view(factor.symbol->symbol) == "degC") {
      factor.symbol = &*std::find_if(unit_symbols().begin(), unit_symbols().end(),
                                     [](const UnitSymbol& symbol) { return std::string_view(symbol.symbol) == "K"; });
    }
    const auto same = std::find_if(product.begin(), product.end(),
                                   [&](const UnitFactor& other) { return other.symbol == factor.symbol; });
    if (same == product.end()) {
      product.push_back(factor);
    } else {
      same->power += factor.power;
    }
  }
  std::erase_if(product, [](const UnitFactor& factor) { return factor.power == 0; });
  return product;
}

bool is_scaled_one(const UnitFactor& factor) {
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
      found.emplace(dimension_of(require_unit(symbol)), symbol);
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
                                 [](const UnitFactor& factor) { return factor.power > 0 && !is_scaled_one(factor); });
  const auto ones = std::count_if(product.begin(), product.end(), is_scaled_one);
  std::erase_if(product, [&](const UnitFactor& factor) {
    return is_scaled_one(factor) && (above || ones > 1 || factor.power != 1);
  });
  const std::string reduced = product_text(product);
  if (reduced == product_text(unit)) return {reduced, 1};
  return {reduced, convert_difference(1, text, reduced)};
}

ScaledUnit coherent_unit(std::string_view unit) {
  const std::string text = dimension_text(dimension_of(require_unit(unit)));
  return {text, convert_difference(1, unit, text)};
}

UnitRoot unit_root(std::string_view text, int root) {
  const Unit unit = require_unit(text);
  Unit product = with_one_prefix(unit);
  const bool even =
      std::all_of(product.begin(), product.end(), [&](const UnitFactor& factor) { return factor.power % root == 0; });
  if (even && !product.empty()) {
    const std::string whole = product_text(product);
    for (UnitFactor& factor : product)
      factor.power /= root;
    const bool coherent = std::all_of(product.begin(), product.end(), [](const UnitFactor& factor) {
      return factor.prefix->ten == 0 &&
             std::find(kBaseUnits.begin(), kBaseUnits.end(), factor.symbol->symbol) != kBaseUnits.end();
    });
    return {coherent ? named_unit(dimension_of(product)) : product_text(product), 1,
            convert_difference(1, text, whole)};
  }
  std::map<std::string, int> powers = dimension_of(unit);
  const double factor = coherent_unit(text).factor;
  int common = root;
  for (const auto& [symbol, power] : powers)
    common = std::gcd(common, power);
  for (auto& [symbol, power] : powers)
    power /= common;
  const int left = root / common;
  return {left == 1 ? named_unit(powers) : dimension_text(powers), left, factor};
}

}  // namespace etalon::base
