// Replies that are faults, and identities, by the patterns of every shipped driver file.
#include "drivers/driver_file.h"

#include "tests/fuzz/property.h"
#include "tests/fuzz/shipped_drivers.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto& files = fuzz::shipped_drivers();
  const drivers::DriverFile& driver = files[data[0] % files.size()];
  const std::string line = fuzz::text_of(data + 1, size - 1);
  fuzz::is_accepted([&] { drivers::match_fault(driver, line); });
  std::optional<drivers::Identity> identity;
  fuzz::is_accepted([&] { identity = drivers::match_identity(driver, line); });
  if (identity && driver.identity.has_serial)
    fuzz::must(line.find(identity->serial) != std::string::npos, "a serial number stands in the identity's reply");
  return 0;
}
