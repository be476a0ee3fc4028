// What a setting beside the value allows (an ac voltage of 1000 V up to 10 kHz only), and what one model of a family or
// one fitted module can do of all that the driver file says.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace etalon::drivers {

// Up to |value| = up_to (unit of the quantity) the setting may be `from` to `to`.
struct Band {
  double up_to = 0;
  double from = 0;
  double to = 0;
};

struct Bands {
  std::string setting;     // "frequency"; empty: no bands
  std::vector<Band> rows;  // smallest up_to first; the last one holds every value
};

// Within the file's own limits; what is not named stays.
struct Limits {
  std::optional<double> minimum;  // of a source, in its unit
  std::optional<double> maximum;
  std::optional<double> lowest_range;  // of a measure, one of its ranges
  std::optional<double> highest_range;
};

// By the name of a model, as the identity says it, or of a module, as the bench file does.
using LimitsByName = std::map<std::string, Limits>;

}  // namespace etalon::drivers
