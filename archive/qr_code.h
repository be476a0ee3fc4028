// A QR code as squares on a cairo context.
#pragma once

#include <cairo.h>

#include <string>

namespace etalon::archive {

// Into a square of `size` (quiet zone of four modules included) at (x, y), error correction level M. InputError when
// the text does not fit into a QR code.
void draw_qr_code(cairo_t* cairo, double x, double y, double size, const std::string& text);

}  // namespace etalon::archive
