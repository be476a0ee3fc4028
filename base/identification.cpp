#include "base/identification.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/visible_text.h"

namespace etalon::base {

namespace {

constexpr const char* allowed_signs = "-_/.,:#&+()[]（）〔〕【】";

// Of well-formed UTF-8.
std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t code = size == 1 ? lead : lead & (0x7Fu >> size);
    for (std::size_t i = 1; i < size; ++i)
      code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    characters += code;
    at += size;
  }
  return characters;
}

std::string utf8(char32_t code) {
  std::string text;
  if (code < 0x80) return {static_cast<char>(code)};
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr std::array<unsigned, 4> leads{0, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(leads.at(static_cast<std::size_t>(more)) | (code >> (6 * more)));
  for (int i = more - 1; i >= 0; --i)
    text += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
  return text;
}

bool is_latin_or_digit(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Unified ideographs (Unicode 15), the ideographic zero and the iteration mark. Of the compatibility block the twelve
// that are no copies of others; radicals and strokes, which look like ideographs, are none.
bool is_ideograph(char32_t c) {
  constexpr std::array<char32_t, 12> unified_in_compatibility{0xFA0E, 0xFA0F, 0xFA11, 0xFA13, 0xFA14, 0xFA1F,
                                                              0xFA21, 0xFA23, 0xFA24, 0xFA27, 0xFA28, 0xFA29};
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2EBE0) || (c >= 0x30000 && c <= 0x323AF) || c == 0x3005 || c == 0x3007 ||
         std::find(unified_in_compatibility.begin(), unified_in_compatibility.end(), c) !=
             unified_in_compatibility.end();
}

bool is_allowed_sign(char32_t c) {
  static const std::u32string signs = characters_of(allowed_signs);
  return signs.find(c) != std::u32string::npos;
}

// General category Zs.
bool is_blank(char32_t c) {
  return c == ' ' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

std::string named(char32_t c) {
  return fmt::format("U+{:04X} \"{}\"", static_cast<std::uint32_t>(c), utf8(c));
}

bool is_dash(char32_t c) {
  return (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x2E3A || c == 0x2E3B || c == 0xFE58 || c == 0xFE63;
}

std::string advice_for(char32_t c) {
  const auto write = [](char32_t right) { return fmt::format(fmt::runtime(tr("write \"{}\"")), utf8(right)); };
  if (c >= 0xFF01 && c <= 0xFF5E) return write(c - 0xFF01 + '!');
  if (is_dash(c)) return write('-');
  if (c == 0x25CB || c == 0x25EF) return write(0x3007);  // circles in the place of the ideographic zero
  if (is_blank(c)) return tr("write a plain blank");
  if (c >= 0x0370 && c <= 0x052F) return tr("it is no Latin letter, though it may look like one");  // Greek, Cyrillic
  return fmt::format(fmt::runtime(tr("allowed are A-Z, a-z, 0-9, Chinese characters, single blanks and {}")),
                     allowed_signs);
}

std::optional<std::string> fault_of_line(std::string_view text, std::size_t longest) {
  if (const auto found = find_invisible(text)) {
    return found->offset == 0
               ? fmt::format(fmt::runtime(tr("the character {} at the beginning is not visible on paper; take it out")),
                             found->name)
               : fmt::format(fmt::runtime(tr("the character {} after \"{}\" is not visible on paper; take it out")),
                             found->name, text.substr(0, found->offset));
  }
  const std::size_t length = characters_of(text).size();
  if (length > longest)
    return fmt::format(fmt::runtime(tr("has {} characters, at most {} have room")), length, longest);
  return std::nullopt;
}

void require(const TomlTable& table, const std::string& key, const std::optional<std::string>& fault) {
  if (fault) table.fail(key, *fault);
}

void require_local(const TomlTable& table, const std::string& key, const LocalText& text, std::size_t longest) {
  for (const std::string& one : {text.en, text.zh}) {
    if (!one.empty()) require(table, key, fault_of_name(one, longest));
  }
}

}  // namespace

std::optional<std::string> fault_of_identification(std::string_view text) {
  if (auto fault = fault_of_line(text, longest_identification)) return fault;
  const std::u32string characters = characters_of(text);
  if (characters.empty()) return std::nullopt;
  bool distinguishes = false;
  for (const char32_t c : characters) {
    distinguishes = distinguishes || is_latin_or_digit(c) || is_ideograph(c);
    if (is_latin_or_digit(c) || is_ideograph(c) || is_allowed_sign(c) || c == ' ') continue;
    return fmt::format(fmt::runtime(tr("the character {} may not stand in a number or an identification: {}")),
                       named(c), advice_for(c));
  }
  if (characters.front() == ' ' || characters.back() == ' ') return tr("begins or ends with a blank");
  if (characters.find(U"  ") != std::u32string::npos) return tr("has two blanks side by side");
  if (!distinguishes) return tr("has neither a letter nor a digit");
  return std::nullopt;
}

std::optional<std::string> odd_blank(std::string_view text) {
  constexpr std::string_view form_of_a_file = " \t\r\n";
  const auto begin = text.find_first_not_of(form_of_a_file);
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(form_of_a_file) + 1 - begin);
  for (const char32_t c : characters_of(text)) {
    if ((c != ' ' && is_blank(c)) || c == '\n' || c == '\r' || c == '\t')
      return fmt::format("U+{:04X}", static_cast<std::uint32_t>(c));
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_name(std::string_view text, std::size_t longest) {
  if (auto fault = fault_of_line(text, longest)) return fault;
  const std::u32string characters = characters_of(text);
  if (!characters.empty() && std::all_of(characters.begin(), characters.end(), is_blank)) return tr("has blanks only");
  return std::nullopt;
}

std::string identification(const TomlTable& table, const std::string& key) {
  const std::string text = table.text(key);
  require(table, key, fault_of_identification(text));
  return text;
}

std::string identification_or_none(const TomlTable& table, const std::string& key) {
  return table.has(key) ? identification(table, key) : std::string();
}

std::string name(const TomlTable& table, const std::string& key) {
  const std::string text = table.text(key);
  require(table, key, fault_of_name(text));
  return text;
}

std::string name_or_none(const TomlTable& table, const std::string& key) {
  return table.has(key) ? name(table, key) : std::string();
}

std::vector<std::string> names(const TomlTable& table, const std::string& key) {
  const std::vector<std::string> texts = table.texts(key);
  for (const std::string& text : texts)
    require(table, key, fault_of_name(text));
  return texts;
}

LocalText local_name(const TomlTable& table, const std::string& key, std::size_t longest) {
  const LocalText text = table.local_text(key);
  require_local(table, key, text, longest);
  return text;
}

LocalText local_name_or_none(const TomlTable& table, const std::string& key, std::size_t longest) {
  const LocalText text = table.local_text_or_none(key);
  require_local(table, key, text, longest);
  return text;
}

}  // namespace etalon::base
