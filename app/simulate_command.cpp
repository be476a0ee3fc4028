// `etalon simulate`.
#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "app/commands.h"
#include "app/configuration.h"
#include "base/language.h"
#include "drivers/simulation/simulated_bench.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;
namespace simulation = drivers::simulation;

int simulate_command(const Arguments& arguments, Interruption& interruption) {
  CommandLine line("etalon simulate BENCH [--speed N] [--seed N] [--fault F]… [--truth FILE] [--write-bench FILE]",
                   tr("Brings up the simulators of a bench, prints `name address` lines, and serves until Ctrl-C."),
                   "etalon simulate demo --write-bench live.toml");
  line.positional("BENCH", true);
  line.add_options()("configs", po::value<std::string>(), tr("folder of the configurations").c_str())(
      "speed", po::value<std::string>(),
      tr("how many times faster the clock runs (60); give the same to etalon run").c_str())(
      "seed", po::value<std::string>(), tr("seed of the hidden truth (1)").c_str())(
      "fault", po::value<std::vector<std::string>>(), tr("INSTRUMENT:KIND@N, see etalon run --help").c_str())(
      "truth", po::value<std::string>(), tr("write the hidden truth to this file").c_str())(
      "write-bench", po::value<std::string>(),
      tr("write a bench file with the addresses, for etalon run --bench").c_str());
  if (!line.parse(arguments)) return 0;
  const std::string configs = configs_folder(line.text("configs"));
  const drivers::Bench bench =
      drivers::read_bench(configuration_path(configs, "benches", line.text("BENCH")), configs + "/drivers");
  if (!bench.simulation) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{}: only a bench with [simulation] can be simulated")), bench.path));
  }
  std::vector<simulation::Fault> faults;
  for (const std::string& fault : line.texts("fault"))
    faults.push_back(simulation::parse_fault(fault));
  const base::AcceleratedClock clock(line.positive_number("speed").value_or(60), bench.simulation->start_utc);
  simulation::SimulatedBench simulated(bench, clock, line.whole_number("seed").value_or(1), faults);
  if (line.has("truth")) simulation::write_truth(simulated.truth(), line.text("truth"));
  if (line.has("write-bench")) simulated.write_live_bench(line.text("write-bench"));
  for (const auto& [name, address] : simulated.addresses())
    std::cout << name << " " << address << "\n";
  for (const auto& [name, address] : simulated.adapters())
    std::cout << name << " " << address << "\n";
  std::cout << "hand " << simulated.hand_address() << std::endl;
  try {
    for (;;) {
      interruption.cancellation().sleep(std::chrono::milliseconds(500));
      simulated.check();
    }
  } catch (const base::InterruptedError&) {
    simulated.stop();
    return 0;
  }
}

}  // namespace etalon::app
