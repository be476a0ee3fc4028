// Arrays of numbers in every format; the first byte chooses it.
#include "drivers/messages/number_array.h"

#include <algorithm>
#include <cmath>

#include "drivers/messages/message_template.h"
#include "tests/fuzz/property.h"

using namespace etalon;
using drivers::NumberForm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const char* const formats[] = {"text",  "block text",    "real32",        "real64",       "int16",
                                        "int32", "real32 little", "real64 little", "int16 little", "int32 little"};
  const std::string text = fuzz::text_of(data, size);
  fuzz::is_accepted([&] { drivers::parse_number_array_format(text); });
  if (text.empty()) return 0;
  const auto format = drivers::parse_number_array_format(formats[data[0] % std::size(formats)]);
  fuzz::must(drivers::to_string(format) == formats[data[0] % std::size(formats)], "a format keeps its name");
  const std::string array = text.substr(1);
  std::vector<double> numbers;
  if (!fuzz::is_accepted([&] { numbers = drivers::parse_number_array(array, format); })) return 0;
  for (const double number : numbers)
    fuzz::must(std::isfinite(number), "a reading is finite");
  if (format.form == NumberForm::text) {
    fuzz::must(numbers.size() == 1 + static_cast<std::size_t>(std::count(array.begin(), array.end(), ',')),
               "there are as many numbers as commas, and one");
  }
  const std::string written = drivers::format_number_array(numbers, format);
  if (format.form != NumberForm::text) fuzz::must(written == array, "binary numbers are written as they were read");
  if (!numbers.empty())
    fuzz::must(drivers::parse_number_array(written, format) == numbers, "numbers read back as the same");
  if (format.form == NumberForm::text) {
    // Each number in a form of its own: then one that lost its end is refused.
    drivers::NumberArrayFormat whole = format;
    whole.element = "+.8E";
    const std::string formed = drivers::format_number_array(numbers, whole);
    fuzz::must(drivers::parse_number_array(formed, whole).size() == numbers.size(), "every number has the form");
    // Of an exponent with three digits two are left: a number a great power of ten away, beyond every range.
    const double last = std::fabs(numbers.back());
    if (last == 0 || (last > 1e-98 && last < 1e98)) {
      fuzz::must(!fuzz::is_accepted([&] { drivers::parse_number_array(formed.substr(0, formed.size() - 1), whole); }),
                 "a number that lost its end is refused");
    }
  }
  return 0;
}
