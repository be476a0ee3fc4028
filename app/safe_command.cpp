// `etalon safe`: what a killed program leaves behind.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "acquisition/run_file.h"
#include "app/commands.h"
#include "app/configuration.h"
#include "app/run_session.h"
#include "base/language.h"
#include "drivers/instrument.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

drivers::Bench bench_named(const CommandLine& line) {
  const std::string name = line.text("BENCH");
  if (name.ends_with(".h5")) return bench_of(acquisition::read_run(name));
  const std::string configs = configs_folder(line.text("configs"));
  return drivers::read_bench(configuration_path(configs, "benches", name),
                             (std::filesystem::path(configs) / "drivers").string());
}

// What went wrong, or nothing. Not cancellable: Ctrl-C must not keep the next source switched on.
std::string switch_off(const drivers::BenchInstrument& entry, const std::shared_ptr<drivers::Transcript>& transcript) {
  try {
    drivers::Instrument instrument(entry, transcript, nullptr);
    instrument.identify();
    instrument.make_safe();
    return "";
  } catch (const std::exception& failure) {
    return failure.what();
  }
}

}  // namespace

int safe_command(const Arguments& arguments, Interruption&) {
  CommandLine line("etalon safe BENCH|RUN.h5",
                   tr("Switches off every source of a bench and reads that back; does nothing else. Each source is "
                      "tried, also when another one fails. RUN.h5: the bench of that run."),
                   "etalon safe bench-1");
  line.positional("BENCH", true);
  line.add_options()("configs", po::value<std::string>(), tr("folder of the configurations").c_str())(
      "transcript", po::value<std::string>(), tr("write every byte to and from the instruments to this file").c_str());
  if (!line.parse(arguments)) return 0;
  const drivers::Bench bench = bench_named(line);
  if (bench.simulation && bench.simulation->hand.empty()) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{}: this bench is simulated by each program that uses it: there is nothing to switch off")),
        bench.path));
  }
  auto transcript = std::make_shared<drivers::Transcript>();
  if (line.has("transcript")) transcript->log_to(line.text("transcript"));
  std::string not_safe;
  std::string failures;
  int sources = 0;
  for (const drivers::BenchInstrument& entry : bench.instruments) {
    if (!entry.driver.safe_state) continue;
    ++sources;
    const std::string failure = switch_off(entry, transcript);
    if (failure.empty()) {
      std::cout << fmt::format(fmt::runtime(tr("{}: the output is off, read back")), entry.name) << std::endl;
      continue;
    }
    std::cout << fmt::format(fmt::runtime(tr("{}: NOT KNOWN TO BE OFF")), entry.name) << std::endl;
    not_safe += (not_safe.empty() ? "" : ", ") + entry.name;
    failures += "\n" + failure;
  }
  if (!not_safe.empty()) {
    throw base::Error(
        base::ExitCode::instrument,
        fmt::format(fmt::runtime(tr("MAY STILL BE ON: {}. Switch it off by hand now.{}")), not_safe, failures));
  }
  if (sources == 0)
    std::cout << fmt::format(fmt::runtime(tr("{}: no instrument of this bench is a source")), bench.path) << "\n";
  return 0;
}

}  // namespace etalon::app
