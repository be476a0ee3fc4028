// The serial ports of this computer, as libserialport lists them. None is opened and nothing is sent: a strange device
// may do anything when it is spoken to.
#pragma once

#include <string>
#include <vector>

#include "drivers/discovery/found_instrument.h"

namespace etalon::drivers {

// Addresses have the name under /dev/serial/by-id where there is one (it stays the same when adapters are plugged in
// again) and the settings 9600-8N1, because nobody can know them.
std::vector<FoundInstrument> find_serial_ports(const std::string& by_id_folder = "/dev/serial/by-id");

// The entry of the folder that leads to a device, or the device itself.
std::string lasting_device_name(const std::string& device, const std::string& by_id_folder);

}  // namespace etalon::drivers
