#include "archive/pdf_fonts.h"

#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace etalon::archive {

namespace {

struct ObjectRelease {
  void operator()(gpointer object) const { g_object_unref(object); }
};
using Map = std::unique_ptr<PangoFontMap, ObjectRelease>;
using Context = std::unique_ptr<PangoContext, ObjectRelease>;
using Layout = std::unique_ptr<PangoLayout, ObjectRelease>;
using Description = std::unique_ptr<PangoFontDescription, decltype(&pango_font_description_free)>;

// The faces by their properties: others of the families (light, condensed) come with other packages.
struct Face {
  const char* family;
  int weight;
  int slant;
};
constexpr std::array faces{Face{"Open Sans", FC_WEIGHT_REGULAR, FC_SLANT_ROMAN},
                           Face{"Open Sans", FC_WEIGHT_REGULAR, FC_SLANT_ITALIC},
                           Face{"Open Sans", FC_WEIGHT_DEMIBOLD, FC_SLANT_ROMAN},
                           Face{"Open Sans", FC_WEIGHT_DEMIBOLD, FC_SLANT_ITALIC},
                           Face{"WenQuanYi Micro Hei", FC_WEIGHT_REGULAR, FC_SLANT_ROMAN},
                           Face{"DejaVu Sans", FC_WEIGHT_REGULAR, FC_SLANT_ROMAN},
                           Face{"DejaVu Sans", FC_WEIGHT_BOLD, FC_SLANT_ROMAN},
                           Face{"Noto Sans CJK SC", FC_WEIGHT_REGULAR, FC_SLANT_ROMAN},
                           Face{"Noto Sans CJK SC", FC_WEIGHT_BOLD, FC_SLANT_ROMAN}};

// The file of a face, a system's before a person's own; empty when it is not installed.
std::string file_of(const Face& face) {
  const std::unique_ptr<FcPattern, decltype(&FcPatternDestroy)> wanted(
      FcPatternBuild(nullptr, FC_FAMILY, FcTypeString, face.family, FC_WEIGHT, FcTypeInteger, face.weight, FC_SLANT,
                     FcTypeInteger, face.slant, FC_WIDTH, FcTypeInteger, FC_WIDTH_NORMAL, nullptr),
      &FcPatternDestroy);
  const std::unique_ptr<FcObjectSet, decltype(&FcObjectSetDestroy)> properties(FcObjectSetBuild(FC_FILE, nullptr),
                                                                               &FcObjectSetDestroy);
  const std::unique_ptr<FcFontSet, decltype(&FcFontSetDestroy)> found(
      FcFontList(nullptr, wanted.get(), properties.get()), &FcFontSetDestroy);
  std::vector<std::pair<bool, std::string>> files;
  for (int i = 0; found && i < found->nfont; ++i) {
    FcChar8* file = nullptr;
    if (FcPatternGetString(found->fonts[i], FC_FILE, 0, &file) != FcResultMatch) continue;
    const std::string path = reinterpret_cast<const char*>(file);
    files.emplace_back(!path.starts_with("/usr/share/fonts/"), path);
  }
  return files.empty() ? std::string() : std::min_element(files.begin(), files.end())->second;
}

Map make_map() {
  const std::unique_ptr<FcConfig, decltype(&FcConfigDestroy)> config(FcConfigCreate(), &FcConfigDestroy);
  for (const Face& face : faces) {
    const std::string file = file_of(face);
    if (!file.empty()) FcConfigAppFontAddFile(config.get(), reinterpret_cast<const FcChar8*>(file.c_str()));
  }
  Map map(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT));
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map.get()), config.get());
  return map;
}

bool is_blank(std::string_view cluster) {
  for (const char* at = cluster.data(); at < cluster.data() + cluster.size(); at = g_utf8_next_char(at)) {
    if (!g_unichar_isspace(g_utf8_get_char(at))) return false;
  }
  return true;
}

// As it is shaped, so that a letter with a mark that the font composes counts as one glyph.
bool has_ink(std::string_view cluster, const PangoFontDescription* description, const char* family) {
  static thread_local const Context context(pango_font_map_create_context(certificate_font_map()));
  const Layout layout(pango_layout_new(context.get()));
  const Description own(pango_font_description_copy(description), &pango_font_description_free);
  pango_font_description_set_family(own.get(), family);
  pango_font_description_set_absolute_size(own.get(), 100 * PANGO_SCALE);
  pango_layout_set_font_description(layout.get(), own.get());
  PangoAttrList* attributes = pango_attr_list_new();
  pango_attr_list_insert(attributes, pango_attr_fallback_new(FALSE));
  pango_layout_set_attributes(layout.get(), attributes);
  pango_attr_list_unref(attributes);
  pango_layout_set_text(layout.get(), cluster.data(), static_cast<int>(cluster.size()));
  bool any = false;
  const PangoLayoutLine* line = pango_layout_get_line_readonly(layout.get(), 0);
  for (const GSList* run = line ? line->runs : nullptr; run; run = run->next) {
    const auto* item = static_cast<const PangoGlyphItem*>(run->data);
    for (int i = 0; i < item->glyphs->num_glyphs; ++i) {
      const PangoGlyph glyph = item->glyphs->glyphs[i].glyph;
      if (glyph == 0 || glyph == PANGO_GLYPH_EMPTY || (glyph & PANGO_GLYPH_UNKNOWN_FLAG)) return false;
      PangoRectangle ink;
      pango_font_get_glyph_extents(item->item->analysis.font, glyph, &ink, nullptr);
      if (ink.width <= 0 || ink.height <= 0) return false;
      any = true;
    }
  }
  return any;
}

FontChoice choose(std::string_view cluster, const PangoFontDescription* description) {
  for (std::size_t i = 0; i < certificate_fonts.size(); ++i) {
    const CertificateFont& font = certificate_fonts.at(i);
    // The next one must not stand in for it: another machine would draw the same text otherwise.
    if (!is_installed(font)) return {std::nullopt, false, font.package};
    if (has_ink(cluster, description, font.family)) return {i, true, ""};
  }
  return {std::nullopt, false, ""};
}

}  // namespace

PangoFontMap* certificate_font_map() {
  static thread_local const Map map = make_map();
  return map.get();
}

bool is_installed(const CertificateFont& font) {
  static const std::vector<std::string> missing = [] {
    std::vector<std::string> families;
    for (const Face& face : faces) {
      if (file_of(face).empty()) families.emplace_back(face.family);
    }
    return families;
  }();
  return std::find(missing.begin(), missing.end(), font.family) == missing.end();
}

std::string_view cluster_at(std::string_view text, std::size_t at) {
  const char* const begin = text.data() + at;
  const char* const end = text.data() + text.size();
  const char* next = g_utf8_next_char(begin);
  while (next < end && g_unichar_ismark(g_utf8_get_char(next)))
    next = g_utf8_next_char(next);
  return {begin, static_cast<std::size_t>(std::min(next, end) - begin)};
}

FontChoice font_for(std::string_view cluster, const PangoFontDescription* description) {
  if (is_blank(cluster)) return {};
  using Key = std::pair<std::pair<int, int>, std::string>;
  static thread_local std::map<Key, FontChoice> known;
  Key key{{pango_font_description_get_weight(description), pango_font_description_get_style(description)},
          std::string(cluster)};
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  return known.emplace(std::move(key), choose(cluster, description)).first->second;
}

}  // namespace etalon::archive
