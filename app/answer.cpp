#include "app/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace etalon::app {

namespace {

constexpr std::string_view wide_blank = "\xE3\x80\x80";  // U+3000
constexpr std::string_view no_break_blank = "\xC2\xA0";  // U+00A0
constexpr std::string_view ascii_blanks = " \t\r\n\v\f";

// U+FF01 to U+FF5E are EF BC 81 to EF BD 9E, in the order of ! to ~.
std::string with_plain_characters(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i);
    if (rest.starts_with(wide_blank)) {
      plain += ' ';
      i += wide_blank.size() - 1;
      continue;
    }
    if (rest.starts_with(no_break_blank)) {
      plain += ' ';
      i += no_break_blank.size() - 1;
      continue;
    }
    if (rest.size() >= 3 && rest[0] == '\xEF' && (rest[1] == '\xBC' || rest[1] == '\xBD')) {
      const int code =
          0xF000 + ((static_cast<unsigned char>(rest[1]) & 0x3F) << 6) + (static_cast<unsigned char>(rest[2]) & 0x3F);
      if (code >= 0xFF01 && code <= 0xFF5E) {
        plain += static_cast<char>('!' + (code - 0xFF01));
        i += 2;
        continue;
      }
    }
    plain += text[i];
  }
  return plain;
}

std::string small(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

std::string trimmed(const std::string& typed) {
  std::string_view text = typed;
  for (bool more = true; more && !text.empty();) {
    more = false;
    for (const std::string_view blank : {wide_blank, no_break_blank}) {
      while (text.starts_with(blank))
        text.remove_prefix(blank.size()), more = true;
      while (text.ends_with(blank))
        text.remove_suffix(blank.size()), more = true;
    }
    while (!text.empty() && ascii_blanks.find(text.front()) != std::string_view::npos)
      text.remove_prefix(1), more = true;
    while (!text.empty() && ascii_blanks.find(text.back()) != std::string_view::npos)
      text.remove_suffix(1), more = true;
  }
  return std::string(text);
}

std::string plain_answer(const std::string& typed) {
  return small(with_plain_characters(trimmed(typed)));
}

bool names_value(const std::string& plain, double value, const std::string& unit) {
  std::string text = plain;
  std::erase(text, ' ');
  const std::string number = fmt::format("{}", value);
  return text == number || text == number + small(unit);
}

}  // namespace etalon::app
