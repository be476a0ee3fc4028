#include "drivers/simulation/simulated_ports.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/address.h"
#include "drivers/links/filled_text.h"
#include "drivers/simulation/hislip_server.h"
#include "drivers/simulation/modbus_server.h"
#include "drivers/simulation/pseudo_terminal.h"
#include "drivers/simulation/tcp_listener.h"
#include "drivers/simulation/vocabulary.h"
#include "drivers/simulation/vxi11_server.h"

namespace etalon::drivers::simulation {

using base::tr;

namespace {

// The fields of an address between "::". Of a simulated one only the kind counts, so it need not be a possible one:
// ports may be 0, devices need not exist.
std::vector<std::string> fields_of(const std::string& address) {
  std::vector<std::string> fields;
  for (std::size_t begin = 0;;) {
    const std::size_t end = address.find("::", begin);
    fields.push_back(address.substr(begin, end - begin));
    if (end == std::string::npos) return fields;
    begin = end + 2;
  }
}

bool begins_with(const std::string& text, const std::string& word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) {
           return a == static_cast<char>(std::toupper(static_cast<unsigned char>(b)));
         });
}

// It must know the registers of the driver file.
std::unique_ptr<ServerPort> modbus_port(const BenchInstrument& instrument) {
  std::vector<RegisterMessage> messages;
  const Vocabulary vocabulary(instrument.driver);
  for (const Vocabulary::Entry& entry : vocabulary.entries())
    messages.push_back(parse_register_message(entry.send.text()));
  std::unique_ptr<ServerPort> line;
  if (instrument.address.find('/') != std::string::npos) {
    line = std::make_unique<PseudoTerminal>();
  } else {
    line = std::make_unique<TcpListener>();
  }
  return std::make_unique<ModbusServer>(std::move(line), 1, std::move(messages));
}

std::unique_ptr<ServerPort> lan_port(const std::vector<std::string>& fields) {
  const std::string device = fields.size() > 3 ? fields[2] : "inst0";
  if (begins_with(device, "HISLIP")) return std::make_unique<HislipServer>();
  Vxi11ServerOptions options;
  options.device = device;
  if (const std::size_t comma = device.find(','); comma != std::string::npos && begins_with(device, "INST")) {
    options.device.resize(comma);
    options.register_with_port_mapper = false;
  }
  return std::make_unique<Vxi11Server>(options);
}

}  // namespace

SimulatedPorts::SimulatedPorts(const Bench& bench) : bench_(bench) {}

std::unique_ptr<ServerPort> SimulatedPorts::gpib_port(const BenchInstrument& instrument, const GpibAddress& address) {
  const auto described = std::find_if(bench_.adapters.begin(), bench_.adapters.end(),
                                      [&](const auto& adapter) { return adapter.board == address.board; });
  if (described == bench_.adapters.end()) {
    throw base::FileError(
        instrument.position,
        filled(tr("instruments.{0}: no adapter leads there; add [adapters.GPIB{1}]"), instrument.name, address.board));
  }
  const auto [other, is_free] = stations_.emplace(format_address(address), instrument.name);
  if (!is_free) {
    throw base::FileError(instrument.position, filled(tr("instruments.{0}: the address \"{1}\" is that of '{2}' too"),
                                                      instrument.name, instrument.address, other->second));
  }
  auto& adapter = adapters_[address.board];
  if (!adapter) {
    std::unique_ptr<ServerPort> line;
    if (begins_with(described->address, "ASRL")) {
      line = std::make_unique<PseudoTerminal>();
    } else {
      line = std::make_unique<TcpListener>();
    }
    adapter = described->kind == "ar488"
                  ? std::make_unique<SimulatedPrologixAdapter>(std::move(line), "AR488 GPIB controller, ver. 0.51.29")
                  : std::make_unique<SimulatedPrologixAdapter>(std::move(line));
  }
  return adapter->station(address);
}

std::unique_ptr<ServerPort> SimulatedPorts::port_for(const BenchInstrument& instrument) {
  const std::vector<std::string> fields = fields_of(instrument.address);
  if (begins_with(fields.front(), "ASRL")) return std::make_unique<PseudoTerminal>();
  if (begins_with(fields.front(), "MODBUS")) return modbus_port(instrument);
  if (begins_with(fields.front(), "TCPIP")) {
    if (!begins_with(fields.back(), "INSTR")) return std::make_unique<TcpListener>();
    return lan_port(fields);
  }
  if (begins_with(fields.front(), "GPIB")) {
    try {
      return gpib_port(instrument, std::get<GpibAddress>(parse_address(instrument.address)));
    } catch (const base::FileError&) {
      throw;
    } catch (const base::InputError& error) {
      throw base::FileError(instrument.position, filled(tr("instruments.{0}: {1}"), instrument.name, error.what()));
    }
  }
  throw base::FileError(instrument.position,
                        filled(tr("instruments.{}: address \"{}\": only serial lines (ASRL…), LAN (TCPIP…), GPIB and "
                                  "Modbus can be simulated"),
                               instrument.name, instrument.address));
}

std::vector<std::pair<std::string, std::string>> SimulatedPorts::adapters() const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [board, adapter] : adapters_)
    found.emplace_back("GPIB" + std::to_string(board), adapter->address());
  return found;
}

void SimulatedPorts::start() {
  for (const auto& [board, adapter] : adapters_)
    adapter->start();
}

void SimulatedPorts::stop() {
  for (const auto& [board, adapter] : adapters_)
    adapter->stop();
}

}  // namespace etalon::drivers::simulation
