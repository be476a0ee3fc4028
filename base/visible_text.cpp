#include "base/visible_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace etalon::base {

namespace {

struct CharacterRange {
  char32_t first;
  char32_t last;
};

// Unicode 14: general categories Cc, Cf (without those that draw something, such as the Arabic number sign), Zl, Zp, Co
// and Cs, noncharacters, variation selectors, and letters that are blank by definition (Hangul fillers, empty Braille
// cell).
constexpr std::array invisible_ranges{
    CharacterRange{0x0000, 0x001F},   CharacterRange{0x007F, 0x009F},   CharacterRange{0x00AD, 0x00AD},
    CharacterRange{0x034F, 0x034F},   CharacterRange{0x061C, 0x061C},   CharacterRange{0x070F, 0x070F},
    CharacterRange{0x115F, 0x1160},   CharacterRange{0x17B4, 0x17B5},   CharacterRange{0x180B, 0x180F},
    CharacterRange{0x200B, 0x200F},   CharacterRange{0x2028, 0x202E},   CharacterRange{0x2060, 0x2064},
    CharacterRange{0x2066, 0x206F},   CharacterRange{0x2800, 0x2800},   CharacterRange{0x3164, 0x3164},
    CharacterRange{0xD800, 0xF8FF},   CharacterRange{0xFDD0, 0xFDEF},   CharacterRange{0xFE00, 0xFE0F},
    CharacterRange{0xFEFF, 0xFEFF},   CharacterRange{0xFFA0, 0xFFA0},   CharacterRange{0xFFF9, 0xFFFB},
    CharacterRange{0xFFFE, 0xFFFF},   CharacterRange{0x13430, 0x13438}, CharacterRange{0x1BCA0, 0x1BCA3},
    CharacterRange{0x1D173, 0x1D17A}, CharacterRange{0xE0000, 0x10FFFF}};

bool invisible(char32_t code) {
  const auto at = std::lower_bound(invisible_ranges.begin(), invisible_ranges.end(), code,
                                   [](const CharacterRange& range, char32_t c) { return range.last < c; });
  return (at != invisible_ranges.end() && at->first <= code) || (code & 0xFFFE) == 0xFFFE;
}

struct Character {
  std::size_t size = 1;  // bytes
  bool valid = false;    // well-formed UTF-8 (Unicode 14, table 3-7)
  char32_t code = 0;     // of the byte itself when not valid
};

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {1, true, lead};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const Character broken{1, false, lead};
  if (lead < 0xC2 || lead > 0xF4 || at + size > text.size()) return broken;
  char32_t code = lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return broken;
    code = (code << 6) | (byte(at + i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return broken;
  return {size, true, code};
}

std::string name_of(const Character& character) {
  return character.valid ? fmt::format("U+{:04X}", static_cast<std::uint32_t>(character.code))
                         : fmt::format("0x{:02X}", static_cast<std::uint32_t>(character.code));
}

std::string shown(std::string_view text, bool keep_line_ends) {
  std::string made;
  made.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const bool kept = keep_line_ends && (character.code == '\n' || character.code == '\t');
    if (!character.valid || (invisible(character.code) && !kept)) {
      made += "<" + name_of(character) + ">";
    } else {
      made += text.substr(at, character.size);
    }
    at += character.size;
  }
  return made;
}

}  // namespace

std::string visible_text(std::string_view text) {
  return shown(text, true);
}

std::string visible_line(std::string_view text) {
  return shown(text, false);
}

std::optional<InvisibleCharacter> find_invisible(std::string_view line) {
  for (std::size_t at = 0; at < line.size();) {
    const Character character = character_at(line, at);
    if (!character.valid || invisible(character.code)) return InvisibleCharacter{at, name_of(character)};
    at += character.size;
  }
  return std::nullopt;
}

}  // namespace etalon::base
