// Frames of Modbus replies: the request in the first line, then the framing and the frame. A reply is only what a frame
// with a right checksum, unit, function and size says.
#include "drivers/links/modbus_frame.h"

#include "tests/fuzz/property.h"

using namespace etalon;
using drivers::ModbusFraming;

namespace {

// The function code that a request's frame has, where TCP and RTU put it.
std::size_t function_at(ModbusFraming framing) {
  return framing == ModbusFraming::tcp ? 7 : 1;
}

void check_reply(ModbusFraming framing, const drivers::ModbusMessage& message, const std::string& frame) {
  constexpr int unit = 7;
  constexpr std::uint16_t transaction = 0x1234;
  const std::string request = drivers::modbus_request(framing, transaction, unit, message);
  fuzz::must(request.size() <= 260, "a request is no longer than Modbus allows");
  std::string reply;
  try {
    reply = drivers::modbus_reply(framing, transaction, unit, message, frame);
  } catch (const drivers::ModbusReplyError&) {
    return;
  }
  const std::size_t at = function_at(framing);
  fuzz::must(frame.size() > at && frame[at] == request[at], "a reply has the function of its request");
  fuzz::must(frame[at - 1] == unit, "a reply comes from the unit that was asked");
  if (framing == ModbusFraming::rtu) {
    const std::uint16_t crc = drivers::modbus_crc(std::string_view(frame).substr(0, frame.size() - 2));
    fuzz::must(static_cast<std::uint8_t>(frame[frame.size() - 2]) == (crc & 0xff) &&
                   static_cast<std::uint8_t>(frame.back()) == crc >> 8,
               "a reply has a right checksum");
  } else {
    fuzz::must(frame.substr(0, 2) == request.substr(0, 2), "a reply has the transaction of its request");
  }
  const auto whole = drivers::modbus_reply_size(framing, frame);
  fuzz::must(whole && *whole == frame.size(), "a reply is exactly one frame");
  if (message.is_write) {
    fuzz::must(reply == "ok", "a write is confirmed");
    return;
  }
  // The registers as they stand in the frame.
  std::vector<std::uint16_t> content;
  for (std::size_t i = 0; i < message.range.size(); ++i) {
    const auto byte = [&](std::size_t n) { return static_cast<std::uint8_t>(frame[at + 2 + n]); };
    if (message.range.of_bits()) {
      content.push_back((byte(i / 8) >> (i % 8)) & 1);
    } else {
      content.push_back(static_cast<std::uint16_t>(byte(2 * i) << 8 | byte(2 * i + 1)));
    }
  }
  fuzz::must(reply == drivers::decode_registers(message.range, content), "the reply is what the registers hold");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [line, rest] = fuzz::first_line(fuzz::text_of(data, size));
  drivers::ModbusMessage message;
  if (rest.empty() || !fuzz::is_accepted([&, &line = line] { message = drivers::parse_modbus_message(line); }))
    return 0;
  const auto framing = rest[0] & 1 ? ModbusFraming::rtu : ModbusFraming::tcp;
  std::string frame = rest.substr(1);
  for (std::size_t n = 0; n <= frame.size() && n < 16; ++n) {
    if (const auto whole = drivers::modbus_reply_size(framing, std::string_view(frame).substr(0, n)))
      fuzz::must(*whole <= 65541, "a frame has a bound");
  }
  check_reply(framing, message, frame);
  if (framing == ModbusFraming::rtu && rest[0] & 2) {  // with a right checksum, so that what lies behind is reached
    const std::uint16_t crc = drivers::modbus_crc(frame);
    frame += static_cast<char>(crc & 0xff);
    frame += static_cast<char>(crc >> 8);
    check_reply(framing, message, frame);
  }
  return 0;
}
