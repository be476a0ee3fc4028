// Pages of the printed certificate: margins, a cursor that goes down, and what stands on every page (number, page n of
// N, the mark of certificates that were not issued). Lengths in points, origin at the top left.
#pragma once

#include <cairo.h>

#include <string>

#include "archive/certificate_labels.h"
#include "archive/pdf_text.h"

namespace etalon::archive {

namespace paper {
inline constexpr double kWidth = 595.276;  // A4
inline constexpr double kHeight = 841.890;
inline constexpr double kLeft = 51;
inline constexpr double kRight = kWidth - 51;
inline constexpr double kTextWidth = kRight - kLeft;
inline constexpr double kTop = 66;
inline constexpr double kBottom = kHeight - 62;
inline constexpr Colour kInk{0.10, 0.12, 0.15};
inline constexpr Colour kGrey{0.40, 0.43, 0.47};
inline constexpr Colour kLine{0.80, 0.82, 0.85};
inline constexpr Colour kAccent{0.05, 0.22, 0.45};
inline constexpr Colour kWarning{0.75, 0.09, 0.09};
}  // namespace paper

struct PageFurniture {
  std::string number;
  Bilingual laboratory;
  Bilingual number_label;
  Bilingual title;
  Bilingual mark;  // empty: none
  base::Language leading = base::Language::zh;
  int total_pages = 1;
};

class PdfPages {
 public:
  // Starts the first page.
  PdfPages(cairo_t* cairo, PageFurniture furniture);
  cairo_t* cairo() const { return cairo_; }
  double y = paper::kTop;
  double room() const { return paper::kBottom - y; }
  int page() const { return page_; }
  // A new page when less than `height` is left on this one.
  void need(double height);
  // The same for something that is not cut; InputError that names it by the beginning of `text` when no page has room.
  void need_on_one_page(double height, const std::string& text);
  void next_page();
  // A paragraph over the width, leading language first; moves the cursor; `with` points after it
  // stay on the same page. InputError when it is longer than a page.
  void paragraph(const Bilingual& text, const TextStyle& style, double with = 0);
  // "1  Title 标题" with a rule; keeps `with` points after it on the same page.
  void section(const Bilingual& title, double with);

 private:
  void furnish();

  cairo_t* cairo_;
  PageFurniture furniture_;
  int page_ = 1;
  int sections_ = 0;
};

void rule(cairo_t* cairo, double x1, double x2, double y, double width, const Colour& colour);

}  // namespace etalon::archive
