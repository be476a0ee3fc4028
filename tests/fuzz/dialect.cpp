// Every dialect, as client and as simulator; the first byte chooses it.
#include "drivers/dialects/dialect.h"

#include <cctype>

#include "drivers/driver_file.h"
#include "drivers/messages/message_template.h"
#include "tests/fuzz/property.h"

using namespace etalon;

namespace {

// Whether the characters stand in the line in their order, whatever stands between them.
bool stands_in(const std::string& text, const std::string& line) {
  std::size_t at = 0;
  for (const char c : text) {
    if (c == ' ') continue;
    at = line.find(c, at);
    if (at == std::string::npos) return false;
    ++at;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all = drivers::dialect_names();
    all.push_back("");  // plain messages
    return all;
  }();
  if (size < 2) return 0;
  const std::string& name = names[data[0] % names.size()];
  const drivers::LinkSettings link;
  const auto dialect = drivers::make_dialect(name, link, data[1] & 1 ? "GPIB0::22::INSTR" : "");
  const auto [line, reply] = fuzz::first_line(fuzz::text_of(data + 2, size - 2));

  if (const auto text = dialect->unwrapped(line)) {
    // A reading is the digits of the line, in their order: nothing is made up, and no character comes from elsewhere.
    if (drivers::parse_number(*text))
      fuzz::must(stands_in(*text, line), "a number that came out is the number that is written there");
  }
  std::string wrapped;
  const bool sendable = fuzz::is_accepted([&, &line = line] { wrapped = dialect->wrapped(line); });
  const auto heard = dialect->heard(line);
  if (heard) {
    dialect->said(*heard, std::nullopt, false);
    dialect->said(*heard, reply, false);
    dialect->said(*heard, reply, true);
    if (const auto message = dialect->streams()) dialect->streamed(reply);
  }
  if (sendable) {
    const auto again = drivers::make_dialect(name, link, data[1] & 1 ? "GPIB0::22::INSTR" : "");
    again->heard(wrapped);
  }
  dialect->power_on();
  return 0;
}
