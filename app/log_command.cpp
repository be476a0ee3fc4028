// `etalon log`.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <iostream>

#include "acquisition/log_follower.h"
#include "acquisition/logger.h"
#include "app/commands.h"
#include "app/configuration.h"
#include "app/log_display.h"
#include "app/run_session.h"
#include "app/terminal.h"
#include "app/version.h"
#include "base/file.h"
#include "base/language.h"
#include "base/units.h"
#include "base/visible_text.h"
#include "drivers/simulation/simulated_bench.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

constexpr double shortest_interval = 1e-3;  // s

// A time with its unit, in s.
double duration(const CommandLine& line, const std::string& option) {
  const std::string given = line.text(option);
  double seconds = 0;
  try {
    seconds = base::parse_quantity(given).in("s");
  } catch (const base::InputError&) {
    // said below
  }
  if (!(seconds > 0) || !std::isfinite(seconds)) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("--{} {}: a time above 0 with its unit belongs here, such as 1s or 10min")), option, given));
  }
  return seconds;
}

double interval_from(const CommandLine& line) {
  if (!line.has("every")) throw base::InputError(fmt::format(fmt::runtime(tr("--{} is missing")), "every"));
  const double interval = duration(line, "every");
  if (interval < shortest_interval) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("--every {}: at least {} s is possible")), line.text("every"), shortest_interval));
  }
  return interval;
}

// How many readings of each channel; 0 until Ctrl-C.
std::int64_t slots_from(const CommandLine& line, double interval) {
  if (line.has("for") && line.has("count")) throw base::InputError(tr("give --for or --count, not both"));
  double slots = 0;
  if (line.has("for")) slots = std::ceil(duration(line, "for") / interval - 1e-9);
  if (const auto count = line.whole_number("count")) {
    if (*count == 0) throw base::InputError(tr("--count 0: at least 1 belongs here"));
    slots = static_cast<double>(*count);
  }
  if (slots > static_cast<double>(acquisition::most_slots)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("a log holds at most {} readings of a channel")), acquisition::most_slots));
  }
  return static_cast<std::int64_t>(slots);
}

void refuse_existing(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    throw base::InputError(fmt::format(fmt::runtime(tr("{} exists already; give another --out")), path));
}

void print_summary(const LogDisplay& display, const acquisition::LogPlan& plan, const std::string& path,
                   const std::string& json) {
  const std::string text = json.empty() ? "" : summary_to_json(plan, display.summary(), path);
  if (json == "-") {
    std::cout << text << std::flush;
    return;
  }
  if (!json.empty()) base::write_file_or_standard_output(json, text);
  std::cout << "\n"
            << display.summary_text(terminal_width(STDOUT_FILENO), wants_unicode(), wants_colour(STDOUT_FILENO))
            << std::flush;
}

// The bench that is logged, with its clock; simulators are brought up when it is a simulated one.
class LogBench {
 public:
  LogBench(const drivers::Bench& bench, const SimulationChoice& simulation) : bench_(bench) {
    if (!bench.simulation) {
      if (simulation.speed != 1)
        throw base::RefusedError(tr("--speed belongs to simulated benches: real instruments need real time"));
      if (!simulation.faults.empty()) throw base::RefusedError(tr("--fault belongs to simulated benches"));
      clock_ = std::make_unique<base::SystemClock>();
      return;
    }
    clock_ = std::make_unique<base::AcceleratedClock>(simulation.speed, bench.simulation->start_utc);
    if (!bench.simulation->hand.empty()) return;  // another process simulates it
    std::vector<drivers::simulation::Fault> faults;
    for (const std::string& fault : simulation.faults)
      faults.push_back(drivers::simulation::parse_fault(fault));
    simulated_ = std::make_unique<drivers::simulation::SimulatedBench>(bench, *clock_, simulation.seed, faults);
    bench_ = simulated_->live_bench();
  }
  const drivers::Bench& bench() const { return bench_; }
  const base::Clock& clock() const { return *clock_; }

 private:
  drivers::Bench bench_;
  std::unique_ptr<base::Clock> clock_;
  std::unique_ptr<drivers::simulation::SimulatedBench> simulated_;
};

int log_bench(const CommandLine& line, Interruption& interruption) {
  const double interval = interval_from(line);
  const std::int64_t slots = slots_from(line, interval);
  const std::string configs = configs_folder(line.text("configs"));
  const drivers::Bench configured =
      drivers::read_bench(configuration_path(configs, "benches", line.text("BENCH")), configs + "/drivers");
  const acquisition::LogPlan plan =
      acquisition::make_log_plan(configured, line.texts("channel"), line.texts("set"), interval, slots);
  SimulationChoice simulation;
  simulation.speed = line.positive_number("speed").value_or(configured.simulation ? 60 : 1);
  simulation.seed = line.whole_number("seed").value_or(1);
  simulation.faults = line.texts("fault");
  const std::string path = line.text("out", "log.h5");
  refuse_existing(path);

  std::map<std::string, std::string> texts{{"bench", configured.text}};
  for (const auto& instrument : configured.instruments)
    texts["driver/" + instrument.driver_name] = instrument.driver_text;
  if (configured.simulation) texts["simulation"] = to_json(simulation);

  const LogBench bench(configured, simulation);
  auto transcript = std::make_shared<drivers::Transcript>();
  if (line.has("transcript")) transcript->log_to(line.text("transcript"));
  acquisition::Logger logger(plan, bench.bench(), bench.clock(), interruption.cancellation(), transcript);
  logger.connect();
  auto writer = acquisition::RunWriter::create(path, acquisition::log_plan_to_json(plan), texts, software_name);
  const std::string json = line.text("json");
  LogDisplay display(plan, path, bench.clock().speed(), line.has("verbose"), json != "-");
  const bool complete = logger.carry_out(writer, display);
  display.finish();
  print_summary(display, plan, path, json);
  if (complete || plan.slots == 0) return 0;
  throw base::InterruptedError(fmt::format(fmt::runtime(tr("{} after {} of {} slots; what was logged is in {}")),
                                           interruption.cancellation().reason(), display.summary().slots(), plan.slots,
                                           path));
}

// The file as it is now.
int show(const CommandLine& line) {
  const std::string path = line.text("show");
  acquisition::LogFollower log(path);
  LogDisplay display(log.plan(), path, 1, line.has("verbose"), line.has("verbose"));
  display.journal_grew(log.read_new());
  print_summary(display, log.plan(), path, line.text("json"));
  return 0;
}

// The file as another process writes it, until that ends or Ctrl-C.
int watch(const CommandLine& line, Interruption& interruption) {
  const std::string path = line.text("watch");
  acquisition::LogFollower log(path);
  LogDisplay display(log.plan(), path, 1, line.has("verbose"), line.text("json") != "-");
  try {
    for (;;) {
      const bool last_look = !log.is_being_written();  // asked before the look: nothing comes after it
      display.journal_grew(log.read_new());
      if (last_look || !display.summary().end().empty()) break;
      interruption.cancellation().sleep(std::chrono::milliseconds(200));
    }
  } catch (const base::InterruptedError&) {
    // enough was seen
  }
  display.finish();
  print_summary(display, log.plan(), path, line.text("json"));
  if (display.summary().end().empty() && !log.is_being_written())
    std::cout << fmt::format(fmt::runtime(tr("{}: the log was broken off; this is what it holds")),
                             base::visible_line(path))
              << "\n";
  return 0;
}

}  // namespace

int log_command(const Arguments& arguments, Interruption& interruption) {
  CommandLine line(
      "etalon log BENCH --channel INSTRUMENT:QUANTITY[@RANGE][:block=N]… --every 1s [--for 10min | --count N] [--out "
      "LOG.h5]\n"
      "       etalon log --show LOG.h5 | --watch LOG.h5",
      tr("Reads channels of a bench's instruments again and again into a run file, all instruments side by side. It "
         "sets no source. Without --for and --count it goes on until Ctrl-C. --show prints the summary of a file, "
         "--watch follows one that another process is writing."),
      "etalon log demo --channel 'meter:dc voltage@10 V' --channel ambient:temperature --every 1s --for 10min");
  line.positional("BENCH", false);
  line.add_options()(
      "channel,c", po::value<std::vector<std::string>>(),
      tr("[NAME=]INSTRUMENT:QUANTITY[@RANGE][:block=N], once for each channel; a block is N readings in one message")
          .c_str())("every", po::value<std::string>(), tr("time from one reading of a channel to the next").c_str())(
      "for", po::value<std::string>(), tr("how long").c_str())("count", po::value<std::string>(),
                                                               tr("how many readings of each channel").c_str())(
      "set", po::value<std::vector<std::string>>(),
      tr("a setting of the meters: NAME=VALUE, or INSTRUMENT:NAME=VALUE").c_str())("out", po::value<std::string>(),
                                                                                   tr("the file (log.h5)").c_str())(
      "json", po::value<std::string>(), tr("write the summary as JSON to this file (- for standard output)").c_str())(
      "show", po::value<std::string>(), tr("print the summary of this log").c_str())(
      "watch", po::value<std::string>(), tr("follow this log while another process writes it").c_str())(
      "configs", po::value<std::string>(), tr("folder of the configurations").c_str())(
      "verbose,v", tr("a line for each reading and event").c_str())(
      "speed", po::value<std::string>(), tr("simulated benches: how many times faster the clock runs (60)").c_str())(
      "seed", po::value<std::string>(), tr("simulated benches: seed of the hidden truth (1)").c_str())(
      "fault", po::value<std::vector<std::string>>(), tr("INSTRUMENT:KIND@N, see etalon run --help").c_str())(
      "transcript", po::value<std::string>(), tr("write every byte to and from the instruments to this file").c_str());
  if (!line.parse(arguments)) return 0;
  const int ways = line.has("BENCH") + line.has("show") + line.has("watch");
  if (ways != 1) throw base::InputError(tr("give one of BENCH, --show LOG.h5, --watch LOG.h5"));
  if (line.has("show")) return show(line);
  if (line.has("watch")) return watch(line, interruption);
  return log_bench(line, interruption);
}

}  // namespace etalon::app
