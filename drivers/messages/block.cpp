#include "drivers/messages/block.h"

#include <cstdint>

#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

[[noreturn]] void refuse(const std::string& header, const std::string& what) {
  throw BlockError(false, header, filled(tr("block header \"{0}\": {1}"), printable(header), what));
}

// At most 15 digits: fits.
std::uint64_t parse_length(const std::string& header, std::string_view digits) {
  std::uint64_t length = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') refuse(header, tr("expected digits of the length"));
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

std::uint64_t read_length(const std::function<std::string(std::size_t)>& read_exact, std::string& header) {
  header = read_exact(1);
  if (header != "#") refuse(header, tr("expected \"#\""));
  const char kind = read_exact(1)[0];
  header += kind;
  if (kind == '(') {
    std::string digits;
    for (char c = read_exact(1)[0];; c = read_exact(1)[0]) {
      header += c;
      if (c == ')') break;
      digits += c;
      if (digits.size() > 15 || c < '0' || c > '9') refuse(header, tr("expected digits of the length"));
    }
    if (digits.empty()) refuse(header, tr("expected digits of the length"));
    return parse_length(header, digits);
  }
  std::size_t count = 0;
  if (kind >= '1' && kind <= '9') {
    count = static_cast<std::size_t>(kind - '0');
  } else if (kind >= 'A' && kind <= 'F') {
    count = static_cast<std::size_t>(kind - 'A') + 10;
  } else if (kind == '0') {
    refuse(header, tr("a block of indefinite length ends with END, which this link cannot signal; set the "
                      "instrument to definite length"));
  } else {
    refuse(header, tr("expected the number of digits of the length, 1 to 9"));
  }
  const std::string digits = read_exact(count);
  header += digits;
  return parse_length(header, digits);
}

}  // namespace

std::string read_block(const std::function<std::string(std::size_t)>& read_exact, std::size_t max_size) {
  std::string header;
  const std::uint64_t length = read_length(read_exact, header);
  if (length > max_size)
    throw BlockError(true, header,
                     filled(tr("block header \"{0}\": {1} bytes, at most {2} are allowed"), header, length, max_size));
  return length == 0 ? std::string() : read_exact(static_cast<std::size_t>(length));
}

std::string parse_block(std::string_view text, std::string_view terminator) {
  std::size_t position = 0;
  const std::string data = read_block(
      [&](std::size_t count) {
        if (count > text.size() - position)
          throw BlockError(false, std::string(text.substr(0, 16)),
                           filled(tr("truncated block: {0} bytes expected at position {1}, {2} are there"), count,
                                  position, text.size() - position));
        position += count;
        return std::string(text.substr(position - count, count));
      },
      text.size());
  const std::string_view rest = text.substr(position);
  if (!rest.empty() && rest != terminator)
    throw BlockError(false, std::string(text.substr(0, 16)),
                     filled(tr("{0} bytes follow the block: \"{1}\""), rest.size(), printable(rest, 40)));
  return data;
}

std::string definite_block(std::string_view data) {
  const std::string length = std::to_string(data.size());
  if (length.size() > 9) throw base::InputError(tr("a block holds at most 999999999 bytes"));
  return "#" + std::to_string(length.size()) + length + std::string(data);
}

}  // namespace etalon::drivers
