// Accuracy specifications of an instrument, as its maker states them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace etalon::drivers {

// A row: |error| <= of_reading·|x| + of_range·range + floor (unit of the quantity).
struct AccuracyRow {
  double range = 0;
  double of_reading = 0;
  double of_range = 0;
  double floor = 0;
};

// One table of a data sheet: a period after calibration, and the bands in which it holds.
struct Accuracy {
  std::string period;                                    // "24 hours", "90 days", "1 year"
  double coverage_probability = 0;                       // 0: a limit
  std::optional<std::pair<double, double>> frequency;    // Hz
  std::optional<std::pair<double, double>> temperature;  // degC
  std::vector<AccuracyRow> rows;
  std::string source;

  bool holds_at(std::optional<double> frequency_hz) const;
};

// The table for a period (empty: "1 year" when there is one, or else the first) and a frequency in Hz; nothing when
// none fits.
std::optional<Accuracy> accuracy_for(const std::vector<Accuracy>& tables, const std::string& period,
                                     std::optional<double> frequency_hz);

}  // namespace etalon::drivers
