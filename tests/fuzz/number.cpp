// Numbers as instruments send them, against strtod and a grammar written down here once more.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "drivers/messages/message_template.h"
#include "tests/fuzz/property.h"

using namespace etalon;

namespace {

// [sign] digits [. digits] [E [sign] digits], with at least one digit before the exponent.
bool is_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9')
      ++at;
    return at - begin;
  };
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  std::size_t count = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    count += digits();
  }
  if (count == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  const auto number = drivers::parse_number(text);
  const std::size_t begin = text.find_first_not_of(" \t");
  const std::size_t end = text.find_last_not_of(" \t");
  const std::string bare = begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
  fuzz::must(!number || is_number(bare), "only a number is read as one");
  const double expected = std::strtod(bare.c_str(), nullptr);
  if (number) {
    fuzz::must(std::isfinite(*number), "a number is finite");
    fuzz::must(*number == expected, "the number that came out is the one that is written there");
    const std::string written = drivers::format_number(*number);
    fuzz::must(drivers::parse_number(written) == *number, "a number that is sent reads back as the same");
  } else if (is_number(bare)) {
    // Refused although well formed: only what a double cannot hold.
    fuzz::must(std::isinf(expected) || std::fabs(expected) < 1e-307, "a number of the usual size is read");
  }
  if (size == sizeof(double)) {
    double value = 0;
    std::memcpy(&value, data, sizeof value);
    if (std::isfinite(value))
      fuzz::must(drivers::parse_number(drivers::format_number(value)) == value, "every double survives");
  }
  return 0;
}
