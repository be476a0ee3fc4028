// Addresses of instruments, in VISA's form (VPP-4.3, section 4):
//   ASRL/dev/ttyUSB0::9600-8N1::INSTR      serial line; settings BAUD-BITS PARITY STOP[-XONXOFF|-RTSCTS|-DTRDSR],
//                                          9600-8N1 when left out (ASRL/dev/ttyUSB0::INSTR)
//   TCPIP::host::5025::SOCKET              raw TCP; IPv6 in brackets: TCPIP::[::1]::5025::SOCKET
//   TCPIP::host::inst0::INSTR              VXI-11; inst0 when left out, gpib0,5 behind a gateway; inst0,40111 with the
//                                          port of its core channel, when no port mapper is to be asked for it
//   TCPIP::host::hislip0::INSTR            HiSLIP; hislip0,4881 for another port than 4880
//   USBTMC/dev/usbtmc0::INSTR              USBTMC through the kernel's driver
//   GPIB0::22::INSTR                       GPIB: adapter, primary address; GPIB0::22::5::INSTR with a secondary one
//   MODBUS::host::502::UNIT1               Modbus TCP; port 502 when left out
//   MODBUS/dev/ttyUSB0::9600-8E1::UNIT1    Modbus RTU; settings as for ASRL; ::UNIT1::ECHO where the adapter hears what
//                                          it sends itself (RS-485)
// Keywords are read in any case, and with a board number (TCPIP0); they are written as above.
#pragma once

#include <cstdint>
#include <optional>
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

struct Vxi11Address {
  std::string host;
  std::string device = "inst0";
  std::uint16_t port = 0;  // of the core channel; 0: the port mapper knows it
  bool operator==(const Vxi11Address&) const = default;
};

struct HislipAddress {
  std::string host;
  std::string sub_address = "hislip0";
  std::uint16_t port = 4880;
  bool operator==(const HislipAddress&) const = default;
};

struct UsbtmcAddress {
  std::string device;  // absolute path
  bool operator==(const UsbtmcAddress&) const = default;
};

struct GpibAddress {
  int board = 0;                 // which adapter: GPIB0, GPIB1 …
  int primary = 0;               // 0 to 30
  std::optional<int> secondary;  // 0 to 30
  bool operator==(const GpibAddress&) const = default;
};

struct ModbusTcpAddress {
  std::string host;
  std::uint16_t port = 502;
  int unit = 1;  // 0 to 255
  bool operator==(const ModbusTcpAddress&) const = default;
};

struct ModbusRtuAddress {
  std::string device;  // absolute path
  SerialSettings settings;
  int unit = 1;       // 1 to 247; 0 is for everyone, and nobody answers
  bool echo = false;  // the receiver hears what is sent
  bool operator==(const ModbusRtuAddress&) const = default;
};

using Address = std::variant<SerialAddress, SocketAddress, Vxi11Address, HislipAddress, UsbtmcAddress, GpibAddress,
                             ModbusTcpAddress, ModbusRtuAddress>;

// InputError quotes the text and says what was expected.
Address parse_address(std::string_view text);
std::string format_address(const Address& address);
// "9600-8N1", "2400-7E1-XONXOFF"; InputError for anything else.
SerialSettings parse_serial_settings(std::string_view text);
std::string format_serial_settings(const SerialSettings& settings);

}  // namespace etalon::drivers
