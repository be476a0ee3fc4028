// A measurement standard's file: which instrument it is and what its certificate says of it (docs/standards.md).
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

// One range of a source: true output = setting * (1 + gain) + offset. Gains are numbers, offsets in `unit`.
struct SourceCorrection {
  std::string quantity;
  std::string unit;            // of `up_to`, as the file writes it
  double up_to = 0;            // the upper end of the source's own range
  std::vector<double> covers;  // further, lower ranges of the source that the certificate says the same of
  InputQuantity gain;          // from the certificate
  InputQuantity offset;
  InputQuantity gain_drift;  // since the certificate, estimate 0
  InputQuantity offset_drift;
  base::Position position;  // of its table, for errors

  // Whether it is that of a range of the source (its upper end, in `range_unit`).
  bool is_for(double range, const std::string& range_unit) const;
};

struct Standard {
  std::string file_name;  // without folder and ending
  base::Position position;
  base::LocalText name;
  std::string maker;
  std::string model;
  std::string serial;
  std::string certificate_number;
  base::LocalText certificate_laboratory;
  std::string certificate_date;  // YYYY-MM-DD
  std::string valid_until;
  std::string certificate_sha256;  // of the certificate's file, empty when the laboratory holds none
  std::vector<SourceCorrection> corrections;

  // What the certificate says of the range in which the source makes a setting. InputError when it says nothing of this
  // very range: another one's correction would be a wrong one.
  const SourceCorrection& correction(const std::string& quantity, double source_range, const std::string& unit) const;
};

// FileError says where. `unit` of offsets is the base unit in which `up_to` is converted: that of its own text.
Standard parse_standard(const std::string& text, const std::string& file_name);

// RefusedError when the certificate was not valid on a day (YYYY-MM-DD): expired, or dated later.
void require_valid(const Standard& standard, const std::string& day);

}  // namespace etalon::calibration
