// The bytes of Modbus requests and replies (Modbus Application Protocol V1.1b3; Modbus over Serial Line V1.02, 2.5.1;
// Modbus Messaging on TCP/IP V1.0b, 3.1.3). Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "drivers/links/modbus_message.h"

namespace etalon::drivers {

enum class ModbusFraming { tcp, rtu };

// CRC-16 with polynomial 0xA001 (reflected), start 0xFFFF; sent low byte first.
std::uint16_t modbus_crc(std::string_view bytes);

// The whole frame of a request. `transaction` is sent over TCP only. Writes of one coil or register are functions 5 and
// 6, of several 15 and 16.
std::string modbus_request(ModbusFraming framing, std::uint16_t transaction, int unit, const ModbusMessage& message);

// How long the frame of a reply is that begins with `bytes`, once that can be told.
std::optional<std::size_t> modbus_reply_size(ModbusFraming framing, std::string_view bytes);

// The reply is not one to the request.
struct ModbusReplyError : std::runtime_error {
  enum class Kind { malformed, other_transaction, exception };
  ModbusReplyError(Kind the_kind, const std::string& what) : std::runtime_error(what), kind(the_kind) {}
  Kind kind;
};

// Takes the whole frame of a reply apart: the text of the reply, without terminator. ModbusReplyError.
std::string modbus_reply(ModbusFraming framing, std::uint16_t transaction, int unit, const ModbusMessage& message,
                         std::string_view frame);

// "illegal data address" for 2, and so on.
std::string modbus_exception_name(int code);

}  // namespace etalon::drivers
