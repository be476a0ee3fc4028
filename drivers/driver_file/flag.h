// Yes-or-no states that an instrument can be asked for by name: a bit of a status register, or a word.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drivers/driver_file/exchange.h"

namespace etalon::drivers {

struct Flag {
  Exchange read;                 // the reply has the place {status} (bit) or {flag} (words)
  std::optional<int> bit;        // of the register, 0 to 31
  std::vector<std::string> on;   // words …
  std::vector<std::string> off;  // … any other is an unexpected reply
};

}  // namespace etalon::drivers
