// The hidden truth of a simulated bench: the true errors of its individuals, which no instrument tells. Drawn once from
// the driver files' physics, the bench file's `truth` rows and the seed; kept in a file beside the run so that a test
// can compare what was measured with what is so.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "drivers/bench.h"

namespace etalon::drivers::simulation {

// A straight line: what comes out is in·(1 + gain) + offset, offset in the unit of the quantity.
struct TrueRow {
  double range = 0;  // upper end of the range; 0 for an instrument with one fixed range
  double gain = 0;
  double offset = 0;
};

struct TrueLine {
  std::string quantity;
  std::string unit;
  std::vector<TrueRow> rows;  // in the order of the ranges

  // InputError when no range holds the value.
  const TrueRow& row_of_range(double range) const;
  const TrueRow& row_holding(double value) const;
};

struct InstrumentTruth {
  std::string driver;
  std::string serial;
  std::vector<TrueLine> measures;
  std::vector<TrueLine> sources;
};

struct Truth {
  std::uint64_t seed = 0;
  std::map<std::string, InstrumentTruth> instruments;

  // True error of indication, gain·x + offset, of a meter on one of its ranges when exactly `applied` lies at its
  // input, warm and at the room's mean temperature, without noise and rounding. InputError for an unknown instrument,
  // quantity or range.
  double meter_error(const std::string& meter, const std::string& quantity, double range, double applied) const;
  // What a source truly puts out at a setting once it has settled, without noise.
  double source_output(const std::string& source, const std::string& quantity, double setting) const;

  const TrueLine& measure(const std::string& instrument, const std::string& quantity) const;
  const TrueLine& source(const std::string& instrument, const std::string& quantity) const;
};

// Meters: gain and offset uniform within ± the physics' parts of reading and of range. Sources: the bench file's truth
// row of the range (0 without one) plus normal deviates of the physics' standard deviations. InputError when a truth
// row names a range that the driver file does not have.
Truth draw_truth(const Bench& bench, std::uint64_t seed);

std::string truth_json(const Truth& truth);
Truth parse_truth_json(const std::string& text, const std::string& file_name);
void write_truth(const Truth& truth, const std::string& path);
Truth read_truth(const std::string& path);

}  // namespace etalon::drivers::simulation
