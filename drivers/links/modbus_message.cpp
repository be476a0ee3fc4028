#include "drivers/links/modbus_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::InputError;
using base::tr;

namespace {

template <typename Value>
struct Name {
  const char* name;
  Value value;
};

constexpr std::array<Name<RegisterKind>, 4> kinds{{{"coil", RegisterKind::coil},
                                                   {"discrete", RegisterKind::discrete},
                                                   {"input", RegisterKind::input},
                                                   {"holding", RegisterKind::holding}}};
constexpr std::array<Name<RegisterType>, 10> types{{{"bool", RegisterType::boolean},
                                                    {"int16", RegisterType::int16},
                                                    {"uint16", RegisterType::uint16},
                                                    {"int32", RegisterType::int32},
                                                    {"uint32", RegisterType::uint32},
                                                    {"int64", RegisterType::int64},
                                                    {"uint64", RegisterType::uint64},
                                                    {"float32", RegisterType::float32},
                                                    {"float64", RegisterType::float64},
                                                    {"text", RegisterType::text}}};
constexpr std::array<Name<ByteOrder>, 4> orders{{{"big", ByteOrder::big},
                                                 {"little-words", ByteOrder::little_words},
                                                 {"little", ByteOrder::little},
                                                 {"big-bytes-swapped", ByteOrder::big_bytes_swapped}}};

template <typename List>
auto find_name(const List& list, std::string_view name) -> std::optional<decltype(list.front().value)> {
  for (const auto& entry : list) {
    if (name == entry.name) return entry.value;
  }
  return std::nullopt;
}

template <typename List, typename Value>
std::string name_of(const List& list, Value value) {
  for (const auto& entry : list) {
    if (value == entry.value) return entry.name;
  }
  return {};
}

template <typename List>
std::string all_names(const List& list) {
  std::string names;
  for (const auto& entry : list)
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

// Registers of one value.
std::size_t width(RegisterType type) {
  switch (type) {
    case RegisterType::int32:
    case RegisterType::uint32:
    case RegisterType::float32:
      return 2;
    case RegisterType::int64:
    case RegisterType::uint64:
    case RegisterType::float64:
      return 4;
    default:
      return 1;
  }
}

[[noreturn]] void refuse(std::string_view line, const std::string& what) {
  throw InputError(filled(tr("Modbus message \"{0}\": {1}"), printable(line), what));
}

// The words of a line one by one; what follows the last one taken stays as it is.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}
  std::string_view next() {
    const std::string_view word = peek();
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    rest_.remove_prefix(word.size());
    return word;
  }
  std::string_view peek() const {
    const std::size_t begin = std::min(rest_.find_first_not_of(" \t"), rest_.size());
    return rest_.substr(begin, std::min(rest_.find_first_of(" \t", begin), rest_.size()) - begin);
  }
  // After one blank, which parts it from the last word.
  std::string_view rest() const { return rest_.empty() ? rest_ : rest_.substr(1); }

 private:
  std::string_view rest_;
};

std::optional<std::size_t> parse_count(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Between wire and the big-endian order: swapping is its own inverse.
void put_in_order(ByteOrder order, std::uint16_t* registers, std::size_t count) {
  if (order == ByteOrder::little_words || order == ByteOrder::little) std::reverse(registers, registers + count);
  if (order == ByteOrder::little || order == ByteOrder::big_bytes_swapped) {
    for (std::size_t i = 0; i < count; ++i)
      registers[i] = static_cast<std::uint16_t>((registers[i] << 8) | (registers[i] >> 8));
  }
}

void check_range(std::string_view line, const RegisterRange& range, bool is_write) {
  const std::size_t limit = range.of_bits() ? (is_write ? 1968 : 2000) : (is_write ? 123 : 125);
  if (range.count > limit || range.size() > limit)
    refuse(line,
           filled(tr("one request holds at most {0} {1}"), limit, range.of_bits() ? tr("bits") : tr("registers")));
  if (range.address + range.size() > 65536) refuse(line, tr("it goes beyond address 65535"));
}

template <typename Value>
std::string number_text(Value value) {
  if constexpr (std::is_floating_point_v<Value>) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  }
  std::array<char, 32> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

template <typename Value>
std::optional<Value> parse_value(std::string_view text, bool special) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.starts_with('+')) return std::nullopt;
  Value value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<Value>) {
    if (!std::isfinite(value) && !special) return std::nullopt;
  }
  return value;
}

template <typename Bits>
void append(std::vector<std::uint16_t>& registers, Bits bits, const RegisterRange& range) {
  std::array<std::uint16_t, sizeof(Bits) / 2> words;
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = static_cast<std::uint16_t>(static_cast<std::uint64_t>(bits) >> (16 * (words.size() - 1 - i)));
  put_in_order(range.order, words.data(), words.size());
  registers.insert(registers.end(), words.begin(), words.end());
}

template <typename Value, typename Bits>
void encode_value(std::vector<std::uint16_t>& registers, std::string_view text, const RegisterRange& range,
                  bool special) {
  const auto value = parse_value<Value>(text, special);
  if (!value)
    throw InputError(filled(tr("\"{0}\" is no {1} within its limits"), printable(text), name_of(types, range.type)));
  append(registers, std::bit_cast<Bits>(*value), range);
}

}  // namespace

std::size_t RegisterRange::size() const {
  if (type == RegisterType::text) return (text_length + 1) / 2;
  return of_bits() ? count : count * width(type);
}

std::string decode_registers(const RegisterRange& range, const std::vector<std::uint16_t>& content) {
  if (content.size() != range.size()) throw InputError(tr("another number of registers than the message asks for"));
  std::string text;
  if (range.type == RegisterType::text) {
    for (std::uint16_t word : content) {
      put_in_order(range.order, &word, 1);
      text += static_cast<char>(word >> 8);
      text += static_cast<char>(word & 0xff);
    }
    text.resize(range.text_length);
    text.resize(std::min(text.find('\0'), text.size()));
    text.resize(text.find_last_not_of(' ') + 1);
    return escape_bytes(text);
  }
  const std::size_t step = range.of_bits() ? 1 : width(range.type);
  for (std::size_t i = 0; i < content.size(); i += step) {
    if (i > 0) text += ',';
    std::array<std::uint16_t, 4> words{};
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(i), step, words.begin());
    if (!range.of_bits()) put_in_order(range.order, words.data(), step);
    std::uint64_t bits = 0;
    for (std::size_t k = 0; k < step; ++k)
      bits = bits << 16 | words[k];
    switch (range.type) {
      case RegisterType::boolean:
        text += bits ? '1' : '0';
        break;
      case RegisterType::int16:
        text += number_text(static_cast<std::int16_t>(bits));
        break;
      case RegisterType::int32:
        text += number_text(static_cast<std::int32_t>(bits));
        break;
      case RegisterType::int64:
        text += number_text(static_cast<std::int64_t>(bits));
        break;
      case RegisterType::float32:
        text += number_text(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
        break;
      case RegisterType::float64:
        text += number_text(std::bit_cast<double>(bits));
        break;
      default:
        text += number_text(bits);
    }
  }
  return text;
}

std::vector<std::uint16_t> encode_registers(const RegisterRange& range, std::string_view text, bool special) {
  std::vector<std::uint16_t> registers;
  if (range.type == RegisterType::text) {
    std::string bytes = unescape_bytes(text);
    if (bytes.size() > range.text_length)
      throw InputError(filled(tr("\"{0}\" has more than {1} characters"), printable(text), range.text_length));
    bytes.resize(2 * range.size(), '\0');
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
      auto word = static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[i]) << 8 |
                                             static_cast<unsigned char>(bytes[i + 1]));
      put_in_order(range.order, &word, 1);
      registers.push_back(word);
    }
    return registers;
  }
  std::size_t values = 0;
  for (bool more = true; more; ++values) {
    const std::size_t comma = text.find(',');
    std::string_view value = text.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    value = value.substr(0, value.find_last_not_of(" \t") + 1);
    switch (range.type) {
      case RegisterType::boolean:
        if (value != "0" && value != "1") throw InputError(filled(tr("\"{0}\" is not 0 or 1"), printable(value)));
        registers.push_back(value == "1");
        break;
      case RegisterType::int16:
        encode_value<std::int16_t, std::uint16_t>(registers, value, range, special);
        break;
      case RegisterType::uint16:
        encode_value<std::uint16_t, std::uint16_t>(registers, value, range, special);
        break;
      case RegisterType::int32:
        encode_value<std::int32_t, std::uint32_t>(registers, value, range, special);
        break;
      case RegisterType::uint32:
        encode_value<std::uint32_t, std::uint32_t>(registers, value, range, special);
        break;
      case RegisterType::int64:
        encode_value<std::int64_t, std::uint64_t>(registers, value, range, special);
        break;
      case RegisterType::uint64:
        encode_value<std::uint64_t, std::uint64_t>(registers, value, range, special);
        break;
      case RegisterType::float32:
        encode_value<float, std::uint32_t>(registers, value, range, special);
        break;
      case RegisterType::float64:
        encode_value<double, std::uint64_t>(registers, value, range, special);
        break;
      case RegisterType::text:
        break;
    }
  }
  if (values != range.count) throw InputError(filled(tr("{0} values, {1} belong there"), values, range.count));
  return registers;
}

ModbusMessage parse_modbus_message(std::string_view line) {
  ModbusMessage message;
  RegisterRange& range = message.range;
  Words words(line);
  const std::string_view action = words.next();
  if (action != "read" && action != "write")
    refuse(line, tr("expected read KIND ADDRESS TYPE, or write KIND ADDRESS TYPE VALUE"));
  message.is_write = action == "write";

  const auto kind = find_name(kinds, words.next());
  if (!kind) refuse(line, filled(tr("expected one of {0} after {1}"), all_names(kinds), action));
  range.kind = *kind;
  if (message.is_write && (range.kind == RegisterKind::discrete || range.kind == RegisterKind::input))
    refuse(line, tr("discrete inputs and input registers cannot be written"));

  const auto address = parse_count(words.next());
  if (!address || *address > 65535) refuse(line, tr("expected an address from 0 to 65535 as in the protocol"));
  range.address = static_cast<std::uint16_t>(*address);

  const auto type = find_name(types, words.next());
  if (!type) refuse(line, filled(tr("expected one of the types {0}"), all_names(types)));
  range.type = *type;
  if (range.of_bits() != (range.type == RegisterType::boolean))
    refuse(line, tr("coils and discrete inputs have the type bool, registers any other"));
  if (range.type == RegisterType::text) {
    const auto length = parse_count(words.next());
    if (!length || *length == 0 || *length > 250)
      refuse(line, tr("expected the number of characters after text, 1 to 250"));
    range.text_length = *length;
  }

  if (const auto order = find_name(orders, words.peek()); order && !range.of_bits()) {
    words.next();
    range.order = *order;
    const bool short_type = range.type == RegisterType::text || width(range.type) == 1;
    if (short_type && (range.order == ByteOrder::little_words || range.order == ByteOrder::little))
      refuse(line, tr("16-bit types and text have only the orders big and big-bytes-swapped"));
  }

  if (message.is_write) {
    std::string_view value = words.rest();
    if (range.type != RegisterType::text) {
      if (words.peek().empty()) refuse(line, tr("expected a value"));
      range.count = static_cast<std::size_t>(std::count(value.begin(), value.end(), ',')) + 1;
    }
    check_range(line, range, true);
    try {
      if (range.type == RegisterType::text && unescape_bytes(value).find('\0') != std::string::npos)
        throw InputError(tr("a text in registers ends before its first NUL, so what follows would be lost"));
      message.content = encode_registers(range, value);
    } catch (const InputError& error) {
      refuse(line, error.what());
    }
  } else {
    if (!words.peek().empty()) {
      const auto count = range.type == RegisterType::text ? std::nullopt : parse_count(words.next());
      if (!count || *count == 0 || !words.peek().empty())
        refuse(line, tr("expected nothing, or how many values, after the type and order"));
      range.count = *count;
    }
    check_range(line, range, false);
  }
  return message;
}

std::string format_modbus_message(const ModbusMessage& message) {
  const RegisterRange& range = message.range;
  std::string line = fmt::format("{} {} {} {}", message.is_write ? "write" : "read", name_of(kinds, range.kind),
                                 range.address, name_of(types, range.type));
  if (range.type == RegisterType::text) line += fmt::format(" {}", range.text_length);
  if (range.order != ByteOrder::big) line += " " + name_of(orders, range.order);
  if (message.is_write) {
    line += " " + decode_registers(range, message.content);
  } else if (range.count > 1) {
    line += fmt::format(" {}", range.count);
  }
  return line;
}

}  // namespace etalon::drivers
