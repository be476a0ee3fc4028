#include "app/column_unit.h"

#include <algorithm>

#include "base/units.h"

namespace etalon::app {

namespace {

constexpr const char* blanks = " \t\r\v\f";

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace

HeadingUnit unit_of_heading(const std::string& heading, const std::string& like) {
  HeadingUnit result;
  // "u(T) / mK": the uncertainty of T, not u in teslas.
  const bool of_name = heading.starts_with("u(") || heading.starts_with("U(") || heading.starts_with("s(");
  const std::size_t from = of_name ? std::min(heading.find(')'), heading.size() - 1) : 0;
  const std::size_t at = heading.find_first_of("/([", from);
  if (at == std::string::npos || at == 0) {
    const std::size_t last = heading.rfind('_');
    if (like.empty() || last == std::string::npos || last == 0) return result;
    const std::string text = heading.substr(last + 1);
    if (base::is_unit(text) && base::convertible(text, like)) result = {text, text};
    return result;
  }
  const char closing = heading[at] == '(' ? ')' : heading[at] == '[' ? ']' : '\0';
  std::string text = heading.substr(at + 1);
  if (closing != '\0') {
    const std::size_t end = text.rfind(closing);
    if (end != std::string::npos) text.erase(end);
  }
  result.written = trimmed(text);
  if (base::is_unit(result.written)) result.unit = result.written;
  return result;
}

}  // namespace etalon::app
