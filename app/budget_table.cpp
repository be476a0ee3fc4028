#include "app/budget_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/terminal.h"
#include "base/decimal.h"
#include "base/language.h"
#include "base/units.h"

namespace etalon::app {

using base::tr;
using calibration::BudgetLine;
using calibration::BudgetResult;
using calibration::Distribution;

namespace {

// Eighths of a character, so that small shares still show.
std::string bar(double share, int width) {
  static const std::vector<std::string> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int parts = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width * 8));
  std::string text;
  for (int i = 0; i < parts / 8; ++i)
    text += "█";
  return text + eighths[static_cast<std::size_t>(parts % 8)];
}

std::string distribution_text(Distribution distribution) {
  switch (distribution) {
    case Distribution::constant:
      return tr("constant");
    case Distribution::normal:
      return tr("normal");
    case Distribution::student_t:
      return "t";
    case Distribution::rectangular:
      return tr("rectangular");
    case Distribution::triangular:
      return tr("triangular");
    case Distribution::arcsine:
      return tr("arcsine");
    case Distribution::trapezoidal:
      return tr("trapezoidal");
    case Distribution::curvilinear_trapezoidal:
      return tr("curvilinear trapezoidal");
    case Distribution::exponential:
      return tr("exponential");
    case Distribution::gamma:
      return tr("gamma");
  }
  return "";
}

// With an ellipsis where it has more than `width` columns.
std::string shortened(const std::string& text, int width) {
  if (display_width(text) <= width) return text;
  std::string start = text;
  while (!start.empty() && display_width(start) > width - 1) {
    do {
      start.pop_back();
    } while (!start.empty() && (static_cast<unsigned char>(text[start.size()]) & 0xc0) == 0x80);
  }
  return start + "…";
}

}  // namespace

std::string number_text(double value, int digits) {
  if (value == 0) return "0";
  if (!std::isfinite(value)) return "-";
  const double size = std::fabs(value);
  if (size >= 1e-4 && size < 1e7) return base::format_significant(value, digits);
  return fmt::format("{:.{}e}", value, digits - 1);
}

std::string estimate_text(double value, double uncertainty) {
  if (!std::isfinite(value)) return "-";  // a distribution without a mean
  if (!(uncertainty > 0)) return base::Decimal::from_double(value).str();
  const int place = base::Decimal::from_double(uncertainty).rounded_significant(2).last_place();
  if (place < -12 || place > 7) return fmt::format("{:.9g}", value);
  return base::Decimal::from_double(value).rounded(place).str();
}

std::string budget_table(const BudgetResult& result, bool colours, int columns) {
  constexpr std::size_t place_of_distribution = 4;
  constexpr int widest_bar = 16, least_bar = 4, least_distribution = 5;
  std::vector<std::vector<TableCell>> rows;
  for (const BudgetLine& line : result.lines) {
    const bool constant = line.distribution == Distribution::constant;
    rows.push_back(
        {{line.input},
         {estimate_text(line.estimate, line.standard_uncertainty)},
         {line.unit.empty() ? "" : base::display_unit(line.unit)},
         {constant ? "" : number_text(line.standard_uncertainty, 3)},
         {distribution_text(line.distribution), constant ? Colour::dim : Colour::none},
         {constant ? "" : (std::isinf(line.degrees_of_freedom) ? "∞" : fmt::format("{:.4g}", line.degrees_of_freedom))},
         {constant ? "" : number_text(line.sensitivity, 4)},
         {constant ? "" : number_text(std::fabs(line.contribution), 3)},
         {constant ? "" : fmt::format("{:.1f} %", 100 * line.variance_share)},
         {}});
  }
  std::vector<std::string> headings{tr("input"), tr("estimate"), tr("unit"),  "u", tr("distribution"), "ν",
                                    "c",         "|c|·u",        tr("share"), ""};
  int width = 0;
  int distribution = 0;
  for (std::size_t c = 0; c + 1 < headings.size(); ++c) {
    int widest = display_width(headings[c]);
    for (const auto& row : rows)
      widest = std::max(widest, display_width(row[c].text));
    width += widest + 2;
    if (c == place_of_distribution) distribution = widest;
  }
  const int room = columns - width;
  if (room >= least_bar) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const BudgetLine& line = result.lines[i];
      if (line.distribution == Distribution::constant) continue;
      rows[i].back() = {bar(line.variance_share, std::min(widest_bar, room)),
                        line.variance_share < 0 ? Colour::red : Colour::green};
    }
  } else {
    headings.pop_back();
    for (auto& row : rows)
      row.pop_back();
  }
  if (room < -2) {
    const int left = std::max(least_distribution, distribution + room + 2);
    headings[place_of_distribution] = shortened(headings[place_of_distribution], left);
    for (auto& row : rows)
      row[place_of_distribution].text = shortened(row[place_of_distribution].text, left);
  }
  return table_text(headings, rows, {false, true, false, true, false, true, true, true, true, false}, colours);
}

}  // namespace etalon::app
