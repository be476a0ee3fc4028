// Text of the printed certificate: two families (Latin and Chinese) that are always embedded, measured and drawn with
// pango on any cairo context. Lengths in points.
#pragma once

#include <cairo.h>

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

inline constexpr const char* kLatinFamily = "Open Sans";
inline constexpr const char* kChineseFamily = "WenQuanYi Micro Hei";

// InputError that names the Debian package when one of the two families is not installed: a certificate never falls
// back to another font silently.
void require_fonts();

struct TextExtent {
  double width = 0;
  double height = 0;
  double baseline = 0;  // of the first line, below the top
};

// `width` < 0: no wrapping. InputError when the fonts have no glyph for a character.
TextExtent measure_text(cairo_t* cairo, const std::string& text, const TextStyle& style, double width = -1);
// Top left corner at (x, y); with a width, wrapped and aligned in it. Returns the extent.
TextExtent draw_text(cairo_t* cairo, double x, double y, const std::string& text, const TextStyle& style,
                     double width = -1);

// A decimal number, the left edge at x, its baseline at y. A minus is drawn as the minus sign of the font but stays the
// character '-' in the text of the PDF, so that what is copied is the number.
double measure_number(cairo_t* cairo, const std::string& text, const TextStyle& style);
void draw_number(cairo_t* cairo, double x, double baseline, const std::string& text, const TextStyle& style);

void set_colour(cairo_t* cairo, const Colour& colour);

}  // namespace etalon::archive
