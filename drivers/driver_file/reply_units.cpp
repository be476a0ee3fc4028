#include "drivers/driver_file/reply_units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <utility>

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

std::string in_small_letters(std::string text) {
  for (char& c : text)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// What stands on displays and is no symbol of base/units.h; in small letters, without blanks. Where a name has several
// definitions, all of them.
struct NameInTheField {
  const char* name;
  const char* unit;
  std::vector<double> factors;
};
const std::vector<NameInTheField> names_in_the_field = {
    {"rh", "%", {1}},
    {"%rh", "%", {1}},
    {"oz", "g", {28.349523125}},
    {"ozt", "g", {31.1034768}},
    {"lb", "g", {453.59237}},
    {"gn", "g", {0.06479891}},
    {"dwt", "g", {1.55517384}},
    {"ct", "g", {0.2}},
    {"psi", "Pa", {6894.757293168}},
    {"kg/cm2", "Pa", {98066.5}},
    {"kgf/cm2", "Pa", {98066.5}},
    {"kgcm2", "Pa", {98066.5}},
    {"kgfcm2", "Pa", {98066.5}},
    {"ksc", "Pa", {98066.5}},
    {"inh2o", "Pa", {249.08891, 249.082, 248.84}},  // conventional, water at 4 degC, at 60 degF
    {"mmh2o", "Pa", {9.80665, 9.80638, 9.797}},
    {"cmh2o", "Pa", {98.0665, 98.0638, 97.97}},
    {"inhg", "Pa", {3386.388640341, 3386.389, 3376.85}},  // mercury at 0 degC, at 60 degF
    {"mmhg", "Pa", {133.322387415, 133.3224}},
    {"torr", "Pa", {133.322368421}},
    {"volt", "V", {1}},
    {"volts", "V", {1}},
    {"amp", "A", {1}},
    {"amps", "A", {1}},
    {"ampere", "A", {1}},
    {"ohms", "ohm", {1}},
    {"hertz", "Hz", {1}},
    {"farad", "F", {1}},
    {"pascal", "Pa", {1}},
    {"gram", "g", {1}},
    {"grams", "g", {1}},
};
const std::vector<std::pair<std::string, double>> prefixes_in_words = {
    {"pico", 1e-12}, {"nano", 1e-9}, {"micro", 1e-6}, {"milli", 1e-3}, {"kilo", 1e3}, {"mega", 1e6}, {"giga", 1e9}};

std::vector<double> factors_of_name(std::string name, const std::string& unit) {
  name = in_small_letters(name);
  name.erase(std::remove(name.begin(), name.end(), ' '), name.end());
  double prefix = 1;
  for (const auto& [word, factor] : prefixes_in_words) {
    if (!name.starts_with(word)) continue;
    name.erase(0, word.size());
    prefix = factor;
    break;
  }
  for (const NameInTheField& known : names_in_the_field) {
    if (name != known.name || !base::convertible(known.unit, unit)) continue;
    std::vector<double> factors;
    for (const double factor : known.factors)
      factors.push_back(prefix * factor * base::convert(1, known.unit, unit));
    return factors;
  }
  return {};
}

// SCPI-99 volume 1 and IEEE 488.2, 7.7.3: of a unit in capitals M is milli, but MOHM and MHZ are mega.
bool is_mega_in_scpi(const std::string& spelling) {
  return spelling == "MOHM" || spelling == "MHZ";
}

std::vector<double> factors_of_symbol(const std::string& spelling, const std::string& unit) {
  if (is_mega_in_scpi(spelling)) {
    const std::string mega = spelling == "MOHM" ? "Mohm" : "MHz";
    if (base::convertible(mega, unit)) return {base::convert(1, mega, unit)};
  }
  // As it is written it means one thing, unless all of it is in capitals.
  const bool has_small =
      std::any_of(spelling.begin(), spelling.end(), [](char c) { return std::islower(static_cast<unsigned char>(c)); });
  const auto known_as_written = [&](const std::string& way) {
    return has_small && base::is_unit(way) && base::convertible(way, unit);
  };
  const std::string as_written = meant(spelling, unit);
  std::vector<double> factors;
  for (const std::string& way :
       known_as_written(as_written) ? std::vector<std::string>{as_written} : ways_to_read(as_written)) {
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

// What says how a unit is meant, and does not change it: "mV DC", "kPag". Empty: there is nothing of the kind.
std::string without_kind(const std::string& spelling, const std::string& unit) {
  std::vector<std::string> kinds = {"dc", "ac", "rms"};
  if (base::convertible("Pa", unit)) kinds = {"absolute", "gauge", "abs", "diff", "a", "g", "d"};
  const std::string small = in_small_letters(spelling);
  for (const std::string& kind : kinds) {
    if (!small.ends_with(kind)) continue;
    const std::string rest = spelling.substr(0, spelling.size() - kind.size());
    const std::size_t end = rest.find_last_not_of(" _-(");
    return end == std::string::npos ? "" : rest.substr(0, end + 1);
  }
  return "";
}

// Factors of definition are written with some digits.
bool agrees(double given, double known) {
  const double power = std::log10(known);
  const bool decimal = std::fabs(power - std::round(power)) < agreement;
  return std::fabs(given - known) <= (decimal ? agreement : 1e-5) * known;
}

void check_factor(const TomlTable& table, const std::string& unit, const ReplyUnit& given, bool in_list) {
  const std::vector<double> factors = known_factors(given.spelling, unit);
  const auto fail = [&](const std::string& text) { table.fail("reply_units", text); };
  if (factors.empty()) {
    if (in_list) {
      fail(fmt::format(fmt::runtime(tr("what '{0}' is in {1} is not known: write the units as a table with their "
                                       "factors, such as {{ \"{0}\" = 1 }} where it is the same unit")),
                       given.spelling, unit));
    }
    return;
  }
  if (std::isnan(factors.front())) {
    fail(fmt::format(fmt::runtime(tr("'{}' has another zero than {}: no factor makes the one of the other")),
                     given.spelling, unit));
  }
  const bool one_of_them =
      std::any_of(factors.begin(), factors.end(), [&](double factor) { return agrees(given.factor, factor); });
  if (factors.size() > 1 && (in_list || !one_of_them)) {
    std::string list;
    for (const double factor : factors)
      list += fmt::format("{}{:g}", list.empty() ? "" : ", ", factor);
    fail(
        fmt::format(fmt::runtime(tr("'{0}' has several meanings (in {1}: {2}), such as milli or mega in capitals: look "
                                    "it up in the manual and write the units as a table with their factors")),
                    given.spelling, unit, list));
  }
  if (one_of_them) return;
  fail(fmt::format(fmt::runtime(tr("1 {0} is {1:g} {2}, not {3:g} {2}: write the units as a table "
                                   "with their factors, such as {{ {2} = 1, {0} = {1:g} }}")),
                   given.spelling, factors.front(), unit, given.factor));
}

}  // namespace

std::vector<double> known_factors(const std::string& spelling, const std::string& unit) {
  if (spelling == unit) return {1};
  for (std::string stem = spelling; !stem.empty(); stem = without_kind(stem, unit)) {
    if (const auto factors = factors_of_name(stem, unit); !factors.empty()) return factors;
    if (const auto factors = factors_of_symbol(stem, unit); !factors.empty()) return factors;
  }
  return {};
}

std::vector<ReplyUnit> reply_units_from(const TomlTable& table, const std::string& unit) {
  std::vector<ReplyUnit> units;
  for (const auto& element : table.texts_or_tables("reply_units")) {
    if (element.text) {
      units.push_back({*element.text, 1});
      check_factor(table, unit, units.back(), true);
      continue;
    }
    for (const std::string& spelling : element.table->keys()) {
      const double factor = element.table->number(spelling);
      if (!(factor > 0) || !std::isfinite(factor)) element.table->fail(spelling, tr("expected a number above 0"));
      units.push_back({spelling, factor});
      check_factor(table, unit, units.back(), false);
    }
  }
  if (table.has("reply_units") && units.empty()) table.fail("reply_units", tr("expected at least one unit"));
  return units;
}

}  // namespace etalon::drivers
