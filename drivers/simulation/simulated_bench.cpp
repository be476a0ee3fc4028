#include "drivers/simulation/simulated_bench.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "drivers/links/address.h"
#include "drivers/links/filled_text.h"
#include "drivers/simulation/hislip_server.h"
#include "drivers/simulation/live_bench_text.h"
#include "drivers/simulation/modbus_server.h"
#include "drivers/simulation/pseudo_terminal.h"
#include "drivers/simulation/tcp_listener.h"
#include "drivers/simulation/vocabulary.h"
#include "drivers/simulation/vxi11_server.h"

namespace etalon::drivers::simulation {

using base::InputError;
using base::tr;

namespace {

const SimulationSettings& settings_of(const Bench& bench) {
  if (!bench.simulation) {
    throw InputError(filled(tr("{}: this is no simulated bench; it has no table [simulation]"), bench.path));
  }
  return *bench.simulation;
}

// The kind of LAN instrument that an address names, where it names one.
std::optional<Address> lan_address(const std::string& text) {
  try {
    return parse_address(text);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

// By the kind of address alone: what follows is another computer's business.
// A Modbus server over the same kind of line; it must know the registers of the driver file.
std::unique_ptr<ServerPort> modbus_port(const BenchInstrument& instrument, bool serial) {
  std::vector<RegisterMessage> messages;
  const Vocabulary vocabulary(instrument.driver);
  for (const Vocabulary::Entry& entry : vocabulary.entries())
    messages.push_back(parse_register_message(entry.send.text()));
  std::unique_ptr<ServerPort> line;
  if (serial) {
    line = std::make_unique<PseudoTerminal>();
  } else {
    line = std::make_unique<TcpListener>();
  }
  return std::make_unique<ModbusServer>(std::move(line), 1, std::move(messages));
}

std::unique_ptr<ServerPort> port_for(const BenchInstrument& instrument) {
  std::string kind = instrument.address.substr(0, 5);
  for (char& c : kind)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (kind.starts_with("ASRL")) return std::make_unique<PseudoTerminal>();
  if (kind == "MODBU") return modbus_port(instrument, instrument.address.find('/') != std::string::npos);
  if (kind == "TCPIP") {
    const auto address = lan_address(instrument.address);
    if (address && std::holds_alternative<HislipAddress>(*address)) return std::make_unique<HislipServer>();
    if (address && std::holds_alternative<Vxi11Address>(*address)) {
      Vxi11ServerOptions options;
      options.device = std::get<Vxi11Address>(*address).device;
      return std::make_unique<Vxi11Server>(options);
    }
    return std::make_unique<TcpListener>();
  }
  throw base::FileError(instrument.position,
                        filled(tr("instruments.{}: address \"{}\": only serial lines (ASRL…), LAN (TCPIP…) and Modbus "
                                  "can be simulated"),
                               instrument.name, instrument.address));
}

}  // namespace

SimulatedBench::SimulatedBench(const Bench& bench, const base::Clock& clock, std::uint64_t seed,
                               const std::vector<Fault>& faults)
    : bench_(bench), truth_(draw_truth(bench, seed)), world_(clock, seed, settings_of(bench)) {
  for (const Fault& fault : faults)
    bench.instrument(fault.instrument);
  // All instruments are in the world before the first one serves.
  std::vector<std::unique_ptr<SimulatedInstrument>> instruments;
  for (const BenchInstrument& instrument : bench.instruments) {
    instruments.push_back(
        std::make_unique<SimulatedInstrument>(instrument, truth_.instruments.at(instrument.name), world_));
  }
  for (std::size_t i = 0; i < instruments.size(); ++i) {
    std::vector<Fault> own;
    for (const Fault& fault : faults) {
      if (fault.instrument == instruments[i]->name()) own.push_back(fault);
    }
    simulators_.push_back(
        std::make_unique<Simulator>(std::move(instruments[i]), port_for(bench.instruments[i]), own, seed));
    addresses_.emplace_back(simulators_.back()->name(), simulators_.back()->address());
  }
  hand_ = std::make_unique<Hand>(world_);
  for (const auto& simulator : simulators_)
    simulator->start();
}

SimulatedBench::~SimulatedBench() {
  stop();
}

const std::string& SimulatedBench::address(const std::string& instrument) const {
  for (const auto& [name, address] : addresses_) {
    if (name == instrument) return address;
  }
  throw InputError(filled(tr("{}: there is no instrument '{}' on this bench"), bench_.path, instrument));
}

int SimulatedBench::replies(const std::string& instrument) const {
  for (const auto& simulator : simulators_) {
    if (simulator->name() == instrument) return simulator->replies();
  }
  throw InputError(filled(tr("{}: there is no instrument '{}' on this bench"), bench_.path, instrument));
}

std::string SimulatedBench::live_text() const {
  return with_addresses(bench_.text, {addresses_.begin(), addresses_.end()}, hand_address());
}

Bench SimulatedBench::live_bench() const {
  std::map<std::string, std::string> driver_texts;
  for (const BenchInstrument& instrument : bench_.instruments) {
    driver_texts[instrument.driver_name] = instrument.driver_text;
  }
  Bench live = parse_bench(live_text(), bench_.path, driver_texts);
  for (BenchInstrument& instrument : live.instruments) {
    const BenchInstrument& original = bench_.instrument(instrument.name);
    instrument.driver_path = original.driver_path;
    if (instrument.address != address(instrument.name)) {
      throw InputError(fmt::format(fmt::runtime(tr("{}: cannot put the real address of '{}' into the text")),
                                   bench_.path, instrument.name));
    }
  }
  return live;
}

void SimulatedBench::write_live_bench(const std::string& path) const {
  base::write_file_atomically(path, live_bench().text);
}

void SimulatedBench::stop() {
  for (const auto& simulator : simulators_)
    simulator->stop();
  if (hand_) hand_->stop();
}

void SimulatedBench::check() const {
  for (const auto& simulator : simulators_) {
    if (const std::string failure = simulator->failure(); !failure.empty()) {
      throw InputError(fmt::format(fmt::runtime(tr("the simulator of '{}' at {} has ended: {}")), simulator->name(),
                                   simulator->address(), failure));
    }
  }
}

}  // namespace etalon::drivers::simulation
