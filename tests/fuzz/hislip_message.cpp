// Messages of HiSLIP.
#include "drivers/links/hislip_message.h"

#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::text_of(data, size);
  if (const auto header = drivers::decode_hislip_header(bytes)) {
    fuzz::must(size >= drivers::hislip_header_size && bytes.starts_with("HS"), "a header is whole");
    if (header->payload_size == size - drivers::hislip_header_size) {
      const std::string written = drivers::encode_hislip(header->type, header->control, header->parameter,
                                                         bytes.substr(drivers::hislip_header_size));
      fuzz::must(written == bytes, "a message is written as it was read");
    }
    drivers::hislip_error_text(header->type, header->control, bytes);
  }
  if (const auto largest = drivers::decode_hislip_size(bytes))
    fuzz::must(drivers::decode_hislip_size(drivers::encode_hislip_size(*largest)) == largest, "sizes read back");
  return 0;
}
