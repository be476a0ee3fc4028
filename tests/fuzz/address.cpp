// Addresses: what is written reads back as the same.
#include "drivers/links/address.h"

#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  drivers::Address address;
  if (fuzz::is_accepted([&] { address = drivers::parse_address(text); })) {
    const std::string written = drivers::format_address(address);
    fuzz::must(drivers::parse_address(written) == address, "an address reads back as the same");
    fuzz::must(drivers::format_address(drivers::parse_address(written)) == written, "it is always written alike");
  }
  drivers::SerialSettings settings;
  if (fuzz::is_accepted([&] { settings = drivers::parse_serial_settings(text); })) {
    const std::string written = drivers::format_serial_settings(settings);
    fuzz::must(drivers::parse_serial_settings(written) == settings, "serial settings read back as the same");
  }
  return 0;
}
