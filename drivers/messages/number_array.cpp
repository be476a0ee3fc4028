#include "drivers/messages/number_array.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/language.h"
#include "drivers/messages/message_template.h"

namespace etalon::drivers {

using base::InputError;
using base::tr;

namespace {

struct FormName {
  NumberForm form;
  bool in_block;
  const char* name;
};
constexpr std::array<FormName, 6> form_names = {{{NumberForm::text, false, "text"},
                                                 {NumberForm::text, true, "block text"},
                                                 {NumberForm::real32, true, "real32"},
                                                 {NumberForm::real64, true, "real64"},
                                                 {NumberForm::int16, true, "int16"},
                                                 {NumberForm::int32, true, "int32"}}};

std::size_t width_of(NumberForm form) {
  switch (form) {
    case NumberForm::text:
      return 1;
    case NumberForm::int16:
      return 2;
    case NumberForm::real32:
    case NumberForm::int32:
      return 4;
    case NumberForm::real64:
      return 8;
  }
  return 1;
}

template <typename Bits>
Bits bits_at(std::string_view data, bool big_endian) {
  Bits bits = 0;
  for (std::size_t i = 0; i < sizeof(Bits); ++i) {
    const auto byte = static_cast<unsigned char>(data[big_endian ? i : sizeof(Bits) - 1 - i]);
    bits = static_cast<Bits>(static_cast<Bits>(bits << 8) | byte);
  }
  return bits;
}

template <typename Bits>
void append_bits(std::string& data, Bits bits, bool big_endian) {
  for (std::size_t i = 0; i < sizeof(Bits); ++i) {
    const std::size_t shift = 8 * (big_endian ? sizeof(Bits) - 1 - i : i);
    data += static_cast<char>((bits >> shift) & 0xff);
  }
}

MessageTemplate element_template(const NumberArrayFormat& format) {
  return MessageTemplate("{value" + (format.element.empty() ? "" : ":" + format.element) + "}");
}

std::vector<double> from_text(std::string_view data, const NumberArrayFormat& format) {
  const MessageTemplate form = element_template(format);
  std::vector<double> numbers;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(data.find(',', begin), data.size());
    std::string element(data.substr(begin, end - begin));
    while (!element.empty() && (element.back() == '\r' || element.back() == '\n'))
      element.pop_back();
    const auto number = parse_number(element);
    if (!number || (!form.match(element) && std::fabs(*number) < format.sign_from)) {
      throw InputError(fmt::format(fmt::runtime(tr("element {} of the array is no number: \"{}\"")), numbers.size() + 1,
                                   element.substr(0, 40)));
    }
    numbers.push_back(*number);
    if (end == data.size()) return numbers;
    begin = end + 1;
  }
}

}  // namespace

NumberArrayFormat parse_number_array_format(const std::string& text) {
  NumberArrayFormat format;
  std::string name = text;
  constexpr std::string_view little = " little";
  if (name.ends_with(little)) {
    format.big_endian = false;
    name.resize(name.size() - little.size());
  }
  for (const FormName& known : form_names) {
    if (name != known.name || (known.form == NumberForm::text && !format.big_endian)) continue;
    format.form = known.form;
    format.in_block = known.in_block;
    return format;
  }
  throw InputError(fmt::format(fmt::runtime(tr("'{}' is no form of an array; expected text, block text, real32, "
                                               "real64, int16, int32, or one of the last four with \" little\"")),
                               text));
}

std::string to_string(const NumberArrayFormat& format) {
  for (const FormName& known : form_names) {
    if (known.form == format.form && known.in_block == format.in_block)
      return std::string(known.name) + (format.big_endian ? "" : " little");
  }
  return "text";
}

std::vector<double> parse_number_array(std::string_view data, const NumberArrayFormat& format) {
  if (format.form == NumberForm::text) return from_text(data, format);
  const std::size_t width = width_of(format.form);
  if (data.size() % width != 0) {
    throw InputError(
        fmt::format(fmt::runtime(tr("{} bytes are no whole number of elements of {} bytes")), data.size(), width));
  }
  std::vector<double> numbers;
  numbers.reserve(data.size() / width);
  for (std::size_t at = 0; at < data.size(); at += width) {
    const std::string_view element = data.substr(at, width);
    double number = 0;
    switch (format.form) {
      case NumberForm::real32:
        number = std::bit_cast<float>(bits_at<std::uint32_t>(element, format.big_endian));
        break;
      case NumberForm::real64:
        number = std::bit_cast<double>(bits_at<std::uint64_t>(element, format.big_endian));
        break;
      case NumberForm::int16:
        number = format.scale * static_cast<std::int16_t>(bits_at<std::uint16_t>(element, format.big_endian));
        break;
      default:
        number = format.scale * static_cast<std::int32_t>(bits_at<std::uint32_t>(element, format.big_endian));
    }
    if (!std::isfinite(number)) {
      throw InputError(
          fmt::format(fmt::runtime(tr("element {} of the array is no number: \"{}\"")), numbers.size() + 1, number));
    }
    numbers.push_back(number);
  }
  return numbers;
}

std::string format_number_array(const std::vector<double>& numbers, const NumberArrayFormat& format) {
  std::string data;
  const auto scaled = [&](double number, double least, double most) {
    const double count = std::nearbyint(number / format.scale);
    if (!(count >= least && count <= most))
      throw InputError(fmt::format(fmt::runtime(tr("{} does not fit into the array's integers")), number));
    return static_cast<std::int32_t>(count);
  };
  for (const double number : numbers) {
    switch (format.form) {
      case NumberForm::text: {
        if (!data.empty()) data += ',';
        if (!format.element.empty()) {
          data += element_template(format).fill_formatted({{"value", number}}, {});
          break;
        }
        std::array<char, 40> buffer;
        const auto end =
            std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::scientific);
        data += std::string(std::signbit(number) ? "" : "+") + std::string(buffer.data(), end.ptr);
        break;
      }
      case NumberForm::real32:
        append_bits(data, std::bit_cast<std::uint32_t>(static_cast<float>(number)), format.big_endian);
        break;
      case NumberForm::real64:
        append_bits(data, std::bit_cast<std::uint64_t>(number), format.big_endian);
        break;
      case NumberForm::int16:
        append_bits(data, static_cast<std::uint16_t>(scaled(number, -32768, 32767)), format.big_endian);
        break;
      case NumberForm::int32:
        append_bits(data, static_cast<std::uint32_t>(scaled(number, -2147483648.0, 2147483647.0)), format.big_endian);
        break;
    }
  }
  return data;
}

}  // namespace etalon::drivers
