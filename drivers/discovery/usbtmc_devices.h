// USBTMC instruments that the kernel's driver has found. None is opened.
#pragma once

#include <string>
#include <vector>

#include "drivers/discovery/found_instrument.h"

namespace etalon::drivers {

// What is known of them stands in sysfs (Documentation/ABI/stable/sysfs-bus-usb of the kernel).
std::vector<FoundInstrument> find_usbtmc_devices(const std::string& device_folder = "/dev",
                                                 const std::string& class_folder = "/sys/class/usbmisc");

}  // namespace etalon::drivers
