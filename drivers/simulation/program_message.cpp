#include "drivers/simulation/program_message.h"

#include <algorithm>

namespace etalon::drivers::simulation {

namespace {

std::size_t end_of_unit(const std::string& message, std::size_t begin) {
  char quote = 0;
  for (std::size_t i = begin; i < message.size(); ++i) {
    const char c = message[i];
    if (quote) {
      if (c == quote) quote = 0;  // a doubled quote opens it at once again
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ';') {
      return i;
    }
  }
  return message.size();
}

}  // namespace

bool has_several_units(const std::string& message) {
  return end_of_unit(message, 0) < message.size();
}

std::vector<std::string> program_message_units(const std::string& message) {
  std::vector<std::string> units;
  std::string path;  // "VOLT:DC:" after "VOLT:DC:NPLC 10"
  for (std::size_t begin = 0; begin < message.size();) {
    const std::size_t end = end_of_unit(message, begin);
    std::string unit = message.substr(begin, end - begin);
    begin = end + 1;
    unit.erase(0, std::min(unit.find_first_not_of(" \t"), unit.size()));
    unit.erase(unit.find_last_not_of(" \t") + 1);
    if (unit.empty()) continue;
    if (unit.front() != '*') {
      if (unit.front() == ':') {
        unit.erase(0, 1);
      } else {
        unit.insert(0, path);
      }
      const std::string header = unit.substr(0, unit.find_first_of(" \t"));
      path = header.substr(0, header.rfind(':') + 1);  // without a colon: the root
    }
    units.push_back(unit);
  }
  return units;
}

}  // namespace etalon::drivers::simulation
