// VXI-11 instruments that answer a broadcast: the port mapper of each computer and instrument on the local networks is
// asked for the port of the VXI-11 core channel (VXI-11, B.2; RFC 1833, section 3: GETPORT over UDP).
#pragma once

#include <cstdint>
#include <vector>

#include "drivers/discovery/found_instrument.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

// Sends one datagram to the broadcast address of each IPv4 network and one to this computer, and listens until the
// deadline. InputError when no datagram can be sent.
std::vector<FoundInstrument> find_vxi11_instruments(const Deadline& deadline, std::uint16_t port_mapper = 111);

}  // namespace etalon::drivers
