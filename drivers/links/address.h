// Addresses of instruments, in VISA's form (VPP-4.3, section 4):
//   ASRL/dev/ttyUSB0::9600-8N1::INSTR      serial line; settings BAUD-BITS PARITY STOP[-XONXOFF|-RTSCTS|-DTRDSR],
//   9600-8N1
//                                          when left out (ASRL/dev/ttyUSB0::INSTR)
//   TCPIP::host::5025::SOCKET              raw TCP; IPv6 in brackets: TCPIP::[::1]::5025::SOCKET
// Keywords are read in any case, and with a board number (TCPIP0); they are written as above.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace etalon::drivers {

enum class Parity { none, even, odd, mark, space };
enum class FlowControl { none, xon_xoff, rts_cts, dtr_dsr };

struct SerialSettings {
  int baud_rate = 9600;
  int data_bits = 8;  // 5 to 8
  Parity parity = Parity::none;
  int stop_bits = 1;  // 1 or 2
  FlowControl flow_control = FlowControl::none;
  bool operator==(const SerialSettings&) const = default;
};

struct SerialAddress {
  std::string device;  // absolute path, symbolic links allowed
  SerialSettings settings;
  bool operator==(const SerialAddress&) const = default;
};

struct SocketAddress {
  std::string host;  // name, IPv4, or IPv6 without brackets
  std::uint16_t port = 0;
  bool operator==(const SocketAddress&) const = default;
};

using Address = std::variant<SerialAddress, SocketAddress>;

// InputError quotes the text and says what was expected; VXI-11, HiSLIP, USBTMC, GPIB and Modbus addresses are
// recognised and refused as not supported yet.
Address parse_address(std::string_view text);
std::string format_address(const Address& address);
// "9600-8N1", "2400-7E1-XONXOFF"; InputError for anything else.
SerialSettings parse_serial_settings(std::string_view text);
std::string format_serial_settings(const SerialSettings& settings);

}  // namespace etalon::drivers
