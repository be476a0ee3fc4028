// Driver files: one that is accepted also has a manual page and a simulator's vocabulary.
#include "drivers/driver_file.h"

#include "drivers/manual_page.h"
#include "drivers/simulation/vocabulary.h"
#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  drivers::DriverFile driver;
  if (!fuzz::is_accepted([&] { driver = drivers::parse_driver_file(text, "fuzz.toml"); })) return 0;
  fuzz::must(driver.sources.empty() || driver.safe_state.has_value(), "a source has a safe state");
  fuzz::must(!drivers::manual_page(driver).empty(), "a driver file has a manual page");
  drivers::match_identity(driver, driver.identity.example);
  drivers::match_fault(driver, driver.identity.example);
  fuzz::is_accepted([&] {
    const drivers::simulation::Vocabulary vocabulary(driver);
    vocabulary.find(driver.identity.example, 0, 0);
  });
  return 0;
}
