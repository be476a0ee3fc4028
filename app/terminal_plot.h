// Values over time as a plot of characters: braille dots (2 × 4 a character) where the locale has them, else ASCII.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/terminal.h"

namespace etalon::app {

struct PlotPoint {
  double time = 0;  // s
  double value = 0;
  bool joined = true;  // by a line to the point before; false after a gap
};

// What a plot can show of any number of values, in bounded memory: neighbours are put together, their extremes stay.
class PlotSeries {
 public:
  void add(double time, double value);
  // The next value is not joined to the one before.
  void add_gap() { gap_ = true; }
  std::vector<PlotPoint> points() const;

 private:
  struct Piece {
    PlotPoint low, high;
  };
  void halve();
  std::vector<Piece> pieces_;
  std::size_t values_a_piece_ = 1;
  std::size_t in_last_ = 0;
  bool gap_ = false;
};

struct PlotStyle {
  int width = 80;  // columns in all, at least 30
  int height = 8;  // rows of the plot itself, at least 2
  bool unicode = true;
  bool colours = false;
};

// Title with the unit, an axis of values, the plot, an axis of time. Times are counted from `start`. Values that are
// not finite are left out. Lines are at most as wide as the style says; a plot without points says so.
std::string plot_text(const std::string& title, const std::string& unit, const std::vector<PlotPoint>& points,
                      double start, const PlotStyle& style);

// Whether the locale (LC_ALL, LC_CTYPE, LANG) says UTF-8.
bool wants_unicode();

}  // namespace etalon::app
