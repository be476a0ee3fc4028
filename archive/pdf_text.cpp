#include "archive/pdf_text.h"

#include <fmt/format.h>

#include <pango/pangocairo.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "archive/pdf_fonts.h"
#include "base/error.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::archive {

using base::tr;

namespace {

struct ObjectRelease {
  void operator()(gpointer object) const { g_object_unref(object); }
};
using Layout = std::unique_ptr<PangoLayout, ObjectRelease>;
using Description = std::unique_ptr<PangoFontDescription, decltype(&pango_font_description_free)>;

Description description_of(const TextStyle& style) {
  Description font(pango_font_description_new(), &pango_font_description_free);
  pango_font_description_set_family(font.get(), certificate_fonts.front().family);
  pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
  pango_font_description_set_weight(font.get(),
                                    style.weight == Weight::semibold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
  if (style.italic) pango_font_description_set_style(font.get(), PANGO_STYLE_ITALIC);
  return font;
}

UndrawableCharacter undrawable(std::string_view cluster, const PangoFontDescription* description,
                               const char* wanted_package) {
  // Of a letter with marks the first one that has no ink by itself.
  std::string_view culprit =
      cluster.substr(0, static_cast<std::size_t>(g_utf8_next_char(cluster.data()) - cluster.data()));
  for (const char* at = cluster.data(); at < cluster.data() + cluster.size(); at = g_utf8_next_char(at)) {
    const std::string_view one(at, static_cast<std::size_t>(g_utf8_next_char(at) - at));
    if (font_for(one, description).drawn) continue;
    culprit = one;
    break;
  }
  return {fmt::format("U+{:04X}", static_cast<unsigned>(g_utf8_get_char(culprit.data()))), std::string(cluster),
          wanted_package};
}

struct FontRun {
  std::size_t begin = 0, end = 0;  // bytes
  std::size_t font = 0;
};

struct FontRuns {
  std::vector<FontRun> runs;
  std::optional<UndrawableCharacter> undrawable;
};

// Blanks take the font of what stands before them.
FontRuns font_runs(const std::string& text, const PangoFontDescription* description) {
  FontRuns found;
  const char* end = nullptr;
  if (!g_utf8_validate(text.data(), static_cast<gssize>(text.size()), &end)) {
    const auto byte = static_cast<unsigned char>(*end);
    found.undrawable = {fmt::format("0x{:02X}", byte), base::visible_line(std::string_view(end, 1)), ""};
    return found;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view cluster = cluster_at(text, at);
    const FontChoice choice = font_for(cluster, description);
    if (!choice.drawn) {
      found.undrawable = undrawable(cluster, description, choice.wanted_package);
      return found;
    }
    const std::size_t font = choice.font.value_or(found.runs.empty() ? 0 : found.runs.back().font);
    if (found.runs.empty() || found.runs.back().font != font) found.runs.push_back({at, at, font});
    at += cluster.size();
    found.runs.back().end = at;
  }
  return found;
}

[[noreturn]] void refuse(const UndrawableCharacter& character, const std::string& text) {
  throw base::InputError(
      fmt::format(fmt::runtime(tr("{} in \"{}\"")), undrawable_sentence(character), text.substr(0, 600)));
}

// Which font draws which part; pango is not to look for others.
PangoAttrList* font_attributes(const std::string& text, const PangoFontDescription* description) {
  const FontRuns found = font_runs(text, description);
  if (found.undrawable) refuse(*found.undrawable, text);
  PangoAttrList* attributes = pango_attr_list_new();
  pango_attr_list_insert(attributes, pango_attr_fallback_new(FALSE));
  // A hyphen at a line's end would read as part of the text.
  pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
  for (const FontRun& run : found.runs) {
    PangoAttribute* family = pango_attr_family_new(certificate_fonts.at(run.font).family);
    family->start_index = static_cast<guint>(run.begin);
    family->end_index = static_cast<guint>(run.end);
    pango_attr_list_insert(attributes, family);
  }
  return attributes;
}

// Hinting and subpixel settings of the machine must not change the bytes.
Layout make_layout(cairo_t* cairo, const std::string& text, const TextStyle& style, double width) {
  const std::unique_ptr<PangoContext, ObjectRelease> context(pango_font_map_create_context(certificate_font_map()));
  pango_cairo_update_context(cairo, context.get());
  pango_cairo_context_set_resolution(context.get(), 72);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context.get(), options);
  cairo_font_options_destroy(options);
  pango_context_set_round_glyph_positions(context.get(), FALSE);
  Layout layout(pango_layout_new(context.get()));
  const Description description = description_of(style);
  pango_layout_set_font_description(layout.get(), description.get());
  PangoAttrList* attributes = font_attributes(text, description.get());
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
  return layout;
}

// What was measured cluster by cluster may be shaped otherwise in its surroundings: every glyph that is about to be
// drawn has ink, or belongs to a blank.
void require_ink(PangoLayout* layout, const std::string& text) {
  for (const GSList* lines = pango_layout_get_lines_readonly(layout); lines; lines = lines->next) {
    for (const GSList* run = static_cast<PangoLayoutLine*>(lines->data)->runs; run; run = run->next) {
      const auto* item = static_cast<const PangoGlyphItem*>(run->data);
      for (int i = 0; i < item->glyphs->num_glyphs; ++i) {
        const PangoGlyphInfo& glyph = item->glyphs->glyphs[i];
        const char* const shaped = pango_layout_get_text(layout) + item->item->offset + item->glyphs->log_clusters[i];
        if (g_unichar_isspace(g_utf8_get_char(shaped))) continue;
        PangoRectangle ink{};
        if (glyph.glyph != 0 && glyph.glyph != PANGO_GLYPH_EMPTY && !(glyph.glyph & PANGO_GLYPH_UNKNOWN_FLAG))
          pango_font_get_glyph_extents(item->item->analysis.font, glyph.glyph, &ink, nullptr);
        if (ink.width > 0 && ink.height > 0) continue;
        refuse({fmt::format("U+{:04X}", static_cast<unsigned>(g_utf8_get_char(shaped))),
                std::string(shaped, static_cast<const char*>(g_utf8_next_char(shaped))), ""},
               text);
      }
    }
  }
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
  for (const CertificateFont& font : {certificate_fonts[0], certificate_fonts[1]}) {
    if (is_installed(font)) continue;
    throw base::InputError(fmt::format(fmt::runtime(tr("the font \"{}\" is not installed; install the package {}")),
                                       font.family, font.package));
  }
}

std::optional<UndrawableCharacter> find_undrawable(const std::string& text, Weight weight) {
  TextStyle style;
  style.weight = weight;
  return font_runs(text, description_of(style).get()).undrawable;
}

std::string undrawable_sentence(const UndrawableCharacter& character) {
  return character.wanted_package.empty()
             ? fmt::format(fmt::runtime(tr("no font of the certificate draws the character {} \"{}\"")), character.name,
                           character.text)
             : fmt::format(fmt::runtime(tr("the character {} \"{}\" needs a font that is not installed (package {})")),
                           character.name, character.text, character.wanted_package);
}

void set_colour(cairo_t* cairo, const Colour& colour) {
  cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue);
}

TextExtent measure_text(cairo_t* cairo, const std::string& text, const TextStyle& style, double width) {
  return extent_of(make_layout(cairo, text, style, width).get());
}

namespace {

// The layout where it is to be drawn, the current point at its top left corner.
Layout placed(cairo_t* cairo, double x, double y, const std::string& text, const TextStyle& style, double width) {
  Layout layout = make_layout(cairo, text, style, width);
  require_ink(layout.get(), text);
  set_colour(cairo, style.colour);
  if (width < 0 && style.align != Align::left) {
    const double whole = extent_of(layout.get()).width;
    x -= style.align == Align::right ? whole : whole / 2;
  }
  cairo_move_to(cairo, x, y);
  return layout;
}

}  // namespace

TextExtent draw_text(cairo_t* cairo, double x, double y, const std::string& text, const TextStyle& style,
                     double width) {
  const Layout layout = placed(cairo, x, y, text, style, width);
  pango_cairo_show_layout(cairo, layout.get());
  return extent_of(layout.get());
}

TextExtent draw_text_outline(cairo_t* cairo, double x, double y, const std::string& text, const TextStyle& style) {
  const Layout layout = placed(cairo, x, y, text, style, -1);
  pango_cairo_layout_path(cairo, layout.get());
  cairo_fill(cairo);
  return extent_of(layout.get());
}

TextStyle fitting_style(cairo_t* cairo, const std::string& text, TextStyle style, double width, double height,
                        double smallest) {
  while (style.size > smallest && measure_text(cairo, text, style, width).height > height)
    style.size = std::max(smallest, style.size - 0.25);
  return style;
}

std::string shortened(cairo_t* cairo, const std::string& text, const TextStyle& style, double width, double height) {
  const auto has_room = [&](const std::string& part) {
    return height < 0 ? measure_text(cairo, part, style).width <= width
                      : measure_text(cairo, part, style, width).height <= height;
  };
  if (has_room(text)) return text;
  std::vector<std::size_t> ends;  // of clusters
  for (std::size_t at = 0; at < text.size();) {
    ends.push_back(at);
    at += cluster_at(text, at).size();
  }
  const auto first_too_long = std::partition_point(
      ends.begin(), ends.end(), [&](std::size_t end) { return has_room(text.substr(0, end) + "…"); });
  return (first_too_long == ends.begin() ? std::string() : text.substr(0, *std::prev(first_too_long))) + "…";
}

double measure_number(cairo_t* cairo, const std::string& text, const TextStyle& style) {
  return extent_of(make_layout(cairo, with_minus_sign(text), style, -1).get()).width;
}

void draw_number(cairo_t* cairo, double x, double baseline, const std::string& text, const TextStyle& style) {
  const std::string shown = with_minus_sign(text);
  const Layout layout = make_layout(cairo, shown, style, -1);
  require_ink(layout.get(), shown);
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
