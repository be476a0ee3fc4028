// Showing a place in the text of an expression, for error messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace etalon::calibration {

// The character at a place as it stands in the text, in quotes; whole when it is several bytes of UTF-8.
std::string character_at(std::string_view text, std::size_t place);

// "what, at column N:" and the line of the text with a caret under the place; a long line is shown in part.
std::string with_caret(std::string_view text, std::size_t place, const std::string& what);

// A sub-expression quoted in a message, shortened in the middle.
std::string quoted(std::string_view text);

}  // namespace etalon::calibration
