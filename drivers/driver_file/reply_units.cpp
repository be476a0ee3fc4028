#include "drivers/driver_file/reply_units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "base/language.h"
#include "base/units.h"

namespace etalon::drivers {

using base::TomlTable;
using base::tr;

namespace {

constexpr double agreement = 1e-9;
constexpr std::size_t longest_spelling = 10;  // letters whose case is tried: 1024 ways

bool same(double a, double b) {
  return std::fabs(a - b) <= agreement * std::fabs(b);
}

// In every mixture of capitals and small letters; as it stands first.
std::vector<std::string> ways_to_read(const std::string& spelling) {
  std::vector<std::string> ways{spelling};
  std::vector<std::size_t> letters;
  for (std::size_t i = 0; i < spelling.size(); ++i) {
    if (std::isalpha(static_cast<unsigned char>(spelling[i]))) letters.push_back(i);
  }
  if (letters.size() > longest_spelling) return ways;
  for (std::size_t mask = 0; mask < (std::size_t{1} << letters.size()); ++mask) {
    std::string way = spelling;
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const auto letter = static_cast<unsigned char>(way[letters[i]]);
      way[letters[i]] = static_cast<char>(mask >> i & 1 ? std::toupper(letter) : std::tolower(letter));
    }
    ways.push_back(way);
  }
  return ways;
}

// What instruments write for units whose symbol is another unit's.
std::string meant(const std::string& spelling, const std::string& unit) {
  if (!base::convertible("degC", unit)) return spelling;
  if (spelling == "C" || spelling == "c") return "degC";
  if (spelling == "F" || spelling == "f") return "degF";
  return spelling;
}

void check_factor(const TomlTable& table, const std::string& unit, const ReplyUnit& given) {
  const std::vector<double> factors = known_factors(given.spelling, unit);
  if (factors.empty()) return;
  const auto agrees = [&](double factor) { return same(given.factor, factor); };
  if (std::any_of(factors.begin(), factors.end(), agrees)) return;
  if (std::isnan(factors.front())) {
    table.fail("reply_units",
               fmt::format(fmt::runtime(tr("'{}' has another zero than {}: no factor makes the one of the other")),
                           given.spelling, unit));
  }
  table.fail("reply_units", fmt::format(fmt::runtime(tr("1 {0} is {1:g} {2}, not {3:g} {2}: write the units as a table "
                                                        "with their factors, such as {{ {2} = 1, {0} = {1:g} }}")),
                                        given.spelling, factors.front(), unit, given.factor));
}

}  // namespace

std::vector<double> known_factors(const std::string& spelling, const std::string& unit) {
  std::vector<double> factors;
  for (const std::string& way : ways_to_read(meant(spelling, unit))) {
    if (!base::is_unit(way) || !base::convertible(way, unit)) continue;
    const double zero = base::convert(0, way, unit);
    const double factor = base::convert(1, way, unit) - zero;
    const bool shifted = std::fabs(zero) > agreement * std::fabs(factor);
    const double value = shifted ? std::numeric_limits<double>::quiet_NaN() : factor;
    const auto known = [&](double other) { return (std::isnan(other) && shifted) || same(other, value); };
    if (std::none_of(factors.begin(), factors.end(), known)) factors.push_back(value);
  }
  return factors;
}

std::vector<ReplyUnit> reply_units_from(const TomlTable& table, const std::string& unit) {
  std::vector<ReplyUnit> units;
  for (const auto& element : table.texts_or_tables("reply_units")) {
    if (element.text) {
      units.push_back({*element.text, 1});
      continue;
    }
    for (const std::string& spelling : element.table->keys()) {
      const double factor = element.table->number(spelling);
      if (!(factor > 0) || !std::isfinite(factor)) element.table->fail(spelling, tr("expected a number above 0"));
      units.push_back({spelling, factor});
    }
  }
  if (table.has("reply_units") && units.empty()) table.fail("reply_units", tr("expected at least one unit"));
  for (const ReplyUnit& given : units)
    check_factor(table, unit, given);
  return units;
}

}  // namespace etalon::drivers
