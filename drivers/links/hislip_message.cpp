#include "drivers/links/hislip_message.h"

#include <array>

#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::message_id;
using base::tr;

namespace {

void put(std::string& bytes, std::uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    bytes += static_cast<char>((value >> shift) & 0xff);
}

std::uint64_t get(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes)
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// Tables 14 and 16.
constexpr std::array<const char*, 5> fatal_texts = {
    message_id("unidentified error"), message_id("poorly formed message header"),
    message_id("connection used before both channels were there"), message_id("wrong order of initialisation"),
    message_id("too many clients")};
constexpr std::array<const char*, 5> error_texts = {
    message_id("unidentified error"), message_id("unrecognised type of message"),
    message_id("unrecognised control code"), message_id("unrecognised message of a maker"),
    message_id("message too large")};

}  // namespace

std::string encode_hislip(HislipType type, std::uint8_t control, std::uint32_t parameter, std::string_view payload) {
  std::string bytes = "HS";
  bytes.reserve(hislip_header_size + payload.size());
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(control);
  put(bytes, parameter, 4);
  put(bytes, payload.size(), 8);
  bytes += payload;
  return bytes;
}

std::optional<HislipHeader> decode_hislip_header(std::string_view bytes) {
  if (bytes.size() < hislip_header_size || !bytes.starts_with("HS")) return std::nullopt;
  return HislipHeader{static_cast<HislipType>(bytes[2]), static_cast<std::uint8_t>(bytes[3]),
                      static_cast<std::uint32_t>(get(bytes.substr(4, 4))), get(bytes.substr(8, 8))};
}

std::string encode_hislip_size(std::uint64_t size) {
  std::string bytes;
  put(bytes, size, 8);
  return bytes;
}

std::optional<std::uint64_t> decode_hislip_size(std::string_view bytes) {
  if (bytes.size() != 8) return std::nullopt;
  return get(bytes);
}

std::string hislip_error_text(HislipType type, std::uint8_t code, std::string_view text) {
  const auto& names = type == HislipType::fatal_error ? fatal_texts : error_texts;
  const std::string name = code < names.size() ? tr(names[code]) : tr("defined by the instrument");
  if (text.empty()) return filled(tr("HiSLIP error {0} ({1})"), code, name);
  return filled(tr("HiSLIP error {0} ({1}): {2}"), code, name, printable(text));
}

}  // namespace etalon::drivers
