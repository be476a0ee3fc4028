// Simulated instruments of the shipped driver files misbehave at random moments, many at a time, until so many faults
// were injected:
//   soak [--faults N] [--seed N] [--threads N] [--driver NAME] [--trial N]
// Ends with status 1 for a wrong reading, a fault without a name, a source left on without saying so, a trial that does
// not end, or a descriptor that stays open.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "tests/soak/trial.h"

using namespace etalon;
using std::chrono::steady_clock;

namespace {

// Far beyond what the time-outs of a trial sum up to, on a machine that is busy with other things.
constexpr std::chrono::minutes hang{10};

struct Settings {
  long faults = 150;
  std::uint64_t seed = 1;
  std::size_t threads = 16;
  std::string driver;    // empty: all
  long only_trial = -1;  // one alone
};

Settings settings_from(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    const std::string value = argv[i + 1];
    if (option == "--faults")
      settings.faults = std::stol(value);
    else if (option == "--seed")
      settings.seed = std::stoull(value);
    else if (option == "--threads")
      settings.threads = std::stoull(value);
    else if (option == "--driver")
      settings.driver = value;
    else if (option == "--trial")
      settings.only_trial = std::stol(value);
    else
      throw base::InputError("unknown option " + option);
  }
  if (argc % 2 == 0) throw base::InputError(std::string("a value belongs after ") + argv[argc - 1]);
  return settings;
}

std::vector<soak::ShippedDriver> shipped_drivers(const std::string& only) {
  std::vector<soak::ShippedDriver> drivers;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ETALON_SOURCE_DIR) + "/configs/drivers")) {
    const std::string name = entry.path().stem();
    if (entry.path().extension() != ".toml" || (!only.empty() && name != only)) continue;
    drivers.push_back({name, base::read_file(entry.path().string())});
  }
  std::sort(drivers.begin(), drivers.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  if (drivers.empty()) throw base::InputError("no driver file " + only);
  return drivers;
}

// What /proc/self/fd holds, by what it points to.
std::multimap<std::string, int> open_descriptors() {
  std::multimap<std::string, int> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && target.string().find("/fd") == std::string::npos)
      open.emplace(target.string(), std::atoi(entry.path().filename().c_str()));
  }
  return open;
}

class Soak {
 public:
  explicit Soak(const Settings& settings) : settings_(settings), drivers_(shipped_drivers(settings.driver)) {}
  bool run();

 private:
  void work();
  void add(std::uint64_t number, const soak::TrialResult& result);
  void watch();

  Settings settings_;
  std::vector<soak::ShippedDriver> drivers_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, steady_clock::time_point> running_;
  long trials_ = 0, injected_ = 0, operations_ = 0, readings_ = 0, findings_ = 0;
  std::map<std::string, int> named_, links_;
};

void Soak::add(std::uint64_t number, const soak::TrialResult& result) {
  ++trials_;
  ++links_[result.link];
  const long before = injected_;
  injected_ += result.injected;
  operations_ += result.operations;
  readings_ += result.readings;
  for (const auto& [name, count] : result.named)
    named_[name] += count;
  for (const std::string& finding : result.findings) {
    ++findings_;
    fmt::print("FINDING, seed {}, trial {}, {} over {} with {}: {}\n", settings_.seed, number, result.driver,
               result.link, fmt::join(result.faults, " "), finding);
  }
  if (before / 500 != injected_ / 500) fmt::print("{} faults in {} trials …\n", injected_, trials_);
  std::fflush(stdout);
}

void Soak::work() {
  for (;;) {
    std::uint64_t number = 0;
    {
      std::lock_guard lock(mutex_);
      if (injected_ >= settings_.faults) return;
      if (settings_.only_trial >= 0 && next_ > 0) return;
      number = settings_.only_trial >= 0 ? static_cast<std::uint64_t>(settings_.only_trial) : next_;
      ++next_;
      running_[number] = steady_clock::now();
    }
    soak::TrialResult result;
    try {
      result = soak::run_trial(drivers_, settings_.seed, number);
    } catch (const std::exception& error) {
      result.findings.push_back(std::string("the trial could not be run: ") + error.what());
    }
    std::lock_guard lock(mutex_);
    running_.erase(number);
    add(number, result);
  }
}

// A hang shows by the number of its trial.
void Soak::watch() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, std::chrono::seconds(1), [&] { return done_; })) {
    for (const auto& [number, start] : running_) {
      if (steady_clock::now() - start < hang) continue;
      fmt::print("FINDING, seed {}, trial {}: HANG\n", settings_.seed, number);
      std::fflush(stdout);
      std::_Exit(1);
    }
  }
}

bool Soak::run() {
  soak::run_trial(drivers_, settings_.seed, 1u << 30);  // what libraries open once and keep
  const auto before = open_descriptors();
  const auto start = steady_clock::now();
  std::thread watcher([this] { watch(); });
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < settings_.threads; ++i)
    workers.emplace_back([this] { work(); });
  for (std::thread& worker : workers)
    worker.join();
  {
    std::lock_guard lock(mutex_);
    done_ = true;
  }
  ended_.notify_all();
  watcher.join();
  const auto after = open_descriptors();
  if (after.size() > before.size()) {
    ++findings_;
    fmt::print("FINDING: {} descriptors were open before, {} are open now:\n", before.size(), after.size());
    for (const auto& [target, number] : after)
      fmt::print("  {} {}\n", number, target);
  }
  const double seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  fmt::print(
      "seed {}: {} faults injected in {} trials of {} driver files, {} operations, {} readings compared with the "
      "truth, {:.0f} s\n",
      settings_.seed, injected_, trials_, drivers_.size(), operations_, readings_, seconds);
  fmt::print("trials by link:");
  for (const auto& [name, count] : links_)
    fmt::print(" {} {}", name, count);
  fmt::print("\nthe client reported:");
  for (const auto& [name, count] : named_)
    fmt::print(" {} {}", name, count);
  fmt::print("\ndescriptors: {} before, {} after\nfindings: {}\n", before.size(), after.size(), findings_);
  return findings_ == 0;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);  // the links tell of each recovery
  try {
    return Soak(settings_from(argc, argv)).run() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "soak: " << error.what() << '\n';
    return 2;
  }
}
