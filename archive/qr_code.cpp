#include "archive/qr_code.h"

#include <fmt/format.h>

#include <qrencode.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

void draw_qr_code(cairo_t* cairo, double x, double y, double size, const std::string& text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0,
                        QR_ECLEVEL_M),
      &QRcode_free);
  if (!code) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the text \"{}\" does not fit into a QR code: {}")), text, std::strerror(errno)));
  }
  const double module = size / code->width;
  cairo_save(cairo);
  cairo_set_source_rgb(cairo, 0, 0, 0);
  cairo_new_path(cairo);
  // One path, runs of dark modules joined, so that no hairlines show between them.
  for (int row = 0; row < code->width; ++row) {
    for (int column = 0; column < code->width;) {
      const auto dark = [&](int c) { return (code->data[row * code->width + c] & 1) != 0; };
      int end = column;
      while (end < code->width && dark(end))
        ++end;
      if (end > column) {
        cairo_rectangle(cairo, x + column * module, y + row * module, (end - column) * module, module);
      }
      column = end + 1;
    }
  }
  cairo_fill(cairo);
  cairo_restore(cairo);
}

}  // namespace etalon::archive
