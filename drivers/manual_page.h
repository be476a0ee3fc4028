// The page of the manual that a driver file is: what the instrument measures and sources, how accurately, by which
// messages.
#pragma once

#include <string>

#include "drivers/driver_file.h"

namespace etalon::drivers {

// Markdown, in English (a driver file's texts are).
std::string manual_page(const DriverFile& driver);

}  // namespace etalon::drivers
