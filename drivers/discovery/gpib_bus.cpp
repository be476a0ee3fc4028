#include "drivers/discovery/gpib_bus.h"

#include <fmt/format.h>

#include "base/language.h"

namespace etalon::drivers {

std::vector<FoundInstrument> find_gpib_instruments(const std::shared_ptr<GpibAdapters>& adapters, int board,
                                                   milliseconds timeout, const base::Cancellation& cancellation,
                                                   const std::function<void(int address)>& before) {
  constexpr int highest_address = 30;
  std::vector<FoundInstrument> found;
  for (int primary = 1; primary <= highest_address; ++primary) {
    if (before) before(primary);
    const GpibAddress address{board, primary, std::nullopt};
    LinkOptions options;
    options.instrument = format_address(address);
    options.connect_timeout = timeout;
    options.cancellation = &cancellation;
    options.gpib_adapters = adapters;
    const auto link = open_link(Address(address), options);
    try {
      const std::uint8_t status = link->status_byte(within(timeout, &cancellation));
      found.push_back({"gpib", format_address(address), {{"status byte", fmt::format("0x{:02X}", status)}}});
    } catch (const InstrumentError& fault) {
      if (fault.fault() != Fault::timeout) throw;
    }
  }
  // Some adapters answer for addresses where nobody is.
  if (found.size() == highest_address) {
    for (FoundInstrument& one : found)
      one.facts.emplace_back("note", base::tr("the adapter says so of every address"));
  }
  return found;
}

}  // namespace etalon::drivers
