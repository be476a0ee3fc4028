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
    y += draw_text_outline(cairo, 0, y, text, style).height;
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

namespace {

// What is longer than the room in the head or foot of the page is printed smaller. The smallest print is small enough
// for the longest identification, so that none is cut; a long name ends in an ellipsis when even that is too long.
struct FurnitureText {
  std::string text;
  TextStyle style;
  double height = 0;
};

FurnitureText fitted(cairo_t* cairo, const std::string& text, TextStyle style, double width, double height) {
  constexpr double kSmallest = 3.5;
  style = fitting_style(cairo, text, style, width, height, kSmallest);
  const std::string shown = shortened(cairo, text, style, width, height);
  return {shown, style, measure_text(cairo, shown, style, width).height};
}

}  // namespace

void PdfPages::furnish() {
  if (!furniture_.mark.first.empty()) {
    watermark(cairo_, furniture_.mark);
    banner(cairo_, furniture_.mark);
  }
  constexpr double kGap = 14;
  constexpr double kTwoLines = 21;
  const TextStyle small{7.5, Weight::regular, paper::kGrey, Align::left};
  TextStyle right = small;
  right.align = Align::right;
  if (page_ > 1) {
    const auto title = fitted(cairo_, furniture_.title.joined("  "), right, paper::kTextWidth * 0.45, kTwoLines);
    const double taken = std::min(paper::kTextWidth * 0.45, measure_text(cairo_, title.text, title.style).width + 1);
    const double width = paper::kTextWidth - taken - kGap;
    const auto laboratory = fitted(cairo_, furniture_.laboratory.joined("  "), small, width, kTwoLines);
    draw_text(cairo_, paper::kLeft, 49 - laboratory.height, laboratory.text, laboratory.style, width);
    draw_text(cairo_, paper::kRight - taken, 49 - title.height, title.text, title.style, taken);
    rule(cairo_, paper::kLeft, paper::kRight, 51, 0.6, paper::kAccent);
  }
  const double y = paper::kHeight - 44;
  rule(cairo_, paper::kLeft, paper::kRight, y, 0.4, paper::kLine);
  const std::string page = page_text(page_, furniture_.total_pages, furniture_.leading);
  const double width = paper::kTextWidth - measure_text(cairo_, page, right).width - kGap;
  const auto number =
      fitted(cairo_, furniture_.number_label.joined(" ") + "  " + furniture_.number, small, width, kTwoLines);
  draw_text(cairo_, paper::kLeft, y + 6, number.text, number.style, width);
  draw_text(cairo_, paper::kRight, y + 6, page, right);
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

void PdfPages::need_on_one_page(double height, const std::string& text) {
  if (height > paper::kBottom - paper::kTop) {
    throw base::InputError(fmt::format(fmt::runtime(tr("a text of the certificate is longer than a page: \"{}\"")),
                                       shortened(cairo_, text, TextStyle{}, 250)));
  }
  need(height);
}

void PdfPages::paragraph(const Bilingual& text, const TextStyle& style, double with) {
  TextStyle grey = style;
  grey.colour = paper::kGrey;
  double height = measure_text(cairo_, text.first, style, paper::kTextWidth).height;
  if (!text.second.empty()) height += 1 + measure_text(cairo_, text.second, grey, paper::kTextWidth).height;
  need_on_one_page(height, text.first);
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
