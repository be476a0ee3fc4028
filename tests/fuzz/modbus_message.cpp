// Modbus messages as text.
#include "drivers/links/modbus_message.h"

#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [line, value] = fuzz::first_line(fuzz::text_of(data, size));
  drivers::ModbusMessage message;
  if (!fuzz::is_accepted([&, &line = line] { message = drivers::parse_modbus_message(line); })) return 0;
  const std::string written = drivers::format_modbus_message(message);
  // Text is written as far as its first NUL, and escaped.
  if (message.range.type != drivers::RegisterType::text || !message.is_write)
    fuzz::must(drivers::parse_modbus_message(written) == message, "a message reads back as the same");
  fuzz::must(message.range.size() >= 1 && message.range.size() <= 2000, "a request has a size that Modbus allows");
  if (message.is_write)
    fuzz::must(message.content.size() == message.range.size(), "what is written fills its registers");

  std::vector<std::uint16_t> content;
  if (!fuzz::is_accepted([&, &value = value] { content = drivers::encode_registers(message.range, value, true); }))
    return 0;
  fuzz::must(content.size() == message.range.size(), "a value fills its registers");
  const std::string decoded = drivers::decode_registers(message.range, content);
  if (message.range.type == drivers::RegisterType::text) return 0;  // blanks and NULs at its end are dropped
  fuzz::must(
      drivers::decode_registers(message.range, drivers::encode_registers(message.range, decoded, true)) == decoded,
      "a value reads back as the same");
  return 0;
}
