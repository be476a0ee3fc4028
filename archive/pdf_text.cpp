#include "archive/pdf_text.h"

#include <fmt/format.h>

#include <pango/pangocairo.h>

#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

struct ObjectRelease {
  void operator()(gpointer object) const { g_object_unref(object); }
};
using Layout = std::unique_ptr<PangoLayout, ObjectRelease>;

// Hinting and subpixel settings of the machine must not change the bytes.
Layout make_layout(cairo_t* cairo, const std::string& text, const TextStyle& style, double width) {
  Layout layout(pango_cairo_create_layout(cairo));
  PangoContext* context = pango_layout_get_context(layout.get());
  pango_cairo_context_set_resolution(context, 72);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context, options);
  cairo_font_options_destroy(options);
  pango_context_set_round_glyph_positions(context, FALSE);
  pango_layout_context_changed(layout.get());

  PangoFontDescription* font = pango_font_description_new();
  pango_font_description_set_family(font, (std::string(kLatinFamily) + "," + kChineseFamily).c_str());
  pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
  // Semibold, not bold: fontconfig would embolden the Chinese family artificially, which cairo cannot embed as a font.
  pango_font_description_set_weight(font,
                                    style.weight == Weight::semibold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
  if (style.italic) pango_font_description_set_style(font, PANGO_STYLE_ITALIC);
  pango_layout_set_font_description(layout.get(), font);
  pango_font_description_free(font);

  // A hyphen at a line's end would read as part of the text.
  PangoAttrList* attributes = pango_attr_list_new();
  pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
  pango_layout_set_attributes(layout.get(), attributes);
  pango_attr_list_unref(attributes);

  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  if (width >= 0) {
    pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  }
  pango_layout_set_alignment(layout.get(), style.align == Align::left     ? PANGO_ALIGN_LEFT
                                           : style.align == Align::centre ? PANGO_ALIGN_CENTER
                                                                          : PANGO_ALIGN_RIGHT);
  if (pango_layout_get_unknown_glyphs_count(layout.get()) > 0) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the certificate's fonts ({}, {}) have no glyph for a character of \"{}\"")),
                    kLatinFamily, kChineseFamily, text));
  }
  return layout;
}

TextExtent extent_of(PangoLayout* layout) {
  PangoRectangle logical;
  pango_layout_get_extents(layout, nullptr, &logical);
  return {static_cast<double>(logical.width) / PANGO_SCALE, static_cast<double>(logical.height) / PANGO_SCALE,
          static_cast<double>(pango_layout_get_baseline(layout)) / PANGO_SCALE};
}

constexpr std::string_view kMinusSign = "\u2212";

std::string with_minus_sign(const std::string& number) {
  std::string out;
  for (const char c : number) {
    if (c == '-') {
      out += kMinusSign;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void require_fonts() {
  PangoFontMap* map = pango_cairo_font_map_get_default();
  PangoFontFamily** families = nullptr;
  int count = 0;
  pango_font_map_list_families(map, &families, &count);
  bool latin = false;
  bool chinese = false;
  for (int i = 0; i < count; ++i) {
    const std::string_view name = pango_font_family_get_name(families[i]);
    latin = latin || name == kLatinFamily;
    chinese = chinese || name == kChineseFamily;
  }
  g_free(families);
  if (!latin)
    throw base::InputError(tr("the font \"Open Sans\" is not installed; install the package fonts-open-sans"));
  if (!chinese) {
    throw base::InputError(
        tr("the font \"WenQuanYi Micro Hei\" is not installed; install the package fonts-wqy-microhei"));
  }
}

void set_colour(cairo_t* cairo, const Colour& colour) {
  cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
}

TextExtent measure_text(cairo_t* cairo, const std::string& text, const TextStyle& style, double width) {
  return extent_of(make_layout(cairo, text, style, width).get());
}

TextExtent draw_text(cairo_t* cairo, double x, double y, const std::string& text, const TextStyle& style,
                     double width) {
  const Layout layout = make_layout(cairo, text, style, width);
  const TextExtent extent = extent_of(layout.get());
  set_colour(cairo, style.colour);
  if (width < 0 && style.align != Align::left) x -= style.align == Align::right ? extent.width : extent.width / 2;
  cairo_move_to(cairo, x, y);
  pango_cairo_show_layout(cairo, layout.get());
  return extent;
}

double measure_number(cairo_t* cairo, const std::string& text, const TextStyle& style) {
  return extent_of(make_layout(cairo, with_minus_sign(text), style, -1).get()).width;
}

void draw_number(cairo_t* cairo, double x, double baseline, const std::string& text, const TextStyle& style) {
  const Layout layout = make_layout(cairo, with_minus_sign(text), style, -1);
  set_colour(cairo, style.colour);
  // Glyph by glyph with its own character as the cluster's text, the minus sign's being '-'.
  const PangoLayoutLine* line = pango_layout_get_line_readonly(layout.get(), 0);
  for (GSList* run = line ? line->runs : nullptr; run; run = run->next) {
    const auto* item = static_cast<PangoGlyphItem*>(run->data);
    const char* shaped = pango_layout_get_text(layout.get()) + item->item->offset;
    std::string characters;
    std::vector<cairo_glyph_t> glyphs;
    std::vector<cairo_text_cluster_t> clusters;
    for (int i = 0; i < item->glyphs->num_glyphs; ++i) {
      const PangoGlyphInfo& glyph = item->glyphs->glyphs[i];
      const char* character = shaped + item->glyphs->log_clusters[i];
      const std::string_view whole(character, static_cast<std::size_t>(g_utf8_next_char(character) - character));
      const std::string_view kept = whole == kMinusSign ? std::string_view("-") : whole;
      characters += kept;
      clusters.push_back({static_cast<int>(kept.size()), 1});
      glyphs.push_back({glyph.glyph, x + static_cast<double>(glyph.geometry.x_offset) / PANGO_SCALE, baseline});
      x += static_cast<double>(glyph.geometry.width) / PANGO_SCALE;
    }
    cairo_set_scaled_font(cairo, pango_cairo_font_get_scaled_font(PANGO_CAIRO_FONT(item->item->analysis.font)));
    cairo_show_text_glyphs(cairo, characters.data(), static_cast<int>(characters.size()), glyphs.data(),
                           static_cast<int>(glyphs.size()), clusters.data(), static_cast<int>(clusters.size()),
                           static_cast<cairo_text_cluster_flags_t>(0));
  }
}

}  // namespace etalon::archive
