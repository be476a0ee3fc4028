// Which serial numbers in a journal nobody has checked.
#pragma once

#include <optional>
#include <string>

#include "drivers/bench.h"

namespace etalon::acquisition {

// What an auditor has to know of an instrument that cannot say its serial number (or cannot say who it is at all): the
// bench file was believed. Nothing for the others, whose serial number was compared when they were identified, and
// where no serial number is claimed (`any_serial`).
std::optional<std::string> serial_doubt(const drivers::BenchInstrument& instrument);

}  // namespace etalon::acquisition
