#include "base/units.h"

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/language.h"
#include "base/unit_symbols.h"

namespace etalon::base {

bool is_unit(std::string_view unit) {
  return parse_unit(unit).has_value();
}

bool has_offset(std::string_view unit) {
  return has_offset(require_unit(unit));
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
