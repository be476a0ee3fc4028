// `etalon instrument monitor`: one quantity of one instrument, read again and again.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "acquisition/channel_poller.h"
#include "acquisition/instrument_channels.h"
#include "app/instrument_commands.h"
#include "app/instrument_options.h"
#include "app/monitor_display.h"
#include "base/language.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

// Readings and faults as they come; each line is in the file before the next reading is taken.
class MonitorTable {
 public:
  explicit MonitorTable(const std::string& path) : path_(path) {
    if (path.empty()) return;
    if (path != "-") {
      std::error_code ignored;
      if (std::filesystem::exists(path, ignored))
        throw base::InputError(fmt::format(fmt::runtime(tr("{}: exists already; nothing was written")), path));
      file_.open(path, std::ios::binary);
    }
    put("utc,slot,value,unit,text,fault\n");
  }
  bool on_standard_output() const { return path_ == "-"; }

  void add(const acquisition::JournalNews& news) {
    for (const auto& reading : news.readings) {
      put(fmt::format("{},{},{},{},{},\n", reading.utc, reading.attempt, reading.value, quoted(reading.unit),
                      quoted(reading.reply)));
    }
    for (const auto& entry : news.events) {
      if (entry.kind == acquisition::event::fault)
        put(fmt::format("{},{},,,{},{}\n", entry.utc, entry.attempt, quoted(entry.text), entry.subject));
      // Of each slot a line of its own: the readings stand above.
      if (const auto slots = acquisition::withdrawn_slots(entry)) {
        for (int slot = slots->first; slot <= slots->last; ++slot)
          put(fmt::format("{},{},,,{},{}\n", entry.utc, slot, quoted(entry.text), entry.kind));
      }
    }
  }

 private:
  static std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string result = "\"";
    for (const char c : text)
      result += c == '"' ? "\"\"" : std::string(1, c);
    return result + "\"";
  }
  void put(const std::string& line) {
    if (path_.empty()) return;
    std::ostream& stream = on_standard_output() ? std::cout : file_;
    stream << line << std::flush;
    if (!stream) throw base::InputError(fmt::format(fmt::runtime(tr("{}: cannot be written")), path_));
  }

  std::string path_;
  std::ofstream file_;
};

std::string ranges_text(const drivers::Measure& measure) {
  std::string text;
  for (const double range : measure.ranges)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", range);
  return text.empty() ? measure.unit : text + " " + measure.unit;
}

[[noreturn]] void list_quantities(const drivers::DriverFile& driver) {
  if (driver.measures.empty())
    throw base::InputError(fmt::format(fmt::runtime(tr("{} measures nothing")), driver.title));
  std::cout << fmt::format(fmt::runtime(tr("{} measures:")), driver.title) << "\n";
  for (const drivers::Measure& measure : driver.measures)
    std::cout << "  " << measure.quantity << "  (" << ranges_text(measure) << ")\n";
  std::cout << std::flush;
  throw base::InputError(fmt::format(fmt::runtime(tr("--quantity is missing: say which, such as --quantity '{}'")),
                                     driver.measures.front().quantity));
}

// Which driver file to use: the one that was given, or the one that claims the instrument.
drivers::DriverFile driver_for(const CommandLine& line, const std::string& address,
                               const drivers::IdentitySearchOptions& options) {
  if (auto driver = driver_option(line)) return *driver;
  const std::vector<drivers::DriverFile> drivers = all_driver_files(line);
  const drivers::IdentitySearch search = drivers::find_identity(address, drivers, options);
  if (search.driver) return *search.driver;
  throw drivers::InstrumentError(
      search.answered() ? drivers::Fault::wrong_instrument : drivers::Fault::timeout, {"instrument", address, "", ""},
      search.answered() ? tr("no driver file claims it") : tr("it does not answer, not even who it is"),
      tr("see etalon instrument identify, or name its driver file with --driver"));
}

// A range with or without its unit; the largest one when none is given.
std::string channel_text(const CommandLine& line, const drivers::DriverFile& driver) {
  const std::string quantity = line.text("quantity");
  const std::string text = "instrument:" + quantity;
  const drivers::Measure* measure = driver.measure(quantity);
  if (!measure) return text;  // refused by the plan
  if (!line.has("range")) {
    if (measure->ranges.empty()) return text;
    return text + fmt::format("@{} {}", measure->ranges.back(), measure->unit);
  }
  std::string range = line.text("range");
  if (range.find_first_not_of("+-.0123456789eE") == std::string::npos) range += " " + measure->unit;
  return text + "@" + range;
}

// Cancels when it goes: threads that wait for their next slot end.
struct StopGuard {
  base::Cancellation& stop;
  ~StopGuard() { stop.cancel("end"); }
};

}  // namespace

int instrument_monitor(const Arguments& arguments, Interruption& interruption) {
  CommandLine line(
      "etalon instrument monitor ADDRESS --quantity Q [--driver FILE] [--range R] [--set NAME=VALUE]… "
      "[--every 1s] [--count N] [--csv FILE|-]",
      tr("Configures an instrument for a quantity and reads it until Ctrl-C: a live plot on a terminal, a "
         "line a reading elsewhere. Without --quantity it lists what the instrument measures. It sets no "
         "source."),
      "etalon instrument monitor TCPIP::192.0.2.10::5025::SOCKET --quantity 'dc voltage' --range 10");
  line.positional("ADDRESS", true);
  line.add_options()("quantity", po::value<std::string>(), tr("what to read").c_str())(
      "driver", po::value<std::string>(), tr("driver file; otherwise the instrument is asked who it is").c_str())(
      "range", po::value<std::string>(), tr("range of the instrument (the largest)").c_str())(
      "set", po::value<std::vector<std::string>>(), tr("a setting of the driver file: NAME=VALUE").c_str())(
      "every", po::value<std::string>(), tr("time from one reading to the next (1s)").c_str())(
      "count", po::value<std::string>(), tr("how many readings (until Ctrl-C)").c_str())(
      "csv", po::value<std::string>(), tr("write readings and faults to this file (- for standard output)").c_str())(
      "timeout", po::value<std::string>(), tr("time-out of each question who it is (2s)").c_str())(
      "adapter", po::value<std::vector<std::string>>(),
      tr("GPIB0=ADDRESS or GPIB0=ar488:ADDRESS, the adapter that leads to GPIB0::…").c_str())(
      "transcript", po::value<std::string>(), tr("write every byte to and from the instrument to this file").c_str())(
      "configs", po::value<std::string>(), tr("folder of the configurations").c_str());
  if (!line.parse(arguments)) return 0;
  const std::string address = drivers::format_address(drivers::parse_address(line.text("ADDRESS")));
  const double interval = duration_option(line, "every").value_or(1);
  const auto count = line.whole_number("count").value_or(0);
  if (line.has("count") && (count == 0 || count > acquisition::most_slots)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("--count: 1 to {} belongs here")), acquisition::most_slots));
  }
  const auto transcript = transcript_option(line);
  drivers::IdentitySearchOptions options;
  options.reply_timeout = timeout_option(line).value_or(options.reply_timeout);
  options.gpib_adapters = adapters_option(line);
  options.transcript = transcript;
  options.cancellation = &interruption.cancellation();
  show_questions(options);

  drivers::BenchInstrument entry;
  entry.name = "instrument";
  entry.driver = driver_for(line, address, options);
  entry.driver_name = entry.driver.name;
  entry.address = address;
  entry.any_serial = true;
  entry.adapters = options.gpib_adapters;
  if (!line.has("quantity")) list_quantities(entry.driver);
  drivers::Bench bench;
  bench.instruments = {entry};
  acquisition::LogPlan plan = acquisition::make_log_plan(bench, {channel_text(line, entry.driver)}, line.texts("set"),
                                                         interval, static_cast<std::int64_t>(count));
  const acquisition::LogChannel& channel = plan.channels.front();
  MonitorTable table(line.text("csv"));

  const base::SystemClock clock;
  acquisition::InstrumentChannels channels(plan, entry, clock, transcript, interruption.cancellation());
  const std::string identity = channels.connect();
  const std::string range = channel.range > 0 ? fmt::format(" @ {} {}", channel.range, channel.unit) : "";
  MonitorDisplay display(plan, channel.quantity + range + ", " + identity, clock.now(), table.on_standard_output());
  base::Cancellation stop;
  bool proven_at_the_end = true;
  const auto finish = [&] {
    acquisition::JournalNews news = channels.finish();
    proven_at_the_end = !channels.newest_withdrawn();
    return news;
  };
  acquisition::ChannelPoller poller({{entry.name, [&](std::int64_t slot) { return channels.read(slot); }, finish}},
                                    {plan.interval, plan.slots}, clock, stop);
  const StopGuard guard{stop};
  std::string last_fault;
  while (!poller.finished()) {
    if (interruption.cancellation().cancelled()) stop.cancel(interruption.cancellation().reason());
    const acquisition::JournalNews news = poller.take(std::chrono::milliseconds(100));
    for (const auto& entry : news.events) {
      if (entry.kind == acquisition::event::fault) last_fault = entry.text;
    }
    table.add(news);
    display.add(news);
  }
  display.finish();
  check_transcript(line, *transcript);
  if (!proven_at_the_end) throw base::Error(base::ExitCode::instrument, last_fault);
  if (interruption.cancellation().cancelled()) return 0;
  const acquisition::ChannelSummary& summary = display.summary();
  const bool works = summary.last_fault.empty() || summary.last_fault == drivers::fault_name(drivers::Fault::overload);
  if (!works) throw base::Error(base::ExitCode::instrument, last_fault);
  // All that was asked for are faults.
  return summary.statistics.count() == 0 ? static_cast<int>(base::ExitCode::instrument) : 0;
}

}  // namespace etalon::app
