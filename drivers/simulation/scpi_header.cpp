#include "drivers/simulation/scpi_header.h"

#include <cctype>

namespace etalon::drivers::simulation {

namespace {

// The first four letters, or three when the fourth is a vowel; words of up to four letters are their own short form. A
// numeric suffix stays.
std::string short_mnemonic(const std::string& mnemonic) {
  const std::size_t letters = mnemonic.find_last_not_of("0123456789") + 1;
  if (letters <= 4) return mnemonic;
  const bool three = std::string("AEIOU").find(mnemonic[3]) != std::string::npos;
  return mnemonic.substr(0, three ? 3 : 4) + mnemonic.substr(letters);
}

}  // namespace

std::string short_form(const std::string& message) {
  const std::size_t begin = message.find_first_not_of(" \t");
  if (begin == std::string::npos || message[begin] == '*') return message;
  std::size_t end = message.find_first_of(" \t{", begin);
  if (end == std::string::npos) end = message.size();
  std::string header = message.substr(begin, end - begin);
  const std::string rest = message.substr(end);
  for (char& c : header)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const bool query = header.ends_with('?');
  if (query) header.pop_back();
  if (header.starts_with(':')) header.erase(0, 1);
  std::string shortened;
  for (std::size_t at = 0; at <= header.size();) {
    std::size_t colon = header.find(':', at);
    if (colon == std::string::npos) colon = header.size();
    const std::string mnemonic = short_mnemonic(header.substr(at, colon - at));
    const bool optional = (at == 0 && mnemonic == "SENS" && colon < header.size()) ||
                          (at > 0 && mnemonic == "NEXT" && colon == header.size());
    if (!optional) shortened += (shortened.empty() ? "" : ":") + mnemonic;
    at = colon + 1;
  }
  return shortened + (query ? "?" : "") + rest;
}

}  // namespace etalon::drivers::simulation
