// Text on a terminal: colours where they are wanted, and columns that stay straight with Chinese in them.
#pragma once

#include <string>
#include <vector>

namespace etalon::app {

// A terminal that may have colours (NO_COLOR and TERM=dumb respected).
bool is_terminal(int descriptor);
bool wants_colour(int descriptor);

enum class Colour { none, green, yellow, red, bold, dim };
std::string coloured(const std::string& text, Colour colour, bool enabled);

// Columns that a text takes: Chinese characters take two.
int display_width(const std::string& text);
std::string padded_left(const std::string& text, int width);  // right-aligned
std::string padded_right(const std::string& text, int width);

// As much of a text from its beginning as fits into `width` columns, with … at the end when something is cut off.
std::string cut_to(const std::string& text, int width);

// Columns of the terminal; 100 where there is none.
int terminal_width(int descriptor);
// Broken into lines of at most `width` columns, at blanks, and between Chinese characters (not before closing
// punctuation); lines after the first begin with `indent` blanks.
std::string wrapped(const std::string& text, int width, int indent = 0);

// Rows of cells under headings, columns as wide as needed; the columns named in `right` are right-aligned.
struct TableCell {
  std::string text;
  Colour colour = Colour::none;
};
std::string table_text(const std::vector<std::string>& headings, const std::vector<std::vector<TableCell>>& rows,
                       const std::vector<bool>& right, bool colours);

}  // namespace etalon::app
