// Instruments behind a Prologix or AR488 adapter: each primary address is polled.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "drivers/discovery/found_instrument.h"
#include "drivers/links/gpib_adapters.h"

namespace etalon::drivers {

// The addresses 1 to 30 (0 is the adapter's own) of a board that answer a serial poll (IEEE 488.1, 2.3.10): that asks
// for the status byte and disturbs no measurement, but takes back a request for service. `before` is called with each
// address. InstrumentError when the adapter fails.
std::vector<FoundInstrument> find_gpib_instruments(const std::shared_ptr<GpibAdapters>& adapters, int board,
                                                   milliseconds timeout, const base::Cancellation& cancellation,
                                                   const std::function<void(int address)>& before = {});

}  // namespace etalon::drivers
