// Faults of simulated instruments, as they are asked for.
#include "drivers/simulation/fault.h"

#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  drivers::simulation::Fault fault;
  if (!fuzz::is_accepted([&] { fault = drivers::simulation::parse_fault(text); })) return 0;
  fuzz::must(fault.at >= 1 && fault.delay >= 0 && fault.delay <= 3600, "a fault happens at some reply, within an hour");
  fuzz::must(text.starts_with(fault.instrument + ":" + drivers::simulation::to_string(fault.kind)),
             "a fault is the one that was asked for");
  return 0;
}
