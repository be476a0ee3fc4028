#include "archive/pdf_pages.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

// "Page 2 of 5 / 第 2 页 共 5 页"
std::string page_text(int page, int total, base::Language leading) {
  const Bilingual pattern = bilingual(label::kPageOf, leading);
  Bilingual text{fmt::format(fmt::runtime(pattern.first), page, total), {}};
  if (!pattern.second.empty()) text.second = fmt::format(fmt::runtime(pattern.second), page, total);
  return text.joined(" / ");
}

// Large, light, diagonal, below everything else.
void watermark(cairo_t* cairo, const Bilingual& mark) {
  const TextStyle style{30, Weight::semibold, {0.988, 0.918, 0.918}, Align::centre};
  cairo_save(cairo);
  cairo_translate(cairo, paper::kWidth / 2, paper::kHeight / 2);
  cairo_rotate(cairo, -std::atan2(paper::kHeight, paper::kWidth) * 0.95);
  double y = -(mark.second.empty() ? 20 : 42);
  for (const auto& text : {mark.first, mark.second}) {
    if (text.empty()) continue;
    y += draw_text(cairo, 0, y, text, style).height;
  }
  cairo_restore(cairo);
}

void banner(cairo_t* cairo, const Bilingual& mark) {
  constexpr double kHeight = 20;
  set_colour(cairo, paper::kWarning);
  cairo_new_path(cairo);
  cairo_rectangle(cairo, 0, 0, paper::kWidth, kHeight);
  cairo_fill(cairo);
  const TextStyle style{9.5, Weight::semibold, {1, 1, 1}, Align::centre};
  const auto text = mark.joined("     ");
  const auto extent = measure_text(cairo, text, style);
  draw_text(cairo, paper::kWidth / 2, (kHeight - extent.height) / 2, text, style);
}

}  // namespace

void rule(cairo_t* cairo, double x1, double x2, double y, double width, const Colour& colour) {
  set_colour(cairo, colour);
  cairo_set_line_width(cairo, width);
  cairo_move_to(cairo, x1, y);
  cairo_line_to(cairo, x2, y);
  cairo_stroke(cairo);
}

PdfPages::PdfPages(cairo_t* cairo, PageFurniture furniture) : cairo_(cairo), furniture_(std::move(furniture)) {
  furnish();
}

void PdfPages::furnish() {
  if (!furniture_.mark.first.empty()) {
    watermark(cairo_, furniture_.mark);
    banner(cairo_, furniture_.mark);
  }
  const TextStyle small{7.5, Weight::regular, paper::kGrey, Align::left};
  if (page_ > 1) {
    draw_text(cairo_, paper::kLeft, 36, furniture_.laboratory.joined("  "), small);
    TextStyle right = small;
    right.align = Align::right;
    draw_text(cairo_, paper::kRight, 36, furniture_.title.joined("  "), right);
    rule(cairo_, paper::kLeft, paper::kRight, 51, 0.6, paper::kAccent);
  }
  const double y = paper::kHeight - 44;
  rule(cairo_, paper::kLeft, paper::kRight, y, 0.4, paper::kLine);
  draw_text(cairo_, paper::kLeft, y + 6, furniture_.number_label.joined(" ") + "  " + furniture_.number, small);
  TextStyle right = small;
  right.align = Align::right;
  draw_text(cairo_, paper::kRight, y + 6, page_text(page_, furniture_.total_pages, furniture_.leading), right);
}

void PdfPages::next_page() {
  cairo_show_page(cairo_);
  ++page_;
  furnish();
  y = paper::kTop;
}

void PdfPages::need(double height) {
  if (height > room() && y > paper::kTop) next_page();
}

void PdfPages::paragraph(const Bilingual& text, const TextStyle& style, double with) {
  TextStyle grey = style;
  grey.colour = paper::kGrey;
  double height = measure_text(cairo_, text.first, style, paper::kTextWidth).height;
  if (!text.second.empty()) height += 1 + measure_text(cairo_, text.second, grey, paper::kTextWidth).height;
  if (height > paper::kBottom - paper::kTop) {
    throw base::InputError(fmt::format(fmt::runtime(tr("a text of the certificate is longer than a page: \"{}…\"")),
                                       text.first.substr(0, 60)));
  }
  need(height + with);
  y += draw_text(cairo_, paper::kLeft, y, text.first, style, paper::kTextWidth).height;
  if (!text.second.empty()) {
    y += 1 + draw_text(cairo_, paper::kLeft, y + 1, text.second, grey, paper::kTextWidth).height;
  }
  y += 4;
}

void PdfPages::section(const Bilingual& title, double with) {
  const TextStyle style{11, Weight::semibold, paper::kAccent, Align::left};
  const TextStyle second{9.5, Weight::regular, paper::kGrey, Align::left};
  if (y > paper::kTop) y += 10;
  need(24 + with);
  const auto first = draw_text(cairo_, paper::kLeft, y, fmt::format("{}  {}", ++sections_, title.first), style);
  if (!title.second.empty()) {
    const auto extent = measure_text(cairo_, title.second, second);
    draw_text(cairo_, paper::kLeft + first.width + 8, y + first.baseline - extent.baseline, title.second, second);
  }
  y += first.height + 2;
  rule(cairo_, paper::kLeft, paper::kRight, y, 0.6, paper::kAccent);
  y += 5;
}

}  // namespace etalon::archive
