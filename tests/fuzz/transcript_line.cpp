// Lines of transcripts, and escaped bytes.
#include "drivers/links/escaped_bytes.h"
#include "drivers/links/transcript.h"
#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  fuzz::must(drivers::unescape_bytes(drivers::escape_bytes(text)) == text, "escaped bytes read back as the same");
  fuzz::is_accepted([&] { drivers::unescape_bytes(text); });
  drivers::printable(text, 40);
  drivers::TranscriptEntry entry;
  if (!fuzz::is_accepted([&] { entry = drivers::parse_transcript_line(text); })) return 0;
  const std::string line = drivers::to_json_line(entry);
  fuzz::must(line.find('\n') == std::string::npos, "an entry is one line");
  fuzz::must(drivers::parse_transcript_line(line) == entry, "an entry reads back as the same");
  return 0;
}
