// A QR code as squares on a cairo context.
#pragma once

#include <cairo.h>

#include <string>

namespace etalon::archive {

// Its modules fill a square of `size` at (x, y); the caller leaves a quiet zone of four modules around it, `size`/5 at
// the most. Error correction level M. InputError when the text does not fit into a QR code.
void draw_qr_code(cairo_t* cairo, double x, double y, double size, const std::string& text);

}  // namespace etalon::archive
