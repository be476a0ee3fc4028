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

const char* serial_form() {
  return "ASRL/dev/ttyUSB0::9600-8N1::INSTR";
}
const char* socket_form() {
  return "TCPIP::host::5025::SOCKET";
}

[[noreturn]] void refuse(std::string_view address, const std::string& what) {
  throw InputError(filled(tr("address \"{}\": {}"), address, what));
}

[[noreturn]] void not_supported(std::string_view address, const std::string& kind) {
  refuse(address, filled(tr("not supported yet: {0} (supported: {1}, {2})"), kind, serial_form(), socket_form()));
}

Address parse_serial(std::string_view text, const std::vector<std::string>& fields) {
  SerialAddress serial;
  serial.device = fields[0].substr(4);
  if (serial.device.empty() || serial.device[0] != '/')
    refuse(text, filled(tr("expected the path of the serial port after ASRL, as in {}"), serial_form()));
  if (fields.size() < 2 || fields.size() > 3 || upper(fields.back()) != "INSTR")
    refuse(text, filled(tr("expected {}"), serial_form()));
  if (fields.size() == 3) {
    try {
      serial.settings = parse_serial_settings(fields[1]);
    } catch (const InputError& error) {
      refuse(text, error.what());
    }
  }
  return serial;
}

Address parse_socket(std::string_view text, const std::vector<std::string>& fields) {
  SocketAddress socket;
  if (fields.size() != 4) refuse(text, filled(tr("expected {}"), socket_form()));
  socket.host = fields[1];
  if (socket.host.starts_with('[')) {
    if (!socket.host.ends_with(']')) refuse(text, tr("expected \"]\" after an IPv6 address"));
    socket.host = socket.host.substr(1, socket.host.size() - 2);
  }
  const bool plausible = !socket.host.empty() && std::all_of(socket.host.begin(), socket.host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == ':' || c == '%';
  });
  if (!plausible) refuse(text, filled(tr("\"{}\" is not a host name or IP address"), fields[1]));
  const std::optional<int> port = parse_whole(fields[2]);
  if (!port || *port < 1 || *port > 65535)
    refuse(text, filled(tr("\"{}\" is not a TCP port, expected 1 to 65535"), fields[2]));
  socket.port = static_cast<std::uint16_t>(*port);
  return socket;
}

constexpr std::string_view parity_letters = "NEOMS";  // in the order of Parity
constexpr std::array<const char*, 4> flow_names = {"", "XONXOFF", "RTSCTS", "DTRDSR"};

}  // namespace

Address parse_address(std::string_view text) {
  if (text.empty()) throw InputError(filled(tr("empty address, expected {0} or {1}"), serial_form(), socket_form()));
  const std::vector<std::string> fields = split_fields(text);
  const std::string kind = upper(fields.back());
  if (upper(fields[0]).starts_with("ASRL")) return parse_serial(text, fields);
  if (is_interface(fields[0], "TCPIP")) {
    if (kind == "SOCKET") return parse_socket(text, fields);
    const bool hislip = fields.size() > 2 && upper(fields[2]).starts_with("HISLIP");
    if (kind == "INSTR") not_supported(text, hislip ? "HiSLIP" : "VXI-11");
    refuse(text, filled(tr("expected {}"), socket_form()));
  }
  if (upper(fields[0]).starts_with("USBTMC") || is_interface(fields[0], "USB")) not_supported(text, "USBTMC");
  if (is_interface(fields[0], "GPIB")) not_supported(text, "GPIB");
  if (upper(fields[0]).starts_with("PROLOGIX")) not_supported(text, "Prologix");
  if (is_interface(fields[0], "MODBUS")) not_supported(text, "Modbus");
  refuse(text, filled(tr("\"{0}\" is not a known kind of link, expected {1} or {2}"), fields[0], serial_form(),
                      socket_form()));
}

std::string format_address(const Address& address) {
  if (const auto* serial = std::get_if<SerialAddress>(&address))
    return "ASRL" + serial->device + "::" + format_serial_settings(serial->settings) + "::INSTR";
  const auto& socket = std::get<SocketAddress>(address);
  const bool ipv6 = socket.host.find(':') != std::string::npos;
  return fmt::format("TCPIP::{}{}{}::{}::SOCKET", ipv6 ? "[" : "", socket.host, ipv6 ? "]" : "", socket.port);
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
