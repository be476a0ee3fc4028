#include "app/terminal.h"

#include <sys/ioctl.h>
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
    case Colour::none:
      break;
    case Colour::green:
      code = "32";
      break;
    case Colour::yellow:
      code = "33";
      break;
    case Colour::red:
      code = "31";
      break;
    case Colour::bold:
      code = "1";
      break;
    case Colour::dim:
      code = "2";
      break;
  }
  return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}

namespace {

struct Character {
  std::size_t length = 1;  // bytes
  bool wide = false;
};

// The UTF-8 character at a place.
Character character_at(const std::string& text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  Character character;
  std::uint32_t code = byte;
  if (byte >= 0xF0) {
    character.length = 4, code = byte & 0x07u;
  } else if (byte >= 0xE0) {
    character.length = 3, code = byte & 0x0Fu;
  } else if (byte >= 0xC0) {
    character.length = 2, code = byte & 0x1Fu;
  }
  character.length = std::min(character.length, text.size() - at);
  for (std::size_t k = 1; k < character.length; ++k)
    code = (code << 6) | (static_cast<unsigned char>(text[at + k]) & 0x3Fu);
  character.wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                   (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                   (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                   (code >= 0xFFE0 && code <= 0xFFE6) || code >= 0x20000;
  return character;
}

bool closes(const std::string& character) {
  for (const char* mark : {"，", "。", "；", "：", "、", "）", "？", "！", "”", "》"}) {
    if (character == mark) return true;
  }
  return false;
}

// Pieces that stay together, each with the blanks that follow it.
std::vector<std::string> unbreakable_pieces(const std::string& text) {
  std::vector<std::string> pieces;
  bool open = false;  // the last piece may go on
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const std::string bytes = text.substr(at, character.length);
    at += character.length;
    if (!pieces.empty() && (bytes == " " || closes(bytes))) {
      pieces.back() += bytes;
      open = false;
    } else if (character.wide) {
      pieces.push_back(bytes);
      open = false;
    } else if (open) {
      pieces.back() += bytes;
    } else {
      pieces.push_back(bytes);
      open = true;
    }
  }
  return pieces;
}

}  // namespace

int display_width(const std::string& text) {
  int width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    at += character.length;
    width += character.wide ? 2 : 1;
  }
  return width;
}

std::string cut_to(const std::string& text, int width) {
  if (display_width(text) <= width) return text;
  int column = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character character = character_at(text, at);
    const int columns = character.wide ? 2 : 1;
    if (column + columns > width - 1) break;
    column += columns;
    at += character.length;
  }
  return text.substr(0, at) + "…";
}

int terminal_width(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100;
}

std::string wrapped(const std::string& text, int width, int indent) {
  std::string lines;
  int column = 0;
  for (const std::string& piece : unbreakable_pieces(text)) {
    const std::string bare = piece.substr(0, piece.find_last_not_of(' ') + 1);
    if (column > indent && column + display_width(bare) > width) {
      while (!lines.empty() && lines.back() == ' ')
        lines.pop_back();
      lines += "\n" + std::string(static_cast<std::size_t>(indent), ' ');
      column = indent;
    }
    lines += piece;
    column += display_width(piece);
  }
  while (!lines.empty() && lines.back() == ' ')
    lines.pop_back();
  return lines;
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
  for (const std::string& heading : headings)
    widths.push_back(display_width(heading));
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c)
      widths[c] = std::max(widths[c], display_width(row[c].text));
  }
  std::string text;
  const auto line = [&](const auto& cell) {
    std::string row;
    for (std::size_t c = 0; c < headings.size(); ++c)
      row += (c ? "  " : "") + cell(c);
    while (!row.empty() && row.back() == ' ')
      row.pop_back();
    text += row + "\n";
  };
  line([&](std::size_t c) {
    return coloured(right[c] ? padded_left(headings[c], widths[c]) : padded_right(headings[c], widths[c]), Colour::bold,
                    colours);
  });
  for (const auto& row : rows) {
    line([&](std::size_t c) {
      return coloured(right[c] ? padded_left(row[c].text, widths[c]) : padded_right(row[c].text, widths[c]),
                      row[c].colour, colours);
    });
  }
  return text;
}

}  // namespace etalon::app
