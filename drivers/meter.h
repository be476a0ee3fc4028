// The role of an instrument that measures a quantity.
#pragma once

#include <string>
#include <vector>

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
  // One reading: not_a_number, no_result (SCPI's 9.91E37), overload (also a value that the configured range cannot
  // show), wrong_unit, not_settled (the flag that must be on before), truncated_reply, timeout …
  Reading read();
  // The reply to the read message that all of `meters` share, this one too.
  Values read_together(const std::vector<Meter>& meters, const Values& settings) const;
  // The reading of this quantity in a reply that its read message brought (one reply may hold several quantities).
  Reading reading_in(const Values& reply) const;
  // `count` readings in one reply, where the driver file has read_many: InputError where it has not or for more than
  // fit. An overload among them is the fault of all. Their text is the shortest that reads back as the number.
  std::vector<Reading> read_many(int count);

 private:
  void check_sign(double number, const std::string& sent, const std::string& text) const;
  void check_range(double value, const std::string& sent, const std::string& text) const;
  bool is_sign(const std::string& place, const std::string& value) const;

  Instrument& instrument_;
  const Measure& measure_;
  Values values_;
  double range_ = 0;  // configured; 0: none
};

}  // namespace etalon::drivers
