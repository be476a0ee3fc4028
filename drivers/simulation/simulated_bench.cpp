#include "drivers/simulation/simulated_bench.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "drivers/links/filled_text.h"
#include "drivers/simulation/live_bench_text.h"

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

}  // namespace

SimulatedBench::SimulatedBench(const Bench& bench, const base::Clock& clock, std::uint64_t seed,
                               const std::vector<Fault>& faults)
    : bench_(bench), truth_(draw_truth(bench, seed)), world_(clock, seed, settings_of(bench)), ports_(bench_) {
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
        std::make_unique<Simulator>(std::move(instruments[i]), ports_.port_for(bench_.instruments[i]), own, seed));
    addresses_.emplace_back(simulators_.back()->name(), simulators_.back()->address());
  }
  hand_ = std::make_unique<Hand>(world_);
  ports_.start();
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
  const auto adapters = ports_.adapters();
  return with_addresses(bench_.text, {addresses_.begin(), addresses_.end()}, hand_address(),
                        {adapters.begin(), adapters.end()});
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
  ports_.stop();
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
