#include "calibration/model/expression_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/language.h"

namespace etalon::calibration {

using base::tr;

namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string character_at(std::string_view text, std::size_t place) {
  std::size_t end = place + 1;
  while (end < text.size() && is_continuation(text[end]))
    ++end;
  const unsigned char byte = static_cast<unsigned char>(text[place]);
  if (byte < 0x20 || byte == 0x7F) return fmt::format(fmt::runtime(tr("control character {}")), static_cast<int>(byte));
  return fmt::format("'{}'", text.substr(place, end - place));
}

std::string with_caret(std::string_view text, std::size_t place, const std::string& what) {
  constexpr std::size_t shown_before = 60;
  constexpr std::size_t shown_after = 40;
  std::size_t line_begin = place;
  while (line_begin > 0 && text[line_begin - 1] != '\n')
    --line_begin;
  std::size_t line_end = place;
  while (line_end < text.size() && text[line_end] != '\n')
    ++line_end;
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(line_begin), '\n');
  const bool several_lines = text.find('\n') != std::string_view::npos;

  std::size_t column = 1;
  for (std::size_t i = line_begin; i < place; ++i)
    column += is_continuation(text[i]) ? 0 : 1;

  std::size_t begin = place - line_begin > shown_before ? place - shown_before : line_begin;
  while (begin > line_begin && is_continuation(text[begin]))
    --begin;
  std::size_t end = line_end - place > shown_after ? place + shown_after : line_end;
  while (end < line_end && is_continuation(text[end]))
    ++end;

  std::string shown = begin > line_begin ? "..." : "";
  std::string caret(shown.size(), ' ');
  for (std::size_t i = begin; i < end; ++i) {
    const bool control = static_cast<unsigned char>(text[i]) < 0x20;
    shown += control ? ' ' : text[i];
    if (i < place && !is_continuation(text[i])) caret += ' ';
  }
  if (end < line_end) shown += "...";
  const std::string where = several_lines ? tr("{0}, at line {1}, column {2} of the expression:")
                                          : tr("{0}, at column {2} of the expression:");
  return fmt::format(fmt::runtime(where), what, line, column) + fmt::format("\n  {}\n  {}^", shown, caret);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 80;
  if (text.size() <= longest) return fmt::format("'{}'", text);
  std::size_t head = longest / 2;
  while (is_continuation(text[head]))
    --head;
  std::size_t tail = text.size() - longest / 2;
  while (is_continuation(text[tail]))
    ++tail;
  return fmt::format("'{} ... {}'", text.substr(0, head), text.substr(tail));
}

}  // namespace etalon::calibration
