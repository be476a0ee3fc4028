// Lines of transcripts, and escaped bytes.
#include "drivers/links/transcript.h"

#include <cmath>

#include "drivers/links/escaped_bytes.h"
#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  fuzz::must(drivers::unescape_bytes(drivers::escape_bytes(text)) == text, "escaped bytes read back as the same");
  fuzz::is_accepted([&] { drivers::unescape_bytes(text); });
  drivers::printable(text, 40);
  drivers::TranscriptEntry entry;
  if (!fuzz::is_accepted([&] { entry = drivers::parse_transcript_line(text); })) return 0;
  std::string line;
  if (!fuzz::is_accepted([&] { line = drivers::to_json_line(entry); })) {
    fuzz::must(entry.utc >= 253402300799.9995, "an entry can be written before the year 10000");
    return 0;
  }
  fuzz::must(line.find('\n') == std::string::npos, "an entry is one line");
  drivers::TranscriptEntry again = drivers::parse_transcript_line(line);
  fuzz::must(std::fabs(again.utc - entry.utc) < 0.00051, "times are kept to the millisecond");
  fuzz::must(drivers::to_json_line(again) == line, "a written entry is written alike again");
  again.utc = entry.utc;
  fuzz::must(again == entry, "an entry reads back as the same");
  return 0;
}
