// The whole way of a meter that delivers blocks: socket, client, logger, run file, and another process that follows the
// file. Prints readings a second, until that process has read the last one.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "acquisition/logger.h"
#include "benchmarks/follower.h"
#include "benchmarks/stopwatch.h"

using namespace etalon;
using namespace etalon::acquisition;

namespace {

const char* const driver_text = R"([driver]
title   = "answering_server"
sources = ["benchmarks/answering_server.c"]
[link]
send_terminator  = "\n"
reply_terminator = "\n"
timeout          = "10 s"
longest_reply    = 1000000
[identity]
query   = "*IDN?"
pattern = '^(?<maker>[^,]+),(?<model>[^,]+),(?<serial>[^,]+),(?<firmware>.+)$'
example = "Example,Instrument,{serial},1.0"
[[measures]]
quantity  = "dc voltage"
unit      = "V"
digit     = 1
read      = { send = "READ?", reply = "{value}" }
[measures.read_many]
send      = "FETCH? {count}"
format    = "real64"
most      = 100000
time_each = "1 us"
[measures.physics]
rows = [[1, 0, 0, 0, 0]]
)";

drivers::Bench bench_at(const std::string& port) {
  return drivers::parse_bench(
      "[bench]\ntitle = { en = \"Benchmark\" }\n[roles]\n[instruments.meter]\n"
      "driver = \"some\"\nserial = \"000001\"\naddress = \"TCPIP::127.0.0.1::" +
          port + "::SOCKET\"\n",
      "bench.toml", {{"some", driver_text}});
}

// Ends the log when there are enough.
class Counter : public LogProgress {
 public:
  Counter(std::int64_t wanted, base::Cancellation& enough) : wanted_(wanted), enough_(enough) {}
  void journal_grew(const JournalNews& news) override {
    count_ += static_cast<std::int64_t>(news.readings.size());
    for (const JournalEvent& entry : news.events)
      faults_ += entry.kind == event::fault;
    if (count_ >= wanted_ || faults_ > 0) enough_.cancel("enough");
  }
  bool whole() const { return count_ >= wanted_ && faults_ == 0; }

 private:
  std::int64_t wanted_;
  base::Cancellation& enough_;
  std::int64_t count_ = 0;
  int faults_ = 0;
};

double logged(const std::string& port, const std::string& path, int readings, int block) {
  std::filesystem::remove(path);
  const drivers::Bench bench = bench_at(port);
  // More than any machine can: blocks follow each other as they come, and slots that were missed are noted.
  constexpr double interval = 1e-3;
  const LogPlan plan =
      make_log_plan(bench, {"u=meter:dc voltage:block=" + std::to_string(block)}, {}, interval, most_slots);
  const base::SystemClock clock;
  base::Cancellation enough;
  Counter counter(readings, enough);
  Logger logger(plan, bench, clock, enough, nullptr);
  logger.connect();
  RunWriter writer = RunWriter::create(path, log_plan_to_json(plan), {}, "benchmark");
  FollowerProcess follower(path, readings);
  if (!follower.opened()) return -1;
  const Stopwatch watch;
  logger.carry_out(writer, counter);
  if (!counter.whole() || !follower.saw_all()) return -1;
  return readings / watch.seconds();
}

// The meter counts: none is lost, doubled or another.
bool counts_on(const JournalReading& reading, std::int64_t number) {
  return reading.value == static_cast<double>(number - 1);
}

}  // namespace

int main(int count, char** values) {
  if (count == 4 && std::string(values[1]) == "follow") return follow(values[2], std::atoi(values[3]), counts_on);
  if (count != 5) {
    std::fprintf(stderr, "usage: benchmark_block_log PORT FILE READINGS BLOCK\n");
    return 2;
  }
  const double result = logged(values[1], values[2], std::atoi(values[3]), std::atoi(values[4]));
  std::filesystem::remove(values[2]);
  if (result < 0) return 1;
  std::printf("%.1f\n", result);
  return 0;
}
