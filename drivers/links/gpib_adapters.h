// The GPIB adapters of a bench (GPIB0, GPIB1 …), shared by the links of all instruments behind them. Any thread may use
// its own links at any time; an adapter is opened with its first link.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/links/link.h"

namespace etalon::drivers {

struct GpibAdapterDescription {
  int board = 0;        // the 0 of GPIB0::22::INSTR
  std::string address;  // TCPIP::host::1234::SOCKET (Prologix GPIB-ETHERNET) or ASRL/dev/ttyUSB0::115200-8N1::INSTR
  std::string kind;     // "prologix" or "ar488"
  // After each command to the adapter; none when left out.
  std::optional<milliseconds> command_pause;
  // Between opening a serial port and the first command. 2 s when left out for an AR488, which starts anew when its
  // port is opened; none for a Prologix.
  std::optional<milliseconds> boot_time;
  // Of one ++read, 100 ms to 3 s; 1 s when left out. Longer replies take several. While an instrument is slow to reply,
  // each message to another one behind the same adapter waits up to this long.
  std::optional<milliseconds> read_time;
};

class PrologixAdapter;

class GpibAdapters {
 public:
  // InputError: a board named twice, an unknown kind, or an address that is neither a socket nor a serial line.
  explicit GpibAdapters(const std::vector<GpibAdapterDescription>& descriptions);
  ~GpibAdapters();
  // Not open yet. InputError when no adapter leads to that board.
  std::unique_ptr<Link> make_link(const GpibAddress& address, const LinkOptions& options) const;

 private:
  std::map<int, std::shared_ptr<PrologixAdapter>> adapters_;
};

}  // namespace etalon::drivers
