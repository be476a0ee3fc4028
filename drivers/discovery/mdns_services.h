// Instruments that announce themselves by mDNS (LXI Device Specification, 10.3), as the Avahi daemon of this computer
// hears them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "drivers/discovery/found_instrument.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

// One announcement, resolved.
struct MdnsService {
  std::string name;  // of the instrument, as people see it
  std::string type;  // "_scpi-raw._tcp"
  std::string host;  // an address in numbers
  std::uint16_t port = 0;
  std::map<std::string, std::string> texts;  // TXT record: Manufacturer, Model, SerialNumber, FirmwareVersion, …
};

struct MdnsSearch {
  std::string impossible;  // why nothing was searched; empty when it was
  std::vector<MdnsService> services;
};

// Until the deadline, or until the daemon has told all it knows.
MdnsSearch find_mdns_services(const Deadline& deadline);

// Addresses to link to, each once. An instrument that announces its web page alone has none.
std::vector<FoundInstrument> instruments_of(const std::vector<MdnsService>& services);

}  // namespace etalon::drivers
