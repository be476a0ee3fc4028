// Shewhart control charts for variables (ISO 7870-2, GB/T 17989.2; JJF 1033 uses them for the repeatability and
// stability of a measurement standard): limits from the readings of a process in control.
#pragma once

#include <vector>

namespace etalon::calibration {

// Factors of the limits for groups of n readings, at three standard deviations (ISO 7870-2, table of factors), computed
// from d2, d3 and c4 (normal_range.h): A2 = 3/(d2 sqrt(n)), A3 = 3/(c4 sqrt(n)), B4, B3 = 1 +- 3 sqrt(1 - c4^2)/c4,
// D4, D3 = 1 +- 3 d3/d2, none below 0. 2 <= n <= 100, else InputError.
struct ControlChartConstants {
  int n = 0;
  double d2 = 0, d3 = 0, c4 = 0;
  double A2 = 0, A3 = 0, B3 = 0, B4 = 0, D3 = 0, D4 = 0;
};
ControlChartConstants control_chart_constants(int n);

struct ControlLimits {
  double centre = 0;
  double lower = 0;
  double upper = 0;
};

// Two charts that belong together: where the process lies, and how much it scatters.
struct ControlChart {
  ControlLimits location;
  ControlLimits scatter;
  std::vector<double> location_points;  // one a group (one a reading for individuals)
  std::vector<double> scatter_points;   // ranges, standard deviations or moving ranges (one fewer)
  double standard_deviation = 0;        // of one reading inside of a group: mean range/d2 or mean s/c4
};

// Groups of one size, at least two groups of two readings, else InputError.
ControlChart mean_range_chart(const std::vector<std::vector<double>>& groups);  // x-bar +- A2 R-bar; D3, D4
ControlChart mean_standard_deviation_chart(
    const std::vector<std::vector<double>>& groups);  // x-bar +- A3 s-bar; B3, B4
// Single readings and moving ranges of two: x-bar +- 3 R/d2(2), 0 to D4(2) R. At least two readings.
ControlChart individuals_chart(const std::vector<double>& readings);

// With values from earlier runs (mu0, sigma0 given): location mu0 +- 3 sigma0/sqrt(n). sigma0 > 0, n >= 1.
ControlLimits location_limits(double mean, double standard_deviation, int n);

}  // namespace etalon::calibration
