// A table that runs over pages: its header row is repeated, numbers stand with their decimal points below each other,
// column widths follow the contents.
#pragma once

#include <string>
#include <vector>

#include "archive/pdf_pages.h"

namespace etalon::archive {

enum class ColumnKind { text, number };

struct TableColumn {
  Bilingual header;
  std::string symbol;  // third line of the header: "U"; a single letter is in italics
  std::string unit;    // beside it, upright, in brackets: "µV"
  ColumnKind kind = ColumnKind::text;
  double stretch = 1;     // share of the width that is left over
  bool unbroken = false;  // its texts stay on one line
};

// A number is in `first`, alone.
struct TableCell {
  Bilingual text;
  Colour colour = paper::kInk;
  Weight weight = Weight::regular;
};

struct PdfTable {
  Bilingual caption;    // empty: none
  Bilingual continued;  // added to the caption on further pages
  std::vector<TableColumn> columns;
  std::vector<std::vector<TableCell>> rows;
};

// Kept on one page when it has room on a fresh one; otherwise never a header with a single row below it. InputError
// when a row has another number of cells than there are columns, or the numbers are too wide for the page.
void draw_table(PdfPages& pages, const PdfTable& table);
// Of caption, header and all rows.
double table_height(cairo_t* cairo, const PdfTable& table);

}  // namespace etalon::archive
