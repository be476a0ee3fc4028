// Which link an address names.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/language.h"
#include "drivers/links/file_descriptor.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/gpib_adapters.h"
#include "drivers/links/hislip_link.h"
#include "drivers/links/link.h"
#include "drivers/links/modbus_link.h"
#include "drivers/links/serial_link.h"
#include "drivers/links/tcp_link.h"
#include "drivers/links/tty_link.h"
#include "drivers/links/usbtmc_link.h"
#include "drivers/links/vxi11_link.h"

namespace etalon::drivers {

using base::tr;

namespace {

// The tty behind a device path, and what it is.
struct Tty {
  std::string device;  // without symbolic links
  FileDescriptor descriptor;
  bool for_libserialport = false;
};

Tty find_tty(const SerialAddress& serial, const LinkOptions& options) {
  const auto fail = [&](const std::string& detail) {
    return InstrumentError(Fault::connect_failed, {options.instrument, format_address(serial), "", ""}, detail);
  };
  std::array<char, PATH_MAX> resolved;
  if (!::realpath(serial.device.c_str(), resolved.data()))
    throw fail(filled(tr("{0}: {1}"), serial.device, std::strerror(errno)));
  Tty tty{resolved.data(), FileDescriptor(::open(resolved.data(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))};
  if (!tty.descriptor.valid()) {
    if (errno == EBUSY) throw fail(filled(tr("{}: another program uses this port"), serial.device));
    if (errno == EACCES)
      throw fail(filled(tr("{}: no permission to use this port (on Debian, its users are in the group dialout)"),
                        serial.device));
    throw fail(filled(tr("{0}: {1}"), serial.device, std::strerror(errno)));
  }
  if (!::isatty(tty.descriptor.get())) throw fail(filled(tr("{}: this is no serial port"), serial.device));
  int modem_lines = 0;
  const std::string name = std::filesystem::path(tty.device).filename().string();
  tty.for_libserialport =
      ::ioctl(tty.descriptor.get(), TIOCMGET, &modem_lines) == 0 && std::filesystem::exists("/sys/class/tty/" + name);
  return tty;
}

struct Opener {
  const LinkOptions& options;

  std::unique_ptr<Link> operator()(const SerialAddress& serial) const {
    // Kept open until the link is: closing the port in between would drop DTR, which resets some instruments.
    const Tty tty = find_tty(serial, options);
    if (tty.for_libserialport) return opened(std::make_unique<SerialLink>(serial, tty.device, options));
    return opened(std::make_unique<TtyLink>(serial, options));
  }
  std::unique_ptr<Link> operator()(const SocketAddress& socket) const {
    return opened(std::make_unique<TcpLink>(socket, options));
  }
  std::unique_ptr<Link> operator()(const Vxi11Address& vxi11) const {
    return opened(std::make_unique<Vxi11Link>(vxi11, options));
  }
  std::unique_ptr<Link> operator()(const HislipAddress& hislip) const {
    return opened(std::make_unique<HislipLink>(hislip, options));
  }
  std::unique_ptr<Link> operator()(const GpibAddress& gpib) const {
    if (!options.gpib_adapters)
      throw base::InputError(
          filled(tr("address \"{0}\": say which adapter leads to this bus: in the bench file as [adapters.GPIB{1}], or "
                    "with --adapter"),
                 format_address(gpib), gpib.board));
    return opened(options.gpib_adapters->make_link(gpib, options));
  }
  std::unique_ptr<Link> operator()(const UsbtmcAddress& usbtmc) const {
    return opened(std::make_unique<UsbtmcLink>(usbtmc, options));
  }
  std::unique_ptr<Link> operator()(const ModbusTcpAddress& modbus) const {
    return opened(std::make_unique<ModbusLink>(modbus, options));
  }
  std::unique_ptr<Link> operator()(const ModbusRtuAddress& modbus) const {
    return opened(std::make_unique<ModbusLink>(modbus, options));
  }

 private:
  std::unique_ptr<Link> opened(std::unique_ptr<Link> link) const {
    link->open(within(options.connect_timeout, options.cancellation));
    return link;
  }
};

}  // namespace

std::unique_ptr<Link> open_link(const Address& address, const LinkOptions& options) {
  return std::visit(Opener{options}, address);
}

std::unique_ptr<Link> open_link(const std::string& address, const LinkOptions& options) {
  return open_link(parse_address(address), options);
}

}  // namespace etalon::drivers
