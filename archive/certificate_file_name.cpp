#include "archive/certificate_file_name.h"

#include <fmt/format.h>

#include "base/sha256.h"

namespace etalon::archive {

std::string certificate_file_name(const std::string& number, const std::string& suffix) {
  constexpr std::size_t longest = 255;  // NAME_MAX of the usual file systems
  constexpr std::size_t kept = 120;
  std::string name;
  for (const unsigned char c : number) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_') {
      name += static_cast<char>(c);
    } else {
      name += fmt::format("%{:02X}", c);
    }
  }
  if (name.size() + suffix.size() <= longest) return name + suffix;
  return name.substr(0, kept) + "~" + base::sha256(number) + suffix;
}

}  // namespace etalon::archive
