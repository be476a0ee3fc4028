// Characters that nobody sees: controls, marks of direction, zero-width and private characters. A text that holds them
// reads differently from what it is, and a terminal obeys some of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace etalon::base {

// A text for a terminal or a message: each invisible character as <U+202E>, each byte that is no UTF-8 as <0x9B>. Line
// ends and tabs stay.
std::string visible_text(std::string_view text);
// The same for a value within a line: line ends and tabs as <U+000A>, too.
std::string visible_line(std::string_view text);

struct InvisibleCharacter {
  std::size_t offset = 0;  // bytes
  std::string name;        // "U+202E", or "0x9B" for a byte that is no UTF-8
};
// The first one of a line; line ends and tabs count.
std::optional<InvisibleCharacter> find_invisible(std::string_view line);

}  // namespace etalon::base
