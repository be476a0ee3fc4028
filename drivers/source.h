// The role of an instrument that sources a quantity.
#pragma once

#include <string>

#include "drivers/instrument.h"

namespace etalon::drivers {

class SourceRole {
 public:
  // InputError when the instrument does not source the quantity.
  SourceRole(Instrument& instrument, const std::string& quantity);

  Instrument& instrument() const { return instrument_; }
  const Source& source() const { return source_; }

  // Sets the value (in the unit of the quantity) with settings by name (those left out are standard), switches the
  // output on, drains the error queue, reads the value back and looks at the status bit: out_of_range, device_error,
  // value_differs, not_operating.
  void apply(double value, const Values& settings = {});
  // True when the instrument says that its output has settled (always true for one that cannot say).
  bool settled();
  // not_operating when the output is not on (it fell back to standby); `value_differs` when it is not at the value.
  void check_operating();
  void make_safe() { instrument_.make_safe(); }

 private:
  Instrument& instrument_;
  const Source& source_;
  double value_ = 0;
  Values settings_;
};

}  // namespace etalon::drivers
