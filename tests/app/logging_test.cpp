// Logging of channels: what is shown is in the file whatever happens, a fault is an event and never a number, and one
// instrument's trouble is nobody else's.
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "acquisition/channel_poller.h"
#include "acquisition/channel_statistics.h"
#include "acquisition/log_follower.h"
#include "acquisition/log_summary.h"
#include "acquisition/run_file.h"
#include "app/terminal_plot.h"
#include "tests/app/program.h"

using namespace etalon;
using namespace etalon::acquisition;
using namespace etalon::tests;
using Catch::Contains;

namespace {

const std::vector<std::string> demo_channels{"-c", "meter:dc voltage@10 V", "-c", "ambient:temperature",
                                             "-c", "ambient:pressure"};

std::vector<std::string> log_arguments(const std::string& path, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"log", "demo"};
  arguments.insert(arguments.end(), demo_channels.begin(), demo_channels.end());
  for (const std::string& argument : {std::string("--every"), std::string("1s"), std::string("--out"), path})
    arguments.push_back(argument);
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::vector<std::string> with_program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), etalon_program());
  return arguments;
}

// Everything in a log.
JournalNews whole(const std::string& path) {
  LogFollower log(path);
  return log.read_new();
}

// "reading UTC slot N CHANNEL TEXT UNIT", as --verbose shows it.
std::string shown_as(const JournalReading& reading) {
  return "reading " + reading.utc + " slot " + std::to_string(reading.attempt) + " " + reading.channel + " " +
         reading.reply + " " + reading.unit;
}

std::vector<std::string> reading_lines(const std::string& log) {
  std::vector<std::string> lines;
  std::istringstream stream(log);
  for (std::string line; std::getline(stream, line);) {
    if (line.rfind("reading ", 0) == 0 && !stream.eof()) lines.push_back(line);  // a kill may cut the last one
  }
  return lines;
}

// The text of every reading is its number.
void check_numbers(const JournalNews& news) {
  for (const JournalReading& reading : news.readings) {
    INFO(shown_as(reading));
    CHECK(std::stod(reading.reply) == reading.value);
    CHECK(std::fabs(reading.value) < 2000);
  }
}

void wait_for_lines(BackgroundProgram& program, const std::string& log, std::size_t count) {
  for (int i = 0; i < 4000 && reading_lines(read_text(log)).size() < count; ++i) {
    REQUIRE(program.running());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  REQUIRE(reading_lines(read_text(log)).size() >= count);
}

int widest_line(const std::string& text) {
  int widest = 0;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    widest = std::max(widest, app::display_width(line));
  return widest;
}

}  // namespace

TEST_CASE("the demo bench is logged from its simulators to summary, plot and JSON") {
  const TemporaryFolder folder;
  const std::string path = folder / "log.h5";
  const Outcome outcome = tests::etalon(log_arguments(
      path, {"--count", "40", "--set", "nplc=1", "--json", folder / "summary.json", "--transcript", folder / "bytes"}));
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.output, Contains("drift / h") && Contains("ambient:pressure") && Contains("hPa"));
  CHECK_THAT(outcome.output, Contains("*") && Contains("+---"));  // no UTF-8 in the test's locale
  CHECK(widest_line(outcome.output) <= 100);
  CHECK_THAT(read_text(folder / "bytes"), Contains("VOLT:DC:NPLC 1\\\\n"));

  LogFollower log(path);
  CHECK(log.plan().interval == 1);
  CHECK(log.plan().slots == 40);
  CHECK(log.plan().channels.at(0).range == 10);
  CHECK(log.plan().settings.at("meter").at("nplc") == "1");
  const JournalNews news = log.read_new();
  check_numbers(news);
  LogSummary summary(log.plan());
  summary.add(news);
  CHECK(summary.end() == event::log_finished);
  CHECK(summary.slots() == 40);
  const auto json = nlohmann::json::parse(read_text(folder / "summary.json"));
  for (std::size_t i = 0; i < 3; ++i) {
    const ChannelSummary& channel = summary.channels().at(i);
    INFO(channel.channel.name);
    CHECK(channel.faults == 0);
    CHECK(channel.statistics.count() > 0);
    CHECK(channel.statistics.count() + summary.missed(channel) == 40);
    CHECK(json["channels"][i]["readings"] == channel.statistics.count());
    CHECK(json["channels"][i]["mean"].get<double>() == channel.statistics.mean());
    CHECK(json["channels"][i]["unit"] == channel.channel.unit);
  }
  // Temperature and pressure come from one message: they are of one moment.
  std::set<std::int64_t> slots;
  for (const JournalReading& reading : news.readings)
    if (reading.channel == "ambient:temperature") slots.insert(reading.attempt);
  for (const JournalReading& reading : news.readings)
    if (reading.channel == "ambient:pressure") CHECK(slots.count(reading.attempt) == 1);
  const std::string bytes = read_text(folder / "bytes");
  std::size_t sends = 0;
  for (std::size_t at = bytes.find("SEND\\\\r"); at != std::string::npos; at = bytes.find("SEND\\\\r", at + 1))
    ++sends;
  CHECK(sends <= slots.size() + 1);
  // The exact texts of what was used.
  JournalReader reader(path);
  CHECK(reader.inputs().at("bench") == read_text(ETALON_SOURCE_DIR "/configs/benches/demo.toml"));
  CHECK(reader.inputs().count("driver/keysight-34461a") == 1);
  CHECK(reader.inputs().count("simulation") == 1);

  const Outcome shown = tests::etalon({"log", "--show", path});
  CHECK(shown.exit_code == 0);
  CHECK_THAT(outcome.output, Contains(shown.output));
  // A log is no run.
  for (const char* verb : {"evaluate", "resume"}) {
    const Outcome refused = tests::etalon({verb, path});
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.output, Contains("is a log of channels, not a run") && Contains("etalon log --show"));
  }
  CHECK_THROWS_AS(RunWriter::reopen(path), base::InputError);
  CHECK(tests::etalon(log_arguments(path, {"--count", "1"})).exit_code == 2);  // it exists
}

TEST_CASE("a fault of one instrument is an event with its name, and stops nothing") {
  const TemporaryFolder folder;
  const std::string path = folder / "log.h5";
  const Outcome outcome = tests::etalon(
      log_arguments(path, {"--count", "400", "--fault", "meter:cut-line@30", "--fault", "meter:overload@60", "--fault",
                           "meter:text-reply@90", "--fault", "ambient:truncated-reply@40"}));
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  const JournalNews news = whole(path);
  check_numbers(news);
  std::map<std::string, int> faults;
  std::int64_t last_fault = 0;
  for (const JournalEvent& entry : news.events) {
    if (entry.kind != event::fault) continue;
    ++faults[std::to_string(entry.step) + " " + entry.subject];
    last_fault = std::max(last_fault, entry.sequence);
    // No reading of the channel in this slot.
    for (const JournalReading& reading : news.readings)
      CHECK_FALSE((reading.step == entry.step && reading.attempt == entry.attempt));
  }
  CHECK(faults.at("1 link-lost") == 1);
  CHECK(faults.at("1 overload") == 1);
  CHECK(faults.at("2 truncated-reply") == 1);
  CHECK(faults.at("3 truncated-reply") == 1);  // the same message
  CHECK_THAT(outcome.output, Contains("link-lost") || Contains("link lost"));
  int restored = 0;
  for (const JournalEvent& entry : news.events)
    restored += entry.kind == event::link_restored;
  CHECK(restored >= 2);
  // Each channel is read again after the last fault.
  for (int channel = 1; channel <= 3; ++channel) {
    CHECK(std::any_of(news.readings.begin(), news.readings.end(), [&](const JournalReading& reading) {
      return reading.step == channel && reading.sequence > last_fault;
    }));
  }
}

TEST_CASE("kill -9 in the middle of a log loses no reading that was shown") {
  const TemporaryFolder folder;
  for (int kill = 0; kill < 4; ++kill) {
    const std::string number = std::to_string(kill);
    const std::string path = folder / ("log" + number + ".h5");
    const std::string log = folder / ("output" + number);
    BackgroundProgram program(with_program(log_arguments(path, {"--verbose", "--speed", "300"})), log);
    wait_for_lines(program, log, 40 + 37 * static_cast<std::size_t>(kill));
    program.signal(SIGKILL);
    CHECK(program.wait(60) == 128 + SIGKILL);
    const JournalNews news = whole(path);
    check_numbers(news);
    std::set<std::string> kept;
    for (const JournalReading& reading : news.readings)
      kept.insert(shown_as(reading));
    const auto shown = reading_lines(read_text(log));
    CHECK(shown.size() >= 40);
    for (const std::string& line : shown) {
      INFO(line);
      CHECK(kept.count(line) == 1);
    }
    const Outcome summary = tests::etalon({"log", "--watch", path});
    CHECK(summary.exit_code == 0);
    CHECK_THAT(summary.output, Contains("was broken off"));
  }
}

TEST_CASE("other processes follow a log while it grows, and Ctrl-C ends it") {
  const TemporaryFolder folder;
  const std::string path = folder / "log.h5";
  const std::string output = folder / "output";
  const bool with_end = GENERATE(false, true);
  BackgroundProgram logger(
      with_program(log_arguments(path, with_end ? std::vector<std::string>{"--verbose", "--count", "1000000"}
                                                : std::vector<std::string>{"-v"})),
      output);
  wait_for_lines(logger, output, 3);
  BackgroundProgram watcher({etalon_program(), "log", "--watch", path, "--verbose"}, folder / "watched");
  LogFollower log(path);
  std::vector<std::string> followed;
  int grown = 0;
  for (int i = 0; i < 2000 && grown < 10; ++i) {
    const JournalNews news = log.read_new();
    grown += !news.readings.empty();
    for (const JournalReading& reading : news.readings)
      followed.push_back(shown_as(reading));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(grown == 10);
  wait_for_lines(watcher, folder / "watched", followed.size());
  logger.signal(SIGINT);
  CHECK(logger.wait(60) == (with_end ? 130 : 0));
  CHECK(watcher.wait(60) == 0);
  for (const JournalReading& reading : log.read_new().readings)
    followed.push_back(shown_as(reading));
  CHECK(followed == reading_lines(read_text(output)));
  CHECK(followed == reading_lines(read_text(folder / "watched")));
  CHECK_THAT(read_text(output), Contains("log-stopped") && Contains("std. dev."));
  CHECK_THAT(read_text(folder / "watched"), Contains("std. dev.") && !Contains("broken off"));
}

TEST_CASE("bad input to a log is said clearly, and nothing is made") {
  const TemporaryFolder folder;
  const std::string path = folder / "log.h5";
  const std::string channel = "meter:dc voltage@10 V";
  struct Case {
    std::vector<std::string> arguments;
    std::vector<std::string> says;
  };
  const std::vector<Case> cases{
      {{"demo", "-c", channel}, {"--every is missing"}},
      {{"demo", "--every", "1s"}, {"at least one channel"}},
      {{"demo", "-c", channel, "--every", "0s"}, {"--every 0s", "above 0"}},
      {{"demo", "-c", channel, "--every", "1"}, {"--every 1", "unit"}},
      {{"demo", "-c", channel, "--every", "1V"}, {"--every 1V"}},
      {{"demo", "-c", channel, "--every", "10us"}, {"--every 10us", "at least 0.001 s"}},
      {{"demo", "-c", channel, "--every", "1s", "--count", "0"}, {"--count 0"}},
      {{"demo", "-c", channel, "--every", "1s", "--count", "5000000000"}, {"at most 2147483647"}},
      {{"demo", "-c", channel, "--every", "1s", "--count", "3", "--for", "3s"}, {"--for or --count"}},
      {{"demo", "-c", "meter", "--every", "1s"}, {"meter", "INSTRUMENT:QUANTITY"}},
      {{"demo", "-c", "metre:dc voltage@10 V", "--every", "1s"}, {"no instrument 'metre'", "did you mean meter"}},
      {{"demo", "-c", "meter:dc curent", "--every", "1s"}, {"does not measure 'dc curent'", "dc voltage"}},
      {{"demo", "-c", "calibrator:dc voltage", "--every", "1s"}, {"calibrator", "does not measure"}},
      {{"demo", "-c", "meter:dc voltage", "--every", "1s"}, {"give the range", "0.1 V, 1 V, 10 V"}},
      {{"demo", "-c", "meter:dc voltage@5 V", "--every", "1s"}, {"no range 5 V"}},
      {{"demo", "-c", "meter:dc voltage@5 A", "--every", "1s"}, {"5 A"}},
      {{"demo", "-c", "ambient:temperature@50 degC", "--every", "1s"}, {"one fixed range"}},
      {{"demo", "-c", channel, "-c", channel, "--every", "1s"}, {"two channels of this name"}},
      {{"demo", "-c", std::string(33, 'n') + "=" + channel, "--every", "1s"}, {"longer than the 32 bytes"}},
      {{"demo", "-c", channel, "--every", "1s", "--set", "nplc"}, {"--set nplc", "NAME=VALUE"}},
      {{"demo", "-c", channel, "--every", "1s", "--set", "nplc=3"}, {"nplc cannot be 3", "0.02"}},
      {{"demo", "-c", channel, "--every", "1s", "--set", "speed=3"}, {"no instrument", "'speed'", "nplc"}},
      {{"nowhere", "-c", channel, "--every", "1s"}, {"nowhere", "demo"}},
      {{}, {"give one of BENCH"}},
      {{"--show", folder / "none.h5"}, {"none.h5", "no such run file"}},
      {{"--watch", folder / "none.h5"}, {"none.h5", "no such run file"}},
  };
  for (const Case& one : cases) {
    std::vector<std::string> arguments{"log"};
    arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
    arguments.insert(arguments.end(), {"--out", path});
    const Outcome outcome = tests::etalon(arguments);
    INFO(outcome.output);
    CHECK(outcome.exit_code == 2);
    for (const std::string& text : one.says)
      CHECK_THAT(outcome.output, Contains(text));
    CHECK_FALSE(std::filesystem::exists(path));
  }
  // A file that is not made over.
  write_text(path, "precious");
  const Outcome outcome = tests::etalon(log_arguments(path, {"--count", "1"}));
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.output, Contains("exists already"));
  CHECK(read_text(path) == "precious");
  // An instrument that is not there: its fault, before a file is made.
  const Outcome wrong = tests::etalon(log_arguments(folder / "w.h5", {"--fault", "meter:wrong-serial@1"}));
  CHECK(wrong.exit_code == 3);
  CHECK_THAT(wrong.output, Contains("meter") && Contains("serial"));
  CHECK_FALSE(std::filesystem::exists(folder / "w.h5"));
}

TEST_CASE("a slow instrument misses slots, says so, and holds up nobody") {
  const base::SystemClock clock;
  base::Cancellation cancellation;
  constexpr int slots = 100;
  std::mutex mutex;
  std::condition_variable changed;
  int quick_slots = 0;
  const auto one = [&](int channel, std::int64_t slot) {
    JournalNews news;
    news.readings.push_back({0, channel, static_cast<int>(slot), "c", "", clock.now(), 1, "V", 0, "1"});
    return news;
  };
  std::vector<PolledInstrument> instruments;
  instruments.push_back({"quick", [&](std::int64_t slot) {
                           const std::lock_guard lock(mutex);
                           ++quick_slots;
                           changed.notify_all();
                           return one(1, slot);
                         }});
  // Its first reading takes until the other one has had ten.
  instruments.push_back({"slow", [&](std::int64_t slot) {
                           std::unique_lock lock(mutex);
                           changed.wait_for(lock, std::chrono::seconds(60), [&] { return quick_slots >= 10; });
                           return one(2, slot);
                         }});
  ChannelPoller poller(std::move(instruments), {0.005, slots}, clock, cancellation);
  const double start = clock.now();
  std::set<std::int64_t> quick, slow;
  std::map<std::string, std::int64_t> missed;
  while (!poller.finished()) {
    const JournalNews news = poller.take(std::chrono::milliseconds(100));
    for (const JournalReading& reading : news.readings) {
      CHECK((reading.step == 1 ? quick : slow).insert(reading.attempt).second);
      CHECK(reading.monotonic - start >= 0.005 * (reading.attempt - 1) - 0.1);  // never before its time
    }
    for (const JournalEvent& entry : news.events) {
      CHECK(entry.kind == event::slots_missed);
      int first = 0;
      int last = 0;
      if (std::sscanf(entry.text.c_str(), "slots %d to %d were missed", &first, &last) != 2)
        REQUIRE(std::sscanf(entry.text.c_str(), "slot %d was missed", &last) == 1);
      if (first == 0) first = last;
      missed[entry.subject] += last - first + 1;
    }
  }
  CHECK(quick.size() >= 10);
  CHECK(static_cast<std::int64_t>(quick.size()) + missed["quick"] == slots);
  CHECK(static_cast<std::int64_t>(slow.size()) + missed["slow"] == slots);
  CHECK(missed["slow"] >= 5);

  // What a thread throws comes out, after what it had read.
  ChannelPoller failing({{"bad",
                          [&](std::int64_t slot) {
                            if (slot == 3) throw base::InputError("out of paper");
                            return one(1, slot);
                          }}},
                        {0.001, 0}, clock, cancellation);
  std::size_t taken = 0;
  const auto take_all = [&] {
    while (!failing.finished())
      taken += failing.take(std::chrono::milliseconds(100)).readings.size();
  };
  CHECK_THROWS_WITH(take_all(), Contains("out of paper"));
  CHECK(taken >= 1);
}

TEST_CASE("running statistics are those of the whole") {
  ChannelStatistics statistics;
  CHECK(statistics.standard_deviation() == 0);
  CHECK(statistics.slope() == 0);
  std::vector<double> values;
  const int n = 5000;
  for (int i = 0; i < n; ++i) {
    const double noise = 1e-7 * std::sin(i * 12.9898) * (i % 7);
    values.push_back(10 + 1e-9 * i + noise);
    statistics.add(1e6 + i, values.back());
  }
  long double sum = 0;
  for (const double v : values)
    sum += v;
  const long double mean = sum / n;
  long double squares = 0, products = 0, times = 0;
  for (int i = 0; i < n; ++i) {
    const long double t = i - (n - 1) / 2.0L;
    squares += (values[static_cast<std::size_t>(i)] - mean) * (values[static_cast<std::size_t>(i)] - mean);
    products += t * (values[static_cast<std::size_t>(i)] - mean);
    times += t * t;
  }
  const long double slope = products / times;
  CHECK(statistics.count() == n);
  CHECK(statistics.mean() == Approx(static_cast<double>(mean)).epsilon(1e-13));
  CHECK(statistics.standard_deviation() == Approx(static_cast<double>(std::sqrt(squares / (n - 1)))).epsilon(1e-7));
  CHECK(statistics.slope() == Approx(static_cast<double>(slope)).epsilon(1e-6));
  CHECK(statistics.slope_uncertainty() ==
        Approx(static_cast<double>(std::sqrt((squares - slope * products) / (n - 2) / times))).epsilon(1e-6));
  CHECK(statistics.minimum() == *std::min_element(values.begin(), values.end()));
  CHECK(statistics.maximum() == *std::max_element(values.begin(), values.end()));
}

TEST_CASE("a plot fits its width, keeps its extremes, and says its values") {
  using app::PlotPoint;
  app::PlotStyle style;
  for (const double offset : {0.0, 10.0, -1e-9, 1e7, 1e300}) {
    for (const double size : {0.0, 1e-9, 1e-3, 5.0}) {
      app::PlotSeries series;
      for (int i = 0; i < 10000; ++i)
        series.add(i, offset + size * (i == 7777 ? 3 : std::sin(i / 300.0)));
      const auto points = series.points();
      CHECK(points.size() <= 2 * 1024);
      const auto by_value = [](const PlotPoint& a, const PlotPoint& b) { return a.value < b.value; };
      CHECK(std::max_element(points.begin(), points.end(), by_value)->value == offset + size * 3);
      for (const bool unicode : {true, false}) {
        style.unicode = unicode;
        for (const int width : {30, 80, 120}) {
          style.width = width;
          const std::string text = app::plot_text("channel", "V", points, 0, style);
          INFO(text);
          CHECK(widest_line(text) <= std::max(width, 50));
          if (std::fabs(offset) < 1e8) CHECK(widest_line(text) <= width);
          CHECK(std::count(text.begin(), text.end(), '\n') == style.height + 3);
          if (!unicode) CHECK(std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; }));
        }
      }
    }
  }
  // A single dot at 1 V, 60 s after the start, and what is not finite is left out.
  style = {40, 3, false, false};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string two = app::plot_text("u", "V", {{0, 0, true}, {30, nan, true}, {60, 1, true}}, 0, style);
  INFO(two);
  CHECK(std::count(two.begin(), two.end(), '*') == 2);  // not joined over the gap
  CHECK_THAT(two, Contains("u (V)") && Contains("1 +") && Contains("0 +*") && Contains("40") && Contains(" s\n"));
  CHECK_THAT(app::plot_text("u", "V", {}, 0, style), Contains("no readings"));
  CHECK_THAT(app::plot_text("u", "V", {{0, nan, true}}, 0, style), Contains("no readings"));
  CHECK_THAT(app::plot_text("u", "V", {{0, 1e-6, true}, {1, 3e-6, true}}, 0, style), Contains("u (uV)"));
}

TEST_CASE("the plan of a log is read back as it was written") {
  LogPlan plan;
  plan.interval = 0.1;
  plan.slots = 12;
  plan.simulated = true;
  plan.channels = {{"u", "meter", "dc voltage", "V", 10, 1e-5}, {"t", "ambient", "temperature", "degC", 0, 0.01}};
  plan.settings["meter"]["nplc"] = "10";
  const LogPlan read = log_plan_from_json(log_plan_to_json(plan));
  CHECK(read.interval == plan.interval);
  CHECK(read.slots == 12);
  CHECK(read.simulated);
  CHECK(read.settings == plan.settings);
  REQUIRE(read.channels.size() == 2);
  CHECK(read.channels[0].name == "u");
  CHECK(read.channels[0].range == 10);
  CHECK(read.channels[1].unit == "degC");
  CHECK(is_log_plan(log_plan_to_json(plan)));
  CHECK_FALSE(is_log_plan("{}"));
  CHECK_FALSE(is_log_plan("no json"));
  for (const char* bad : {"", "{}", "[]", R"({"kind": "log"})", R"({"kind": "log", "interval": "x"})"})
    CHECK_THROWS_AS(log_plan_from_json(bad), base::InputError);
}
