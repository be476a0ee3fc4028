// A measurement standard's file: which instrument it is and what its certificate says of it (docs/standards.md).
#pragma once

#include <string>
#include <vector>

#include "base/language.h"
#include "calibration/uncertainty/input_quantity.h"

namespace etalon::calibration {

// One range of a source: true output = setting * (1 + gain) + offset. Gains are numbers, offsets in `unit`.
struct SourceCorrection {
  std::string quantity;
  std::string unit;
  double up_to = 0;    // |setting| at most
  InputQuantity gain;  // from the certificate
  InputQuantity offset;
  InputQuantity gain_drift;  // since the certificate, estimate 0
  InputQuantity offset_drift;
};

struct Standard {
  std::string file_name;  // without folder and ending
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

  // The correction of the smallest range that holds |setting|, given in `unit`; InputError when the certificate does
  // not reach so far, or speaks of another kind of unit.
  const SourceCorrection& correction(const std::string& quantity, double setting, const std::string& unit) const;
};

// FileError says where. `unit` of offsets is the base unit in which `up_to` is converted: that of its own text.
Standard parse_standard(const std::string& text, const std::string& file_name);

// RefusedError when the certificate was not valid on a day (YYYY-MM-DD): expired, or dated later.
void require_valid(const Standard& standard, const std::string& day);

}  // namespace etalon::calibration
