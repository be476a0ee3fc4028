// No visible character of a certificate is without ink on paper: compared by picture, as the text layer of a PDF holds
// characters that nobody sees.
#include <cairo-pdf.h>

#include <iconv.h>

#include <catch2/catch.hpp>
#include <memory>

#include "archive/certificate_pdf.h"
#include "archive/dcc_writer.h"
#include "archive/pdf_text.h"
#include "base/error.h"
#include "base/file.h"
#include "base/visible_text.h"
#include "tests/archive/chinese_catalogue.h"
#include "tests/archive/program_output.h"
#include "tests/archive/sample_certificate.h"

using namespace etalon;
using namespace etalon::archive;

namespace {

std::string utf8(char32_t code) {
  std::string text;
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0 | (code >> 6));
    text += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    text += static_cast<char>(0xE0 | (code >> 12));
    text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | (code >> 18));
    text += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (code & 0x3F));
  }
  return text;
}

// A small white sheet on which one text is drawn at a time.
class Sheet {
 public:
  Sheet()
      : surface_(cairo_image_surface_create(CAIRO_FORMAT_A8, kSide, kSide), &cairo_surface_destroy),
        cairo_(cairo_create(surface_.get()), &cairo_destroy) {}

  // Of the darkest pixel, 0 to 255.
  int ink(const std::string& text, Weight weight) {
    cairo_save(cairo_.get());
    cairo_set_operator(cairo_.get(), CAIRO_OPERATOR_CLEAR);
    cairo_paint(cairo_.get());
    cairo_restore(cairo_.get());
    TextStyle style;
    style.size = 24;
    style.weight = weight;
    draw_text(cairo_.get(), 16, 4, text, style);
    cairo_surface_flush(surface_.get());
    const unsigned char* pixels = cairo_image_surface_get_data(surface_.get());
    int darkest = 0;
    for (int i = 0; i < kSide * cairo_image_surface_get_stride(surface_.get()); ++i)
      darkest = std::max<int>(darkest, pixels[i]);
    return darkest;
  }

 private:
  static constexpr int kSide = 64;
  std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface_;
  std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cairo_;
};

bool has_ink(const std::string& text) {
  static Sheet sheet;
  return sheet.ink(text, Weight::regular) > 60 && sheet.ink(text, Weight::semibold) > 60;
}

// Rows 1 to 9 of GB 2312: signs, numbers, kana, Greek, Cyrillic, Latin with tone marks, bopomofo, frames.
std::vector<std::string> signs_of_gb2312() {
  std::vector<std::string> signs;
  const iconv_t conversion = iconv_open("UTF-8", "GB2312");
  REQUIRE(conversion != reinterpret_cast<iconv_t>(-1));
  for (int row = 1; row <= 9; ++row) {
    for (int cell = 1; cell <= 94; ++cell) {
      char in[2] = {static_cast<char>(0xA0 + row), static_cast<char>(0xA0 + cell)};
      char out[8];
      char *from = in, *to = out;
      std::size_t left = 2, room = sizeof out;
      if (iconv(conversion, &from, &left, &to, &room) != static_cast<std::size_t>(-1)) signs.emplace_back(out, to);
      iconv(conversion, nullptr, nullptr, nullptr, nullptr);
    }
  }
  iconv_close(conversion);
  return signs;
}

// Empty outlines of WenQuanYi Micro Hei, units and signs of certificates, letters of names.
const std::vector<std::string> kOthers = {
    "℃",  "℉",  "㎜", "㎝", "㎞", "㎏", "㎎", "㎡", "㏄", "㏎",      "㏑",     "㏒", "㏕", "℡",  "№",  "‰",
    "‱",  "Ω",  "Å",  "µ",  "μ",  "°",  "½",  "±",  "−",  "≤",       "≥",      "≈",  "·",  "×",  "²",  "³",
    "⁻",  "⁶",  "χ",  "ν",  "ⅰ",  "ⅱ",  "ⅲ",  "ⅳ",  "ⅸ",  "ⅹ",       "Ⅰ",      "Ⅳ",  "Ⅸ",  "Ⅻ",  "①",  "⑩",
    "㈠", "㊣", "ā",  "á",  "ǎ",  "à",  "ē",  "ī",  "ō",  "ū",       "ü",      "ǖ",  "ǘ",  "ǚ",  "ǜ",  "ê",
    "ń",  "ň",  "ǹ",  "ß",  "ø",  "ł",  "ž",  "ő",  "㛃", "䶮",      "𠮷",     "𠅤", "镕", "堃", "喆", "〇",
    "々", "Σ",  "Ж",  "ё",  "（", "〔", "【", "／", "Ａ", "e\u0301", "n\u030C"};

}  // namespace

TEST_CASE("signs, units and letters of names have ink on paper") {
  const auto signs = signs_of_gb2312();
  REQUIRE(signs.size() == 682);
  for (const auto* list : {&signs, &kOthers}) {
    for (const std::string& sign : *list) {
      if (sign == "\u3000") continue;  // the ideographic blank
      INFO(sign);
      const auto undrawable = find_undrawable(sign);
      INFO((undrawable ? undrawable_sentence(*undrawable) : std::string()));
      REQUIRE_FALSE(undrawable);
      CHECK(has_ink(sign));
    }
  }
}

TEST_CASE("a character is drawn with ink or refused, never left out") {
  int drawn = 0;
  for (char32_t code = 0x21; code < 0x2A6E0; ++code) {
    if (code >= 0xD800 && code < 0xF900) continue;    // surrogates, private
    if (code >= 0x10000 && code < 0x1F000) continue;  // old scripts
    if (code > 0x20000 && code % 16 != 0) continue;   // a sample of the rare ideographs
    const std::string text = utf8(code);
    if (base::find_invisible(text)) continue;
    if (code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x205F ||
        code == 0x3000)
      continue;  // blanks
    if (find_undrawable(text)) continue;
    ++drawn;
    INFO(std::hex << static_cast<unsigned>(code));
    static Sheet sheet;
    CHECK(sheet.ink(text, Weight::regular) > 20);
  }
  CHECK(drawn > 30000);
}

TEST_CASE("bytes that are no text, and characters that draw nothing, are found") {
  REQUIRE(find_undrawable("a\xF0\x9F"));
  CHECK(find_undrawable("a\xF0\x9F")->name == "0xF0");
  CHECK(find_undrawable(std::string("a\0b", 3))->name == "0x00");
  CHECK(find_undrawable("a\u202E")->name == "U+202E");
  CHECK(find_undrawable("a\u200Bb")->name == "U+200B");
  CHECK_FALSE(find_undrawable("a b\u00A0\u3000c"));
}

TEST_CASE("what no font of the list draws is refused with the character, its text and its field") {
  load_chinese();
  Certificate c = sample_certificate();
  const auto dcc = write_dcc(c);
  c.item.name.en = "Multimeter \U0001F9EA 6";
  CHECK_THROWS_WITH(write_pdf(c, dcc), Catch::Contains("U+1F9EA") && Catch::Contains("Multimeter \U0001F9EA 6") &&
                                           Catch::Contains("item's name"));
  c.item.name.en = "Multimeter";
  c.persons[1].name.zh = "王\u0E01";  // Thai: other machines have fonts for it
  CHECK_THROWS_WITH(write_pdf(c, dcc), Catch::Contains("U+0E01") && Catch::Contains("responsible person"));
}

TEST_CASE("the text layer holds the characters that are drawn, and no watermark between them") {
  load_chinese();
  Certificate c = sample_certificate(CertificateStatus::simulated);
  // Ω and Ohm sign, µ and mu share glyphs in some fonts.
  const std::string signs = "0.05℃级 68℉ 5㎜ 2㎏ №7 Ω1 Ω2 µ1 μ2 Å Ⅳ ǚ 㛃䶮𠮷 ‰ Ж（6½）";
  c.item.condition = {signs, signs};
  c.customer.name = {"㛃䶮𠮷计量有限公司", "㛃䶮𠮷计量有限公司"};
  const std::string path = ETALON_BINARY_DIR "/certificate-samples/characters.pdf";
  base::write_file_atomically(path, write_pdf(c, write_dcc(c)));
  std::string text = program_output("pdftotext -raw '" + path + "' -").text;
  std::string joined;
  for (const char ch : text)
    if (ch != '\n' && ch != ' ') joined += ch;
  for (const std::string word : {"0.05℃级", "68℉", "5㎜", "2㎏", "№7", "Ω1", "Ω2", "µ1", "μ2", "Å", "Ⅳ", "ǚ", "㛃䶮𠮷",
                                 "‰", "Ж（6½）", "㛃䶮𠮷计量有限公司"}) {
    INFO(word);
    CHECK(joined.find(word) != std::string::npos);
  }
  // Once a page in the banner, not a second time from the watermark.
  const std::string info = program_output("pdfinfo '" + path + "'").text;
  const int pages = std::stoi(info.substr(info.find("Pages:") + 6));
  int marks = 0;
  for (auto at = text.find("SIMULATED DATA"); at != std::string::npos; at = text.find("SIMULATED DATA", at + 1))
    ++marks;
  CHECK(marks == pages);
}
