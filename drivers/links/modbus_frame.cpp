#include "drivers/links/modbus_frame.h"

#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

void put16(std::string& bytes, std::size_t value) {
  bytes += static_cast<char>(value >> 8 & 0xff);
  bytes += static_cast<char>(value & 0xff);
}

unsigned at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

unsigned get16(std::string_view bytes, std::size_t index) {
  return at(bytes, index) << 8 | at(bytes, index + 1);
}

int function_code(const ModbusMessage& message) {
  const bool one = message.range.size() == 1;
  switch (message.range.kind) {
    case RegisterKind::coil:
      return !message.is_write ? 1 : one ? 5 : 15;
    case RegisterKind::discrete:
      return 2;
    case RegisterKind::holding:
      return !message.is_write ? 3 : one ? 6 : 16;
    case RegisterKind::input:
      break;
  }
  return 4;
}

std::string request_body(const ModbusMessage& message) {
  const int function = function_code(message);
  std::string body(1, static_cast<char>(function));
  put16(body, message.range.address);
  if (function == 5) {
    put16(body, message.content[0] ? 0xff00 : 0);
  } else if (function == 6) {
    put16(body, message.content[0]);
  } else {
    put16(body, message.range.size());
  }
  if (function == 15) {
    std::string bits((message.content.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < message.content.size(); ++i) {
      if (message.content[i]) bits[i / 8] = static_cast<char>(at(bits, i / 8) | 1u << (i % 8));
    }
    body += static_cast<char>(bits.size());
    body += bits;
  }
  if (function == 16) {
    body += static_cast<char>(2 * message.content.size());
    for (const std::uint16_t word : message.content)
      put16(body, word);
  }
  return body;
}

[[noreturn]] void malformed(const std::string& what) {
  throw ModbusReplyError(ModbusReplyError::Kind::malformed, what);
}

// What a reply to a read holds.
std::vector<std::uint16_t> content_of(const RegisterRange& range, std::string_view body) {
  const std::size_t bytes = range.of_bits() ? (range.size() + 7) / 8 : 2 * range.size();
  if (body.size() != bytes + 2 || at(body, 1) != bytes)
    malformed(
        filled(tr("the reply holds {0} bytes of data, {1} were expected"), body.size() < 2 ? 0 : at(body, 1), bytes));
  std::vector<std::uint16_t> content;
  for (std::size_t i = 0; i < range.size(); ++i) {
    content.push_back(
        static_cast<std::uint16_t>(range.of_bits() ? at(body, 2 + i / 8) >> (i % 8) & 1 : get16(body, 2 + 2 * i)));
  }
  return content;
}

}  // namespace

std::uint16_t modbus_crc(std::string_view bytes) {
  unsigned crc = 0xffff;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    crc ^= at(bytes, i);
    for (int bit = 0; bit < 8; ++bit)
      crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
  }
  return static_cast<std::uint16_t>(crc);
}

std::string modbus_request(ModbusFraming framing, std::uint16_t transaction, int unit, const ModbusMessage& message) {
  const std::string body = request_body(message);
  std::string frame;
  if (framing == ModbusFraming::tcp) {
    put16(frame, transaction);
    put16(frame, 0);
    put16(frame, body.size() + 1);
  }
  frame += static_cast<char>(unit);
  frame += body;
  if (framing == ModbusFraming::rtu) {
    const std::uint16_t crc = modbus_crc(frame);
    frame += static_cast<char>(crc & 0xff);
    frame += static_cast<char>(crc >> 8);
  }
  return frame;
}

std::optional<std::size_t> modbus_reply_size(ModbusFraming framing, std::string_view bytes) {
  if (framing == ModbusFraming::tcp) {
    if (bytes.size() < 6) return std::nullopt;
    return 6 + get16(bytes, 4);
  }
  if (bytes.size() < 2) return std::nullopt;
  const unsigned function = at(bytes, 1);
  if (function & 0x80) return 5;
  if (function >= 5) return 8;  // writes: address and value or quantity
  if (bytes.size() < 3) return std::nullopt;
  return 5 + at(bytes, 2);
}

std::string modbus_reply(ModbusFraming framing, std::uint16_t transaction, int unit, const ModbusMessage& message,
                         std::string_view frame) {
  if (framing == ModbusFraming::tcp && frame.size() >= 4 && get16(frame, 2) != 0)
    malformed(tr("this is no Modbus frame"));
  if (modbus_reply_size(framing, frame) != frame.size()) malformed(tr("the frame has the wrong length"));
  std::string_view rest = frame;
  if (framing == ModbusFraming::rtu) {
    const std::uint16_t crc = modbus_crc(frame.substr(0, frame.size() - 2));
    if (at(frame, frame.size() - 2) != (crc & 0xffu) || at(frame, frame.size() - 1) != crc >> 8)
      malformed(tr("the checksum (CRC) is wrong"));
    rest.remove_suffix(2);
  } else {
    if (get16(frame, 0) != transaction)
      throw ModbusReplyError(
          ModbusReplyError::Kind::other_transaction,
          filled(tr("the reply to request {0} came instead of that to request {1}"), get16(frame, 0), transaction));
    rest.remove_prefix(6);
  }
  if (rest.size() < 3) malformed(tr("the frame has the wrong length"));
  if (static_cast<int>(at(rest, 0)) != unit)
    malformed(filled(tr("unit {0} replied instead of unit {1}"), at(rest, 0), unit));
  const std::string_view body = rest.substr(1);
  const unsigned function = static_cast<unsigned>(function_code(message));
  if (at(body, 0) == (function | 0x80)) {
    if (body.size() != 2) malformed(tr("the frame has the wrong length"));
    const int code = static_cast<int>(at(body, 1));
    throw ModbusReplyError(ModbusReplyError::Kind::exception,
                           filled(tr("Modbus exception {0}, {1}"), code, modbus_exception_name(code)));
  }
  if (at(body, 0) != function)
    malformed(filled(tr("a reply to function {0} came instead of one to function {1}"), at(body, 0), function));
  if (!message.is_write) return decode_registers(message.range, content_of(message.range, body));
  if (body != std::string_view(request_body(message)).substr(0, 5))
    malformed(tr("the reply does not confirm what was written"));
  return "ok";
}

std::string modbus_exception_name(int code) {
  switch (code) {
    case 1:
      return tr("illegal function");
    case 2:
      return tr("illegal data address");
    case 3:
      return tr("illegal data value");
    case 4:
      return tr("server device failure");
    case 5:
      return tr("acknowledge");
    case 6:
      return tr("server device busy");
    case 8:
      return tr("memory parity error");
    case 10:
      return tr("gateway path unavailable");
    case 11:
      return tr("gateway target device failed to respond");
    default:
      return tr("unknown exception");
  }
}

}  // namespace etalon::drivers
