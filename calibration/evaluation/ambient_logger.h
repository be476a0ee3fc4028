// What is known of the instrument that measures the room: by its certificate, or else by its maker's specification.
#pragma once

#include <optional>
#include <string>

#include "acquisition/run_record.h"
#include "calibration/evaluation/standard.h"
#include "drivers/driver_file/accuracy.h"

namespace etalon::calibration {

enum class AmbientOrigin { none, maker, certificate };
// "none", "maker", "certificate", for JSON.
std::string to_string(AmbientOrigin origin);

// A value of the room, corrected where the certificate gives a correction; in the unit of the reading.
struct AmbientValue {
  double value = 0;
  double standard_uncertainty = 0;  // 0: not known
  double coverage_factor = 0;       // of the shape that the uncertainty has
  AmbientOrigin origin = AmbientOrigin::none;
  std::string source = {};  // the data sheet as the driver file names it, or the number of the certificate
};

// One quantity of the logger. Its certificate is a file of configs/standards that the bench names for it, with
// corrections as for a source: true value = reading·(1 + gain) + offset, in the smallest `up_to` that holds the
// reading. Without one (or where it is silent about the quantity) all parts of the maker's specification count, in the
// smallest row that holds the reading. Beyond either, nothing is known.
class AmbientLogger {
 public:
  // InputError when the inputs do not fit together.
  AmbientLogger(const acquisition::RunRecord& run, const acquisition::AmbientQuantity& ambient);

  // Set when the logger has a certificate, also one that is silent about this quantity.
  const std::optional<Standard>& standard() const { return standard_; }
  AmbientValue at(double reading, double coverage_probability) const;

 private:
  std::string quantity_;
  std::string unit_;
  std::optional<Standard> standard_;
  std::optional<drivers::Accuracy> accuracy_;
};

}  // namespace etalon::calibration
