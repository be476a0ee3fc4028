// What can go wrong between the program and an instrument, each with a stable name (design decision 6).
#pragma once

#include <string>

#include "base/error.h"

namespace etalon::drivers {

// A person's cancellation is no fault of an instrument: it is base::InterruptedError.
enum class Fault {
  connect_failed,      // refused, unreachable, name not resolved, port missing or in use
  link_lost,           // the peer closed, the adapter was pulled
  timeout,             // nothing came, or not all of it, in time; or nothing could be written
  empty_reply,         // only a terminator
  truncated_reply,     // it stopped before its terminator, or before a block's length
  oversized_reply,     // longer than the driver allows
  not_a_number,        // text where a number belongs
  unexpected_reply,    // a reply of another form than the driver expects
  wrong_unit,          // a reading in another unit than was asked for
  no_result,           // the instrument's sign for a value that it could not determine (SCPI's 9.91E37)
  overload,            // the instrument's sentinel for overload
  not_operating,       // a source that fell back to standby
  wrong_instrument,    // identity or serial number differs from the bench file
  device_error,        // the instrument's own error queue
  not_settled,         // the settling flag or window was not reached
  value_differs,       // read-back differs from what was set
  contradicts_wiring,  // a reading that cannot be true if the wiring is made
  out_of_range,        // refused before sending: beyond the instrument's limits
  unsolicited_input,   // bytes that no query asked for
  stale_reply,         // late replies; the link could not be proven to be in step again
  safe_state_failed,   // a source could not be brought to, or read back in, its safe state
};

// Stable names for journals and scripts: "connect-failed", "link-lost", "time-out", "empty-reply", "truncated-reply",
// "oversized-reply", "not-a-number", "unexpected-reply", "wrong-unit", "no-result", "overload", "not-operating", "wrong-instrument",
// "device-error", "not-settled", "value-differs", "contradicts-wiring", "out-of-range", "unsolicited-input",
// "late-reply", "safe-state-failed".
std::string fault_name(Fault fault);
// The inverse; InputError for an unknown name.
Fault parse_fault(const std::string& name);

// Where it happened: all fields may be empty. `sent` and `received` are raw bytes.
struct FaultContext {
  std::string instrument;  // name on the bench
  std::string address;
  std::string sent;
  std::string received;
};

// what() is one line: "meter at TCPIP::…: time-out: DETAIL; sent "READ?\n", received ""; WHAT TO DO".
class InstrumentError : public base::Error {
 public:
  // `detail` is already in the user interface's language (base::tr). The advice is that of the fault, unless given.
  InstrumentError(Fault fault, const FaultContext& context, const std::string& detail, const std::string& advice = "");

  Fault fault() const { return fault_; }
  const std::string& instrument() const { return instrument_; }
  const std::string& address() const { return address_; }
  // Escaped, printable, bounded.
  const std::string& sent() const { return sent_; }
  const std::string& received() const { return received_; }
  const std::string& detail() const { return detail_; }

 private:
  Fault fault_;
  std::string instrument_, address_, sent_, received_, detail_;
};

}  // namespace etalon::drivers
