// File names made from certificate numbers.
#pragma once

#include <string>

namespace etalon::archive {

// One name for each number, with `suffix` (".json"): letters, digits, '-', '_' as they are, other bytes as %XX. Where
// that is longer than a file system takes (255 bytes), its beginning and "~" with the number's SHA-256; no coded number
// holds a "~".
std::string certificate_file_name(const std::string& number, const std::string& suffix);

}  // namespace etalon::archive
