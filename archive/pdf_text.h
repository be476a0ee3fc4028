// Text of the printed certificate in the fonts of pdf_fonts.h, measured and drawn with pango on any cairo context.
// Lengths in points.
#pragma once

#include <cairo.h>

#include <optional>
#include <string>

namespace etalon::archive {

struct Colour {
  double red = 0;
  double green = 0;
  double blue = 0;
};

enum class Weight { regular, semibold };
enum class Align { left, centre, right };

struct TextStyle {
  double size = 9;
  Weight weight = Weight::regular;
  Colour colour{0.10, 0.12, 0.15};
  Align align = Align::left;
  bool italic = false;  // quantity symbols (ISO 80000-1, 7.1.1)
};

// InputError that names the Debian package when the first font of Latin or of Chinese (pdf_fonts.h) is not installed.
// The others are asked for when a text needs them.
void require_fonts();

struct UndrawableCharacter {
  std::string name;            // "U+1F9EA"
  std::string text;            // itself, with its marks
  std::string wanted_package;  // of a font of the list that might draw it, but is not installed
};
// The first character for which no font of the list has ink; with the reason in a sentence.
std::optional<UndrawableCharacter> find_undrawable(const std::string& text, Weight weight = Weight::regular);
std::string undrawable_sentence(const UndrawableCharacter& character);

struct TextExtent {
  double width = 0;
  double height = 0;
  double baseline = 0;  // of the first line, below the top
};

// `width` < 0: no wrapping. InputError when no font of the list draws a character.
TextExtent measure_text(cairo_t* cairo, const std::string& text, const TextStyle& style, double width = -1);
// Top left corner at (x, y); with a width, wrapped and aligned in it. Returns the extent.
TextExtent draw_text(cairo_t* cairo, double x, double y, const std::string& text, const TextStyle& style,
                     double width = -1);
// The same as outlines that no reader of the PDF's text finds: a watermark between the lines of a table would tear
// them.
TextExtent draw_text_outline(cairo_t* cairo, double x, double y, const std::string& text, const TextStyle& style);

// The style in the largest print, from the given one down to `smallest`, in which the text wraps into the rectangle.
TextStyle fitting_style(cairo_t* cairo, const std::string& text, TextStyle style, double width, double height,
                        double smallest = 5.5);
// With an ellipsis where it has no room, wrapped into the rectangle; `height` < 0: on one line.
std::string shortened(cairo_t* cairo, const std::string& text, const TextStyle& style, double width,
                      double height = -1);

// A decimal number, the left edge at x, its baseline at y. A minus is drawn as the minus sign of the font but stays the
// character '-' in the text of the PDF, so that what is copied is the number.
double measure_number(cairo_t* cairo, const std::string& text, const TextStyle& style);
void draw_number(cairo_t* cairo, double x, double baseline, const std::string& text, const TextStyle& style);

void set_colour(cairo_t* cairo, const Colour& colour);

}  // namespace etalon::archive
