// The role of an instrument that measures a quantity.
#pragma once

#include <string>

#include "drivers/instrument.h"

namespace etalon::drivers {

class Meter {
 public:
  // InputError when the instrument does not measure the quantity.
  Meter(Instrument& instrument, const std::string& quantity);

  Instrument& instrument() const { return instrument_; }
  const Measure& measure() const { return measure_; }

  // Range (in the unit of the quantity; one of the driver's ranges) and settings by name; settings left out take their
  // standard values. The error queue is drained and the values are read back: device_error, value_differs.
  void configure(double range, const Values& settings);
  // One reading: not_a_number, overload (also a value that the configured range cannot show), truncated_reply, timeout
  // …
  Reading read();

 private:
  Instrument& instrument_;
  const Measure& measure_;
  Values values_;
  double range_ = 0;  // configured; 0: none
};

}  // namespace etalon::drivers
