// Blocks of IEEE 488.2.
#include "drivers/messages/block.h"

#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  const std::string written = drivers::definite_block(text);
  fuzz::must(drivers::parse_block(written) == text, "a block that is sent reads back as the same");
  fuzz::must(drivers::parse_block(written + "\n") == text, "a terminator may follow");
  if (!text.empty()) {
    fuzz::must(!fuzz::is_accepted([&] { drivers::parse_block(written.substr(0, written.size() - 1)); }),
               "a block that lacks a byte is refused");
  }

  std::string parsed;
  const bool whole = fuzz::is_accepted([&] { parsed = drivers::parse_block(text); });
  if (whole) {
    const std::string_view rest = std::string_view(text).substr(text.find_first_of("#"));
    fuzz::must(rest.size() == text.size(), "a block begins with #");
    const bool ends = text.ends_with(parsed) || text.ends_with(parsed + "\n");
    fuzz::must(ends, "the data of a block are the bytes at its end");
  }
  // The same from a line that brings it piece by piece.
  std::size_t at = 0;
  std::string read;
  const bool came = fuzz::is_accepted([&] {
    read = drivers::read_block(
        [&](std::size_t count) {
          fuzz::must(count <= 4096, "no more is read than is allowed");
          if (count > text.size() - at) throw base::InputError("the line is silent");
          at += count;
          return text.substr(at - count, count);
        },
        4096);
  });
  if (whole && parsed.size() <= 4096) fuzz::must(came && read == parsed, "both readers agree");
  return 0;
}
