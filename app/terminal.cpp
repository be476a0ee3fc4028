#include "app/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace etalon::app {

bool is_terminal(int descriptor) {
  const char* term = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && !(term && std::strcmp(term, "dumb") == 0);
}

bool wants_colour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  return is_terminal(descriptor) && !(no_colour && *no_colour);
}

std::string coloured(const std::string& text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::none) return text;
  const char* code = "0";
  switch (colour) {
    case Colour::none: break;
    case Colour::green: code = "32"; break;
    case Colour::yellow: code = "33"; break;
    case Colour::red: code = "31"; break;
    case Colour::bold: code = "1"; break;
    case Colour::dim: code = "2"; break;
  }
  return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}

int display_width(const std::string& text) {
  int width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = 1;
    std::uint32_t character = byte;
    if (byte >= 0xF0) {
      length = 4, character = byte & 0x07u;
    } else if (byte >= 0xE0) {
      length = 3, character = byte & 0x0Fu;
    } else if (byte >= 0xC0) {
      length = 2, character = byte & 0x1Fu;
    }
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      character = (character << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3Fu);
    }
    i += length;
    const bool wide = (character >= 0x1100 && character <= 0x115F) || (character >= 0x2E80 && character <= 0xA4CF) ||
                      (character >= 0xAC00 && character <= 0xD7A3) || (character >= 0xF900 && character <= 0xFAFF) ||
                      (character >= 0xFE30 && character <= 0xFE6F) || (character >= 0xFF00 && character <= 0xFF60) ||
                      (character >= 0xFFE0 && character <= 0xFFE6) || character >= 0x20000;
    width += wide ? 2 : 1;
  }
  return width;
}

std::string padded_left(const std::string& text, int width) {
  return std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ') + text;
}

std::string padded_right(const std::string& text, int width) {
  return text + std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
}

std::string table_text(const std::vector<std::string>& headings, const std::vector<std::vector<TableCell>>& rows,
                       const std::vector<bool>& right, bool colours) {
  std::vector<int> widths;
  for (const std::string& heading : headings) widths.push_back(display_width(heading));
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], display_width(row[c].text));
  }
  std::string text;
  const auto line = [&](const auto& cell) {
    std::string row;
    for (std::size_t c = 0; c < headings.size(); ++c) row += (c ? "  " : "") + cell(c);
    while (!row.empty() && row.back() == ' ') row.pop_back();
    text += row + "\n";
  };
  line([&](std::size_t c) {
    return coloured(right[c] ? padded_left(headings[c], widths[c]) : padded_right(headings[c], widths[c]), Colour::bold, colours);
  });
  for (const auto& row : rows) {
    line([&](std::size_t c) {
      return coloured(right[c] ? padded_left(row[c].text, widths[c]) : padded_right(row[c].text, widths[c]), row[c].colour, colours);
    });
  }
  return text;
}

}  // namespace etalon::app
