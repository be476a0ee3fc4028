// A drawing as a file of its own: SVG, PNG or PDF by the ending of its name.
#pragma once

#include <cairo.h>

#include <functional>
#include <string>

namespace etalon::archive {

// Whether the name ends in .svg, .png or .pdf.
bool is_picture_name(const std::string& file);

// `draw` gets a context of width x height points with a white ground; a PNG has twice as many pixels each way. Written
// so that a crash leaves the old file or the new one. InputError for another ending or when the file cannot be written.
// The bytes of the file, for one that is written later.
std::string picture_bytes(const std::string& file, double width, double height,
                          const std::function<void(cairo_t*)>& draw);
void write_picture(const std::string& file, double width, double height, const std::function<void(cairo_t*)>& draw);

}  // namespace etalon::archive
