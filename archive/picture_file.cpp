#include "archive/picture_file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "archive/pdf_text.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
constexpr double pixels_per_point = 2;

cairo_status_t append_bytes(void* closure, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

Surface surface_for(const std::string& file, double width, double height, std::string& bytes) {
  if (file.ends_with(".svg"))
    return {cairo_svg_surface_create_for_stream(&append_bytes, &bytes, width, height), &cairo_surface_destroy};
  if (file.ends_with(".pdf"))
    return {cairo_pdf_surface_create_for_stream(&append_bytes, &bytes, width, height), &cairo_surface_destroy};
  Surface image(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::lround(width * pixels_per_point)),
                                           static_cast<int>(std::lround(height * pixels_per_point))),
                &cairo_surface_destroy);
  cairo_surface_set_device_scale(image.get(), pixels_per_point, pixels_per_point);
  return image;
}

}  // namespace

bool is_picture_name(const std::string& file) {
  return file.ends_with(".svg") || file.ends_with(".png") || file.ends_with(".pdf");
}

std::string picture_bytes(const std::string& file, double width, double height,
                          const std::function<void(cairo_t*)>& draw) {
  if (!is_picture_name(file))
    throw base::InputError(fmt::format(fmt::runtime(tr("{}: expected a name that ends in .svg, .png or .pdf")), file));
  require_fonts();
  std::string bytes;
  const Surface surface = surface_for(file, width, height, bytes);
  {
    const std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cairo(cairo_create(surface.get()), &cairo_destroy);
    set_colour(cairo.get(), {1, 1, 1});
    cairo_paint(cairo.get());
    draw(cairo.get());
    cairo_show_page(cairo.get());
    if (cairo_status(cairo.get()) != CAIRO_STATUS_SUCCESS) {
      throw base::InputError(fmt::format(fmt::runtime(tr("the picture could not be drawn: {}")),
                                         cairo_status_to_string(cairo_status(cairo.get()))));
    }
  }
  if (file.ends_with(".png")) cairo_surface_write_to_png_stream(surface.get(), &append_bytes, &bytes);
  cairo_surface_finish(surface.get());
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the picture could not be drawn: {}")),
                                       cairo_status_to_string(cairo_surface_status(surface.get()))));
  }
  return bytes;
}

void write_picture(const std::string& file, double width, double height, const std::function<void(cairo_t*)>& draw) {
  base::write_file_or_standard_output(file, picture_bytes(file, width, height, draw));
}

}  // namespace etalon::archive
