#include "app/terminal_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "base/language.h"
#include "base/units.h"

namespace etalon::app {

using base::tr;

namespace {

constexpr std::size_t most_pieces = 1024;

// 1, 2 or 5 times a power of ten, at least `least`.
double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

int decimals_of(double step) {
  return std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 15);
}

// Dots that are on, in a grid finer than the characters where these have several.
class Canvas {
 public:
  Canvas(int columns, int rows, bool braille)
      : columns_(columns), rows_(rows), braille_(braille), cells_(static_cast<std::size_t>(columns * rows), 0) {}

  int width() const { return braille_ ? 2 * columns_ : columns_; }
  int height() const { return braille_ ? 4 * rows_ : rows_; }

  // y counts from the bottom.
  void dot(int x, int y) {
    if (x < 0 || y < 0 || x >= width() || y >= height()) return;
    const int down = height() - 1 - y;
    const int column = braille_ ? x / 2 : x;
    const int row = braille_ ? down / 4 : down;
    static constexpr unsigned bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cells_[static_cast<std::size_t>(row * columns_ + column)] |= braille_ ? bits[down % 4][x % 2] : 1u;
  }
  void line(int x0, int y0, int x1, int y1) {
    const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
    for (int i = 0; i <= steps; ++i) {
      dot(x0 + static_cast<int>(std::lround(static_cast<double>(x1 - x0) * i / steps)),
          y0 + static_cast<int>(std::lround(static_cast<double>(y1 - y0) * i / steps)));
    }
  }
  std::string row(int number) const {
    std::string text;
    for (int column = 0; column < columns_; ++column) {
      const unsigned bits = cells_[static_cast<std::size_t>(number * columns_ + column)];
      if (bits == 0) {
        text += ' ';
      } else if (!braille_) {
        text += '*';
      } else {  // U+2800 and the dots
        text += '\xE2';
        text += static_cast<char>(0xA0 | (bits >> 6));
        text += static_cast<char>(0x80 | (bits & 0x3F));
      }
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  }

 private:
  int columns_, rows_;
  bool braille_;
  std::vector<unsigned> cells_;
};

struct ValueAxis {
  double low = 0, high = 1, step = 1;
  double scale = 1;  // labels are values divided by it
  std::string label(double value) const {
    const double shown = value / scale;
    return fmt::format("{:.{}f}", std::fabs(shown) < step / scale * 1e-6 ? 0.0 : shown, decimals_of(step / scale));
  }
};

ValueAxis value_axis(double least, double most, int rows) {
  ValueAxis axis;
  const double largest = std::max(std::fabs(least), std::fabs(most));
  double span = most - least;
  // Values that are all the same, or differ by less than a double can show.
  if (!(span > 1e-14 * largest)) span = largest > 0 ? 1e-6 * largest : 1;
  axis.step = round_step(2 * span / rows);
  axis.low = std::floor(least / axis.step * (1 + 1e-15)) * axis.step;
  axis.high = std::ceil(most / axis.step * (1 - 1e-15)) * axis.step;
  if (axis.low > least) axis.low -= axis.step;
  if (axis.high < most) axis.high += axis.step;
  if (!(axis.high > axis.low)) {
    axis.low -= axis.step;
    axis.high += axis.step;
  }
  if (largest > 0 && (largest < 1e-2 || largest >= 1e6))
    axis.scale = std::pow(10, 3 * std::floor(std::log10(largest) / 3));
  return axis;
}

// With an SI prefix where the unit takes one: "mV"; else "1e-3 %".
std::string scaled_unit(const std::string& unit, double scale, bool unicode) {
  std::string scaled = unit;
  if (scale != 1) {
    const int power = static_cast<int>(std::lround(std::log10(scale)));
    static const std::map<int, std::string> prefixes{{-12, "p"}, {-9, "n"}, {-6, "u"}, {-3, "m"},
                                                     {3, "k"},   {6, "M"},  {9, "G"}};
    const auto prefix = prefixes.find(power);
    const bool takes_it = prefix != prefixes.end() && base::is_unit(prefix->second + unit) &&
                          base::convertible(prefix->second + unit, unit) &&
                          std::fabs(base::convert(1, prefix->second + unit, unit) / scale - 1) < 1e-9;
    if (!takes_it) return fmt::format("1e{} {}", power, unicode ? base::display_unit(unit) : unit);
    scaled = prefix->second + unit;
  }
  return unicode ? base::display_unit(scaled) : scaled;
}

struct TimeUnit {
  const char* name;
  double seconds;
};

TimeUnit time_unit(double span) {
  if (span < 1e-3) return {"us", 1e-6};
  if (span < 1) return {"ms", 1e-3};
  if (span < 180) return {"s", 1};
  if (span < 3 * 3600) return {"min", 60};
  if (span < 3 * 86400.0) return {"h", 3600};
  return {"d", 86400};
}

// The line under the plot and its labels.
std::string time_axis(double first, double last, int columns, int margin, bool unicode) {
  const TimeUnit unit = time_unit(last - first);
  const double from = first / unit.seconds;
  const double to = last / unit.seconds;
  const double span = to > from ? to - from : 1;
  const double step = round_step(span / std::max(2, columns / 12));
  std::vector<bool> ticks(static_cast<std::size_t>(columns), false);
  std::string labels(static_cast<std::size_t>(columns), ' ');
  std::size_t free_from = 0;
  const std::string unit_text = std::string(" ") + unit.name;
  for (double at = std::ceil(from / step - 1e-9) * step; at <= to + 1e-9 * span; at += step) {
    const auto column =
        static_cast<std::size_t>(std::clamp<long>(std::lround((at - from) / span * (columns - 1)), 0, columns - 1));
    ticks[column] = true;
    const std::string label = fmt::format("{:.{}f}", std::fabs(at) < 1e-9 * step ? 0.0 : at, decimals_of(step));
    const std::size_t begin = column >= label.size() / 2 ? column - label.size() / 2 : 0;
    if (begin < free_from || begin + label.size() + unit_text.size() > labels.size()) continue;
    labels.replace(begin, label.size(), label);
    free_from = begin + label.size() + 2;
  }
  labels.replace(labels.size() - unit_text.size(), unit_text.size(), unit_text);
  std::string line = std::string(static_cast<std::size_t>(margin), ' ') + (unicode ? "└" : "+");
  for (const bool tick : ticks)
    line += unicode ? (tick ? "┴" : "─") : (tick ? "+" : "-");
  return line + "\n" + std::string(static_cast<std::size_t>(margin) + 1, ' ') + labels + "\n";
}

}  // namespace

void PlotSeries::add(double time, double value) {
  if (!std::isfinite(value)) {
    gap_ = true;
    return;
  }
  const PlotPoint point{time, value, !gap_ && !pieces_.empty()};
  if (!pieces_.empty() && in_last_ < values_a_piece_ && !gap_) {
    Piece& last = pieces_.back();
    if (value < last.low.value) last.low = point;
    if (value > last.high.value) last.high = point;
    ++in_last_;
  } else {
    if (pieces_.size() >= most_pieces) halve();
    pieces_.push_back({point, point});
    in_last_ = 1;
  }
  gap_ = false;
}

void PlotSeries::halve() {
  std::vector<Piece> merged;
  for (std::size_t i = 0; i < pieces_.size(); i += 2) {
    Piece piece = pieces_[i];
    if (i + 1 < pieces_.size()) {
      const Piece& next = pieces_[i + 1];
      if (next.low.value < piece.low.value) piece.low = next.low;
      if (next.high.value > piece.high.value) piece.high = next.high;
    }
    merged.push_back(piece);
  }
  pieces_ = std::move(merged);
  values_a_piece_ *= 2;
  in_last_ = values_a_piece_;
}

std::vector<PlotPoint> PlotSeries::points() const {
  std::vector<PlotPoint> all;
  for (const Piece& piece : pieces_) {
    const bool low_first = piece.low.time <= piece.high.time;
    PlotPoint first = low_first ? piece.low : piece.high;
    PlotPoint second = low_first ? piece.high : piece.low;
    first.joined = piece.low.joined && piece.high.joined && !all.empty();
    second.joined = true;
    all.push_back(first);
    if (second.time != first.time || second.value != first.value) all.push_back(second);
  }
  return all;
}

std::string plot_text(const std::string& title, const std::string& unit, const std::vector<PlotPoint>& given,
                      double start, const PlotStyle& style) {
  std::vector<PlotPoint> points;
  bool gap = false;
  for (PlotPoint point : given) {
    if (!std::isfinite(point.value) || !std::isfinite(point.time)) {
      gap = true;
      continue;
    }
    point.joined = point.joined && !gap && !points.empty();
    gap = false;
    points.push_back(point);
  }
  if (points.empty()) return coloured(title, Colour::bold, style.colours) + ": " + tr("no readings") + "\n";
  const auto [least, most] =
      std::minmax_element(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  const int rows = std::max(2, style.height);
  const ValueAxis axis = value_axis(least->value, most->value, rows);
  // A tick in the row that its value falls in.
  std::vector<std::string> labels(static_cast<std::size_t>(rows));
  int label_width = 0;
  const int ticks = static_cast<int>(std::lround((axis.high - axis.low) / axis.step));
  for (int i = 0; i <= ticks; ++i) {
    const int row = rows - 1 - static_cast<int>(std::lround(static_cast<double>(i) / ticks * (rows - 1)));
    labels[static_cast<std::size_t>(row)] = axis.label(axis.low + i * axis.step);
    label_width = std::max(label_width, display_width(labels[static_cast<std::size_t>(row)]));
  }
  const int columns = std::max(10, std::max(30, style.width) - label_width - 3);
  Canvas canvas(columns, rows, style.unicode);
  const double first = points.front().time;
  const double last = std::max(points.back().time, first);
  const auto x = [&](double time) {
    return last > first ? static_cast<int>(std::lround((time - first) / (last - first) * (canvas.width() - 1))) : 0;
  };
  // The middle of the lowest and highest rows of characters are the axis' ends, where the ticks are.
  const auto y = [&](double value) {
    const double half_row = style.unicode ? 1.5 : 0;
    return static_cast<int>(
        std::lround(half_row + (value - axis.low) / (axis.high - axis.low) * (canvas.height() - 1 - 2 * half_row)));
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].joined) {
      canvas.line(x(points[i - 1].time), y(points[i - 1].value), x(points[i].time), y(points[i].value));
    } else {
      canvas.dot(x(points[i].time), y(points[i].value));
    }
  }
  const std::string unit_text = scaled_unit(unit, axis.scale, style.unicode);
  std::string text = coloured(title, Colour::bold, style.colours) + " (" + unit_text + ")\n";
  for (int row = 0; row < rows; ++row) {
    const std::string& label = labels[static_cast<std::size_t>(row)];
    text += padded_left(label, label_width) + " ";
    text += style.unicode ? (label.empty() ? "│" : "┤") : (label.empty() ? "|" : "+");
    text += coloured(canvas.row(row), Colour::green, style.colours) + "\n";
  }
  return text + time_axis(first - start, last - start, columns, label_width + 1, style.unicode);
}

bool wants_unicode() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    std::string lower(value);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace etalon::app
