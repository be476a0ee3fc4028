// The fonts of the printed certificate: a fixed list, tried in this order. Whatever else is installed on a machine, and
// its owner's font settings, have no say: the same text is drawn with the same fonts everywhere, or refused.
#pragma once

#include <pango/pango.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace etalon::archive {

struct CertificateFont {
  const char* family;
  const char* package;  // Debian's
};

// Latin; Chinese; signs that both lack or, as WenQuanYi Micro Hei with U+2103 and sixteen others, map to an empty
// outline; rare ideographs of names.
inline constexpr std::array<CertificateFont, 4> certificate_fonts{{{"Open Sans", "fonts-open-sans"},
                                                                   {"WenQuanYi Micro Hei", "fonts-wqy-microhei"},
                                                                   {"DejaVu Sans", "fonts-dejavu-core"},
                                                                   {"Noto Sans CJK SC", "fonts-noto-cjk"}}};

// pango's map of these fonts and no others; lives as long as the thread.
PangoFontMap* certificate_font_map();
bool is_installed(const CertificateFont& font);

// A base character with its marks from byte `at` on.
std::string_view cluster_at(std::string_view text, std::size_t at);

struct FontChoice {
  std::optional<std::size_t> font;  // of certificate_fonts; none: blank, any font will do
  bool drawn = true;                // false: no font of the list has ink for it
  const char* wanted_package = "";  // of a font that might, but is not installed
};
// The first font in which every glyph of the cluster has ink. A glyph without outline counts as missing, as does
// .notdef. `description` says weight and slant.
FontChoice font_for(std::string_view cluster, const PangoFontDescription* description);

}  // namespace etalon::archive
