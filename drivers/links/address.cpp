#include "drivers/links/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {
namespace {

using base::InputError;
using base::tr;

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::optional<int> parse_whole(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || text[0] == '-') return std::nullopt;
  return value;
}

// Split at "::", except inside the brackets of an IPv6 address.
std::vector<std::string> split_fields(std::string_view text) {
  std::vector<std::string> fields(1);
  bool in_brackets = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') in_brackets = true;
    if (text[i] == ']') in_brackets = false;
    if (!in_brackets && text.substr(i, 2) == "::") {
      fields.emplace_back();
      ++i;
    } else {
      fields.back() += text[i];
    }
  }
  return fields;
}

// "TCPIP" and "TCPIP0" for the keyword TCPIP.
bool is_interface(const std::string& field, const std::string& keyword) {
  const std::string name = upper(field);
  if (!name.starts_with(keyword)) return false;
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(keyword.size()), name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

constexpr const char* serial_form = "ASRL/dev/ttyUSB0::9600-8N1::INSTR";
constexpr const char* socket_form = "TCPIP::host::5025::SOCKET";
constexpr const char* vxi11_form = "TCPIP::host::inst0::INSTR";
constexpr const char* hislip_form = "TCPIP::host::hislip0::INSTR";
constexpr const char* usbtmc_form = "USBTMC/dev/usbtmc0::INSTR";
constexpr const char* gpib_form = "GPIB0::22::INSTR";
constexpr const char* modbus_tcp_form = "MODBUS::host::502::UNIT1";
constexpr const char* modbus_rtu_form = "MODBUS/dev/ttyUSB0::9600-8E1::UNIT1";

std::string all_forms() {
  return fmt::format("{}, {}, {}, {}, {}, {}, {}, {}", serial_form, socket_form, vxi11_form, hislip_form, usbtmc_form,
                     gpib_form, modbus_tcp_form, modbus_rtu_form);
}

[[noreturn]] void refuse(std::string_view address, const std::string& what) {
  throw InputError(filled(tr("address \"{}\": {}"), address, what));
}

[[noreturn]] void refuse_form(std::string_view address, const std::string& form) {
  refuse(address, filled(tr("expected {}"), form));
}

SerialSettings parse_settings_of(std::string_view address, const std::string& settings) {
  try {
    return parse_serial_settings(settings);
  } catch (const InputError& error) {
    refuse(address, error.what());
  }
}

std::string parse_host(std::string_view address, const std::string& field) {
  std::string host = field;
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) refuse(address, tr("expected \"]\" after an IPv6 address"));
    host = host.substr(1, host.size() - 2);
  }
  const bool plausible = !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == ':' || c == '%';
  });
  if (!plausible) refuse(address, filled(tr("\"{}\" is not a host name or IP address"), field));
  return host;
}

std::uint16_t parse_port(std::string_view address, const std::string& field) {
  const std::optional<int> port = parse_whole(field);
  if (!port || *port < 1 || *port > 65535)
    refuse(address, filled(tr("\"{}\" is not a TCP port, expected 1 to 65535"), field));
  return static_cast<std::uint16_t>(*port);
}

Address parse_serial(std::string_view text, const std::vector<std::string>& fields) {
  SerialAddress serial;
  serial.device = fields[0].substr(4);
  if (serial.device.empty() || serial.device[0] != '/')
    refuse(text, filled(tr("expected the path of the serial port after ASRL, as in {}"), serial_form));
  if (fields.size() < 2 || fields.size() > 3 || upper(fields.back()) != "INSTR") refuse_form(text, serial_form);
  if (fields.size() == 3) serial.settings = parse_settings_of(text, fields[1]);
  return serial;
}

Address parse_socket(std::string_view text, const std::vector<std::string>& fields) {
  if (fields.size() != 4) refuse_form(text, socket_form);
  return SocketAddress{parse_host(text, fields[1]), parse_port(text, fields[2])};
}

// Names of logical devices: inst0, gpib0,5; hislip0 (VPP-4.3, 4.3.1).
std::string parse_device_name(std::string_view text, const std::string& field) {
  const bool plausible = !field.empty() && field.size() <= 200 && std::all_of(field.begin(), field.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != ':';
  });
  if (!plausible)
    refuse(text,
           filled(tr("\"{0}\" is not the name of a device, expected {1} or {2}"), field, vxi11_form, hislip_form));
  return field;
}

Address parse_lan_instrument(std::string_view text, const std::vector<std::string>& fields) {
  if (fields.size() < 3 || fields.size() > 4) refuse_form(text, std::string(vxi11_form) + ", " + hislip_form);
  const std::string host = parse_host(text, fields[1]);
  if (fields.size() == 3) return Vxi11Address{host};
  const std::string device = parse_device_name(text, fields[2]);
  const std::size_t comma = device.find(',');
  if (upper(device).starts_with("INST") && comma != std::string::npos)
    return Vxi11Address{host, device.substr(0, comma), parse_port(text, device.substr(comma + 1))};
  if (!upper(device).starts_with("HISLIP")) return Vxi11Address{host, device};
  HislipAddress hislip{host, device.substr(0, comma)};
  if (comma != std::string::npos) hislip.port = parse_port(text, device.substr(comma + 1));
  return hislip;
}

Address parse_usbtmc(std::string_view text, const std::vector<std::string>& fields) {
  const std::string device = fields[0].substr(6);
  if (fields.size() != 2 || upper(fields[1]) != "INSTR" || !device.starts_with('/') || device.size() < 2)
    refuse_form(text, usbtmc_form);
  return UsbtmcAddress{device};
}

int parse_bus_address(std::string_view text, const std::string& field) {
  const std::optional<int> number = parse_whole(field);
  if (!number || *number > 30) refuse(text, filled(tr("\"{}\" is not a GPIB address, expected 0 to 30"), field));
  return *number;
}

Address parse_gpib(std::string_view text, const std::vector<std::string>& fields) {
  if (fields.size() < 3 || fields.size() > 4 || upper(fields.back()) != "INSTR")
    refuse_form(text, std::string(gpib_form) + ", GPIB0::22::5::INSTR");
  GpibAddress gpib;
  if (fields[0].size() > 4) {
    const std::optional<int> board = parse_whole(fields[0].substr(4));
    if (!board || *board > 99) refuse_form(text, gpib_form);
    gpib.board = *board;
  }
  gpib.primary = parse_bus_address(text, fields[1]);
  if (fields.size() == 4) gpib.secondary = parse_bus_address(text, fields[2]);
  return gpib;
}

int parse_unit(std::string_view text, const std::string& field, int lowest, int highest) {
  const std::optional<int> unit = upper(field).starts_with("UNIT") ? parse_whole(field.substr(4)) : std::nullopt;
  if (!unit || *unit < lowest || *unit > highest)
    refuse(text, filled(tr("\"{0}\" is not a Modbus unit, expected UNIT{1} to UNIT{2}"), field, lowest, highest));
  return *unit;
}

Address parse_modbus(std::string_view text, const std::vector<std::string>& fields) {
  const std::string device = fields[0].substr(6);
  if (device.starts_with('/')) {
    const bool echo = fields.size() == 4 && upper(fields[3]) == "ECHO";
    if (fields.size() != (echo ? 4 : 3) || device.size() < 2) refuse_form(text, modbus_rtu_form);
    return ModbusRtuAddress{device, parse_settings_of(text, fields[1]), parse_unit(text, fields[2], 1, 247), echo};
  }
  if (fields.size() < 3 || fields.size() > 4) refuse_form(text, std::string(modbus_tcp_form) + ", " + modbus_rtu_form);
  ModbusTcpAddress modbus{parse_host(text, fields[1])};
  if (fields.size() == 4) modbus.port = parse_port(text, fields[2]);
  modbus.unit = parse_unit(text, fields.back(), 0, 255);
  return modbus;
}

std::string host_text(const std::string& host) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return ipv6 ? "[" + host + "]" : host;
}

struct Formatter {
  std::string operator()(const SerialAddress& serial) const {
    return "ASRL" + serial.device + "::" + format_serial_settings(serial.settings) + "::INSTR";
  }
  std::string operator()(const SocketAddress& socket) const {
    return fmt::format("TCPIP::{}::{}::SOCKET", host_text(socket.host), socket.port);
  }
  std::string operator()(const Vxi11Address& vxi11) const {
    const std::string port = vxi11.port == 0 ? "" : fmt::format(",{}", vxi11.port);
    return fmt::format("TCPIP::{}::{}{}::INSTR", host_text(vxi11.host), vxi11.device, port);
  }
  std::string operator()(const HislipAddress& hislip) const {
    const std::string port = hislip.port == HislipAddress{}.port ? "" : fmt::format(",{}", hislip.port);
    return fmt::format("TCPIP::{}::{}{}::INSTR", host_text(hislip.host), hislip.sub_address, port);
  }
  std::string operator()(const UsbtmcAddress& usbtmc) const { return "USBTMC" + usbtmc.device + "::INSTR"; }
  std::string operator()(const GpibAddress& gpib) const {
    const std::string secondary = gpib.secondary ? fmt::format("::{}", *gpib.secondary) : "";
    return fmt::format("GPIB{}::{}{}::INSTR", gpib.board, gpib.primary, secondary);
  }
  std::string operator()(const ModbusTcpAddress& modbus) const {
    return fmt::format("MODBUS::{}::{}::UNIT{}", host_text(modbus.host), modbus.port, modbus.unit);
  }
  std::string operator()(const ModbusRtuAddress& modbus) const {
    return fmt::format("MODBUS{}::{}::UNIT{}{}", modbus.device, format_serial_settings(modbus.settings), modbus.unit,
                       modbus.echo ? "::ECHO" : "");
  }
};

constexpr std::string_view parity_letters = "NEOMS";  // in the order of Parity
constexpr std::array<const char*, 4> flow_names = {"", "XONXOFF", "RTSCTS", "DTRDSR"};

}  // namespace

Address parse_address(std::string_view text) {
  if (text.empty()) throw InputError(filled(tr("empty address, expected one of {}"), all_forms()));
  const std::vector<std::string> fields = split_fields(text);
  const std::string keyword = upper(fields[0]);
  const std::string kind = upper(fields.back());
  if (keyword.starts_with("ASRL")) return parse_serial(text, fields);
  if (is_interface(fields[0], "TCPIP")) {
    if (kind == "SOCKET") return parse_socket(text, fields);
    if (kind == "INSTR") return parse_lan_instrument(text, fields);
    refuse_form(text, fmt::format("{}, {}, {}", socket_form, vxi11_form, hislip_form));
  }
  if (keyword.starts_with("USBTMC")) return parse_usbtmc(text, fields);
  if (is_interface(fields[0], "USB"))
    refuse(text, filled(tr("instruments on USB are named by the kernel's device, as in {}"), usbtmc_form));
  if (is_interface(fields[0], "GPIB")) return parse_gpib(text, fields);
  if (keyword.starts_with("PROLOGIX"))
    refuse(text, filled(tr("the address of an instrument behind a GPIB adapter reads {}; the adapter has its own "
                           "place in the bench file"),
                        gpib_form));
  if (is_interface(fields[0], "MODBUS") || keyword.starts_with("MODBUS/")) return parse_modbus(text, fields);
  refuse(text, filled(tr("\"{0}\" is not a known kind of link, expected one of {1}"), fields[0], all_forms()));
}

std::string format_address(const Address& address) {
  return std::visit(Formatter{}, address);
}

SerialSettings parse_serial_settings(std::string_view text) {
  const auto refuse_settings = [&](const std::string& what) -> void {
    throw InputError(filled(tr("serial settings \"{0}\": {1}, expected for example 9600-8N1, 2400-7E1 or "
                               "9600-8N1-XONXOFF (RTSCTS, DTRDSR)"),
                            text, what));
  };
  const std::string settings_text = upper(text);
  const std::size_t first = settings_text.find('-');
  const std::size_t second = first == std::string::npos ? first : settings_text.find('-', first + 1);
  const std::string baud_rate = settings_text.substr(0, first);
  const std::string frame = first == std::string::npos ? "" : settings_text.substr(first + 1, second - first - 1);
  SerialSettings settings;
  const std::optional<int> baud = parse_whole(baud_rate);
  if (!baud || *baud < 50 || *baud > 20000000) refuse_settings(filled(tr("\"{}\" is not a baud rate"), baud_rate));
  settings.baud_rate = *baud;
  if (frame.size() != 3) refuse_settings(tr("bits, parity and stop bits are missing"));
  if (frame[0] < '5' || frame[0] > '8') refuse_settings(tr("5 to 8 data bits"));
  settings.data_bits = frame[0] - '0';
  const std::size_t parity = parity_letters.find(frame[1]);
  if (parity == std::string_view::npos) refuse_settings(tr("parity is one of N, E, O, M, S"));
  settings.parity = static_cast<Parity>(parity);
  if (frame[2] != '1' && frame[2] != '2') refuse_settings(tr("1 or 2 stop bits"));
  settings.stop_bits = frame[2] - '0';
  if (second != std::string::npos) {
    const std::string flow = settings_text.substr(second + 1);
    const auto found = std::find(flow_names.begin() + 1, flow_names.end(), flow);
    if (found == flow_names.end()) refuse_settings(filled(tr("\"{}\" is not a kind of flow control"), flow));
    settings.flow_control = static_cast<FlowControl>(found - flow_names.begin());
  }
  return settings;
}

std::string format_serial_settings(const SerialSettings& settings) {
  std::string text = fmt::format("{}-{}{}{}", settings.baud_rate, settings.data_bits,
                                 parity_letters[static_cast<std::size_t>(settings.parity)], settings.stop_bits);
  if (settings.flow_control != FlowControl::none)
    text += std::string("-") + flow_names[static_cast<std::size_t>(settings.flow_control)];
  return text;
}

}  // namespace etalon::drivers
