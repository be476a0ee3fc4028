// The status reporting of a simulated instrument (IEEE 488.2, clause 11): event register and its mask, status byte and
// the mask of service requests. Bit 2 of the status byte says that the error queue is not empty (SCPI-1999 volume
// 1, 20.2.1); bit 4 (MAV) is the port's business, which knows what was read. Safe to use from many threads.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace etalon::drivers::simulation {

class StatusRegisters {
 public:
  enum Event : std::uint8_t {
    operation_complete = 0x01,
    query_error = 0x04,
    device_dependent_error = 0x08,
    execution_error = 0x10,
    command_error = 0x20,
    power_was_on = 0x80
  };
  // What a change of the status byte means for the service request: there is no reason for one (any more), the reasons
  // are as before, a new one came (11.3.3).
  enum class Request { none, as_before, now };
  // Told of each change, from the thread that makes it: the status byte without bit 6.
  using Listener = std::function<void(std::uint8_t status, Request request)>;

  StatusRegisters() { power_on(); }
  void set_listener(Listener listener);

  // As after switching on: event register 128, masks 0.
  void power_on();
  // *CLS: no events, and a pending *OPC is forgotten (10.3); the error queue is its owner's.
  void clear();
  void raise(Event event);
  void set_error_waits(bool waits);

  void set_event_mask(std::uint8_t mask);    // *ESE
  void set_service_mask(std::uint8_t mask);  // *SRE; bit 6 is ignored (11.3.2)
  std::uint8_t event_mask() const;
  std::uint8_t service_mask() const;
  // *ESR?: reading clears it.
  std::uint8_t take_events();
  // *STB?: with MSS in bit 6.
  std::uint8_t status_byte() const;

  // *OPC: bit 0 of the event register comes at `due`, or at once when that is past.
  void complete_at(base::Seconds due, base::Seconds now);
  // Whether an *OPC waits for its moment.
  bool awaits_completion() const;
  // Raises what is due by now.
  void look(base::Seconds now);

 private:
  std::uint8_t summary() const;
  void changed();

  mutable std::mutex mutex_;
  Listener listener_;
  std::uint8_t events_ = 0, event_mask_ = 0, service_mask_ = 0;
  std::uint8_t told_ = 0, reasons_ = 0;  // as the listener knows it
  bool error_waits_ = false;
  std::optional<base::Seconds> due_;
};

}  // namespace etalon::drivers::simulation
