// Modbus requests and replies as lines of text, so that driver files, conversations, transcripts and simulators treat
// Modbus instruments like all others:
//
//   read KIND ADDRESS TYPE [ORDER] [COUNT]           ->  VALUE[,VALUE...]
//   write KIND ADDRESS TYPE [ORDER] VALUE[,VALUE...] ->  ok
//
//   KIND     coil, discrete (one bit each), input, holding (registers of 16 bits); discrete and input are read only
//   ADDRESS  0 to 65535, the address in the protocol: the "40041" of a manual that counts from 40001 is holding 40
//   TYPE     bool (coil and discrete, and only these); int16 uint16 int32 uint32 int64 uint64 float32 float64;
//            text N (N characters, two a register)
//   ORDER    of the bytes A B C D of a number, A the most significant: big (ABCD, the default), little-words (CDAB),
//            little (DCBA), big-bytes-swapped (BADC); 16-bit types and text take only big and big-bytes-swapped
//   COUNT    how many values, 1 when left out
//   VALUE    0 or 1; a whole number; a number; the text itself
//
// Examples: "read holding 40 float32" -> "21.83"; "write holding 10 float32 100.5" -> "ok"; "read input 0 int16 3" ->
// "1,-2,3"; "read holding 100 text 8" -> "AB-12".
// Floating-point values are written with the fewest digits that give the same value back; nan, inf and -inf are written
// as such. Limits of one request: Modbus Application Protocol V1.1b3, 6.1 to 6.16.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::drivers {

enum class RegisterKind { coil, discrete, input, holding };
enum class RegisterType { boolean, int16, uint16, int32, uint32, int64, uint64, float32, float64, text };
enum class ByteOrder { big, little_words, little, big_bytes_swapped };

// Which values stand where.
struct RegisterRange {
  RegisterKind kind = RegisterKind::holding;
  std::uint16_t address = 0;
  RegisterType type = RegisterType::uint16;
  ByteOrder order = ByteOrder::big;
  std::size_t count = 1;        // values; of text always 1
  std::size_t text_length = 0;  // characters, of text only
  bool operator==(const RegisterRange&) const = default;

  bool of_bits() const { return kind == RegisterKind::coil || kind == RegisterKind::discrete; }
  // Registers (or bits) in all.
  std::size_t size() const;
};

struct ModbusMessage {
  bool is_write = false;
  RegisterRange range;
  std::vector<std::uint16_t> content;  // of a write: the registers, or 0 and 1 for coils
  bool operator==(const ModbusMessage&) const = default;
};

// InputError says what is wrong and what was expected. The line has no terminator.
ModbusMessage parse_modbus_message(std::string_view line);
std::string format_modbus_message(const ModbusMessage& message);

// Registers (or bits, 0 and 1) as the text of a reply. `content` holds range.size() of them. Text ends before its first
// NUL, and blanks at its end are dropped; bytes that are not printable are escaped (escaped_bytes.h).
std::string decode_registers(const RegisterRange& range, const std::vector<std::uint16_t>& content);
// The inverse. InputError for text that is no such value, or out of the type's range. `special` allows nan and inf.
std::vector<std::uint16_t> encode_registers(const RegisterRange& range, std::string_view text, bool special = false);

}  // namespace etalon::drivers
