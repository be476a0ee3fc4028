// What a search came upon: an address to copy into a bench file, and what is known of it without having asked it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace etalon::drivers {

struct FoundInstrument {
  std::string way;      // "serial port", "usbtmc", "mdns", "vxi-11", "gpib": stable, for scripts
  std::string address;  // links/address.h; empty where it was heard of but no link to it is known
  std::vector<std::pair<std::string, std::string>> facts;  // name ("model"), value, in the order they are told
};

}  // namespace etalon::drivers
