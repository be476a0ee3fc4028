#include "archive/pdf_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

constexpr double kPadding = 4;       // left and right of a cell
constexpr double kRowPadding = 2.2;  // above and below

struct Styles {
  TextStyle header, header_second, symbol, unit, cell, cell_second;
};

Styles styles(double size) {
  return {{size - 0.8, Weight::semibold, paper::kInk, Align::centre},
          {size - 1.3, Weight::regular, paper::kGrey, Align::centre},
          {size - 0.6, Weight::regular, paper::kInk, Align::left, true},
          {size - 0.8, Weight::regular, paper::kInk, Align::left},
          {size, Weight::regular, paper::kInk, Align::left},
          {size - 0.8, Weight::regular, paper::kGrey, Align::left}};
}

TextStyle style_of(const TableCell& cell, const Styles& styles) {
  TextStyle style = styles.cell;
  style.colour = cell.colour;
  style.weight = cell.weight;
  return style;
}

std::string bracketed(const std::string& unit) {
  return unit.empty() ? unit : "(" + unit + ")";
}

// Symbols of quantities are single letters in italics, abbreviations upright (ISO 80000-1, 7.1).
const TextStyle& symbol_style(const TableColumn& column, const Styles& styles) {
  const auto latin =
      std::count_if(column.symbol.begin(), column.symbol.end(), [](unsigned char c) { return std::isalpha(c); });
  const bool letter = latin <= 1;
  return letter ? styles.symbol : styles.unit;
}

// "U (µV)"
double sign_width(cairo_t* cairo, const TableColumn& column, const Styles& styles) {
  double width = 0;
  if (!column.symbol.empty()) width += measure_text(cairo, column.symbol, symbol_style(column, styles)).width;
  if (!column.unit.empty()) width += measure_text(cairo, bracketed(column.unit), styles.unit).width;
  return width + (column.symbol.empty() || column.unit.empty() ? 0 : 3);
}

void draw_sign(cairo_t* cairo, double middle, double baseline, const TableColumn& column, const Styles& styles) {
  double x = middle - sign_width(cairo, column, styles) / 2;
  const auto draw = [&](const std::string& text, const TextStyle& style) {
    if (text.empty()) return;
    x += draw_text(cairo, x, baseline - measure_text(cairo, text, style).baseline, text, style).width + 3;
  };
  draw(column.symbol, symbol_style(column, styles));
  draw(bracketed(column.unit), styles.unit);
}

std::string integer_part(const std::string& number) {
  return number.substr(0, number.find('.'));
}

struct NumberWidth {
  double integer = 0;
  double fraction = 0;  // with the point
};

NumberWidth number_width(cairo_t* cairo, const std::string& number, const TextStyle& style) {
  const double integer = measure_number(cairo, integer_part(number), style);
  return {integer, measure_number(cairo, number, style) - integer};
}

// The narrowest width that does not break inside a Latin word, as far as `longest` goes. Chinese breaks between
// characters; terms of up to `whole_term` characters are kept whole.
double widest_word(cairo_t* cairo, const std::string& text, const TextStyle& style, double longest,
                   std::size_t whole_term = 1) {
  double widest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    if (end > at) {
      const std::string word = text.substr(at, end - at);
      const bool chinese = static_cast<unsigned char>(word[0]) >= 0xe3;
      const bool breakable = chinese && word.size() > 3 * whole_term;
      widest = std::max(widest, measure_text(cairo, breakable ? word.substr(0, 3) : word, style).width);
    }
    at = end + 1;
  }
  return std::min(widest, longest);
}

struct Plan {
  Styles style;
  std::vector<double> left;
  std::vector<double> width;
  std::vector<NumberWidth> numbers;  // the widest of each column
  double header_height = 0;
  double caption_height = 0;  // of the longer one, of the pages that continue
};

constexpr double kCaptionGap = 6;

TextStyle caption_style(const Styles& styles) {
  TextStyle style = styles.cell;
  style.weight = Weight::semibold;
  return style;
}

TextStyle caption_second_style(const Styles& styles) {
  TextStyle style = styles.cell;
  style.colour = paper::kGrey;
  return style;
}

// The rest of the caption stands beside its title where it has room there, else below; its height, drawn or measured.
double caption(cairo_t* cairo, double y, const PdfTable& table, const Styles& styles, bool continued, bool draw) {
  if (table.caption.first.empty()) return 0;
  const TextStyle title = caption_style(styles);
  const TextStyle second = caption_second_style(styles);
  std::string rest = table.caption.second;
  if (continued) rest += (rest.empty() ? "(" : "  (") + table.continued.joined(" ") + ")";
  const auto first = measure_text(cairo, table.caption.first, title, paper::kTextWidth);
  if (draw) draw_text(cairo, paper::kLeft, y, table.caption.first, title, paper::kTextWidth);
  if (rest.empty()) return first.height + 4;
  const auto extent = measure_text(cairo, rest, second);
  const double left = first.width + kCaptionGap;
  const double line = measure_text(cairo, "X", title).height;
  if (first.height < 1.5 * line && left + extent.width <= paper::kTextWidth) {
    if (draw) draw_text(cairo, paper::kLeft + left, y + first.baseline - extent.baseline, rest, second);
    return std::max(first.height, extent.height) + 4;
  }
  const double below = measure_text(cairo, rest, second, paper::kTextWidth).height;
  if (draw) draw_text(cairo, paper::kLeft, y + first.height, rest, second, paper::kTextWidth);
  return first.height + below + 4;
}

// Words of texts are broken where they are longer than `longest`, numbers never. None where the page is too narrow.
std::optional<Plan> plan_with(cairo_t* cairo, const PdfTable& table, double size, double longest) {
  Plan plan{styles(size), {}, {}, {}, 0, 0};
  double total = 0;
  double stretch = 0;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const auto& column = table.columns[c];
    double width = std::max({widest_word(cairo, column.header.first, plan.style.header, longest, 6),
                             widest_word(cairo, column.header.second, plan.style.header_second, longest, 6),
                             sign_width(cairo, column, plan.style)});
    NumberWidth numbers;
    for (const auto& row : table.rows) {
      const auto& text = row.at(c).text;
      if (column.kind == ColumnKind::number) {
        const auto one = number_width(cairo, text.first, style_of(row[c], plan.style));
        numbers.integer = std::max(numbers.integer, one.integer);
        numbers.fraction = std::max(numbers.fraction, one.fraction);
      } else {
        const TextStyle first = style_of(row[c], plan.style);
        width = std::max({width,
                          column.unbroken ? std::min(longest, measure_text(cairo, text.first, first).width)
                                          : widest_word(cairo, text.first, first, longest),
                          widest_word(cairo, text.second, plan.style.cell_second, longest)});
      }
    }
    width = std::max(width, numbers.integer + numbers.fraction) + 2 * kPadding;
    plan.width.push_back(width);
    plan.numbers.push_back(numbers);
    total += width;
    stretch += column.stretch;
  }
  if (total > paper::kTextWidth) return std::nullopt;
  double x = paper::kLeft;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (stretch > 0) plan.width[c] += (paper::kTextWidth - total) * table.columns[c].stretch / stretch;
    plan.left.push_back(x);
    x += plan.width[c];
  }
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const auto& column = table.columns[c];
    const double width = plan.width[c] - 2 * kPadding;
    double height = measure_text(cairo, column.header.first, plan.style.header, width).height;
    if (!column.header.second.empty()) {
      height += measure_text(cairo, column.header.second, plan.style.header_second, width).height;
    }
    if (!column.symbol.empty() || !column.unit.empty())
      height += measure_text(cairo, "U", plan.style.symbol).height + 1;
    plan.header_height = std::max(plan.header_height, height + 2 * kRowPadding + 2);
  }
  plan.caption_height =
      std::max(caption(cairo, 0, table, plan.style, false, false), caption(cairo, 0, table, plan.style, true, false));
  return plan;
}

Plan plan_table(cairo_t* cairo, const PdfTable& table) {
  for (const auto& row : table.rows) {
    if (row.size() != table.columns.size())
      throw base::InputError(tr("a table row has another number of cells than columns"));
  }
  // Smaller print first, then broken words in readable print, then both.
  constexpr double kUnbroken = paper::kTextWidth;
  for (const auto& [smallest, longest] :
       {std::pair{6.8, kUnbroken}, {6.8, 110.0}, {6.8, 75.0}, {6.0, 55.0}, {5.5, 40.0}}) {
    for (double size = 8.4; size >= smallest; size -= 0.4) {
      if (auto plan = plan_with(cairo, table, size, longest)) return std::move(*plan);
    }
  }
  throw base::InputError(fmt::format(fmt::runtime(tr("the table \"{}\" is too wide for the page even in small print")),
                                     table.caption.first));
}

double row_height(cairo_t* cairo, const PdfTable& table, const Plan& plan, const std::vector<TableCell>& row) {
  double height = measure_text(cairo, "0", plan.style.cell).height;
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (table.columns[c].kind == ColumnKind::number) continue;
    const double width = plan.width[c] - 2 * kPadding;
    double cell = measure_text(cairo, row[c].text.first, style_of(row[c], plan.style), width).height;
    if (!row[c].text.second.empty()) {
      cell += measure_text(cairo, row[c].text.second, plan.style.cell_second, width).height;
    }
    height = std::max(height, cell);
  }
  return height + 2 * kRowPadding;
}

void draw_header(PdfPages& pages, const PdfTable& table, const Plan& plan, bool continued) {
  cairo_t* cairo = pages.cairo();
  pages.y += caption(cairo, pages.y, table, plan.style, continued, true);
  set_colour(cairo, {0.945, 0.955, 0.97});
  cairo_new_path(cairo);
  cairo_rectangle(cairo, paper::kLeft, pages.y, paper::kTextWidth, plan.header_height);
  cairo_fill(cairo);
  rule(cairo, paper::kLeft, paper::kRight, pages.y, 0.8, paper::kAccent);
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const auto& column = table.columns[c];
    const double x = plan.left[c] + kPadding;
    const double width = plan.width[c] - 2 * kPadding;
    double y = pages.y + kRowPadding + 1;
    y += draw_text(cairo, x, y, column.header.first, plan.style.header, width).height;
    if (!column.header.second.empty()) {
      draw_text(cairo, x, y, column.header.second, plan.style.header_second, width);
    }
    // The signs of all columns stand on one line at the bottom.
    draw_sign(cairo, x + width / 2, pages.y + plan.header_height - 6.5, column, plan.style);
  }
  pages.y += plan.header_height;
  rule(cairo, paper::kLeft, paper::kRight, pages.y, 0.5, paper::kAccent);
}

void draw_row(PdfPages& pages, const PdfTable& table, const Plan& plan, const std::vector<TableCell>& row,
              double height) {
  cairo_t* cairo = pages.cairo();
  for (std::size_t c = 0; c < row.size(); ++c) {
    const auto& cell = row[c];
    const TextStyle style = style_of(cell, plan.style);
    const double x = plan.left[c] + kPadding;
    const double width = plan.width[c] - 2 * kPadding;
    const auto extent = measure_text(cairo, "0", style);
    const double baseline = pages.y + (height - extent.height) / 2 + extent.baseline;
    if (table.columns[c].kind == ColumnKind::number) {
      const auto& widest = plan.numbers[c];
      const double point = x + (width - widest.integer - widest.fraction) / 2 + widest.integer;
      draw_number(cairo, point - measure_number(cairo, integer_part(cell.text.first), style), baseline, cell.text.first,
                  style);
      continue;
    }
    const auto unwrapped = measure_text(cairo, cell.text.first, style);
    if (cell.text.second.empty() && unwrapped.width <= width) {
      draw_text(cairo, x, baseline - unwrapped.baseline, cell.text.first, style);
      continue;
    }
    TextStyle second = plan.style.cell_second;
    double content = measure_text(cairo, cell.text.first, style, width).height;
    if (!cell.text.second.empty()) content += measure_text(cairo, cell.text.second, second, width).height;
    double y = pages.y + (height - content) / 2;
    y += draw_text(cairo, x, y, cell.text.first, style, width).height;
    if (!cell.text.second.empty()) draw_text(cairo, x, y, cell.text.second, second, width);
  }
  pages.y += height;
}

}  // namespace

double table_height(cairo_t* cairo, const PdfTable& table) {
  const Plan plan = plan_table(cairo, table);
  double height = plan.caption_height + plan.header_height;
  for (const auto& row : table.rows)
    height += row_height(cairo, table, plan, row);
  return height;
}

void draw_table(PdfPages& pages, const PdfTable& table) {
  cairo_t* cairo = pages.cairo();
  const Plan plan = plan_table(cairo, table);
  std::vector<double> heights;
  double total = plan.caption_height + plan.header_height;
  for (const auto& row : table.rows) {
    heights.push_back(row_height(cairo, table, plan, row));
    total += heights.back();
    if (plan.caption_height + plan.header_height + heights.back() > paper::kBottom - paper::kTop) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("a row of the table \"{}\" is higher than a page")), table.caption.first));
    }
  }
  const auto sum = [&](std::size_t from, std::size_t count) {
    double height = 0;
    for (std::size_t r = from; r < std::min(from + count, heights.size()); ++r)
      height += heights[r];
    return height;
  };
  const double start = plan.caption_height + plan.header_height + sum(0, 2);
  // A short table moves to the next page whole; a long one starts here and goes on there.
  pages.need(total <= 0.45 * (paper::kBottom - paper::kTop) ? total : start);
  draw_header(pages, table, plan, false);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    // The last two rows stay together.
    const double wanted = r + 2 == heights.size() ? sum(r, 2) : heights[r];
    if (r > 0 && wanted > pages.room()) {
      rule(cairo, paper::kLeft, paper::kRight, pages.y, 0.5, paper::kAccent);
      pages.next_page();
      draw_header(pages, table, plan, true);
    } else if (r > 0 && !table.rows[r].front().text.first.empty()) {
      // A row whose first cell is empty belongs to the one above it.
      rule(cairo, paper::kLeft, paper::kRight, pages.y, 0.3, paper::kLine);
    }
    draw_row(pages, table, plan, table.rows[r], heights[r]);
  }
  rule(cairo, paper::kLeft, paper::kRight, pages.y, 0.8, paper::kAccent);
  pages.y += 8;
}

}  // namespace etalon::archive
