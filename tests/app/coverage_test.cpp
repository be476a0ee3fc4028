// Twenty simulated benches with different hidden truths: U means what it says, and only with the prescribed waits.
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "drivers/simulation/truth.h"
#include "tests/app/program.h"

using namespace etalon;
using namespace etalon::tests;
using Json = nlohmann::json;

namespace {

struct Coverage {
  std::size_t points = 0;
  std::size_t within = 0;
  double part() const { return static_cast<double>(within) / static_cast<double>(points); }
};

double range_in_volts(const std::string& text) {
  return base::parse_quantity(text).in("V");
}

// One run; the outcome of its program is in `failure` when it did not end well.
Coverage run_with_seed(const std::string& procedure, const std::string& speed, int seed, const TemporaryFolder& folder,
                       std::string& failure) {
  const std::string name = std::to_string(seed);
  const std::string run = folder / ("run" + name + ".h5");
  const std::string truth_file = folder / ("truth" + name + ".json");
  const Outcome measured =
      etalon::tests::etalon({"run", procedure, "--bench", "demo", "--item", "example-34461a", "--out", run, "--speed",
                             speed, "--seed", name, "--truth", truth_file});
  if (measured.exit_code != 0) {
    failure = measured.output;
    return {};
  }
  const Outcome evaluated = etalon::tests::etalon({"evaluate", run, "--json", "-"});
  const Json results = Json::parse(evaluated.output);
  const auto truth = drivers::simulation::read_truth(truth_file);
  Coverage coverage;
  for (const Json& point : results.at("points")) {
    const double hidden =
        truth.meter_error("meter", "dc voltage", range_in_volts(point.at("range")), point.at("nominal"));
    ++coverage.points;
    if (std::fabs(point.at("error").get<double>() - hidden) <= point.at("expanded_uncertainty").get<double>())
      ++coverage.within;
  }
  return coverage;
}

Coverage run_with_20_seeds(const std::string& procedure, const std::string& speed) {
  const TemporaryFolder folder;
  std::vector<Coverage> each(20);
  std::vector<std::string> failures(20);
  // Two at a time: the machine's cores.
  const auto half = [&](std::size_t first) {
    for (std::size_t i = first; i < each.size(); i += 2) {
      each[i] = run_with_seed(procedure, speed, static_cast<int>(i) + 1, folder, failures[i]);
    }
  };
  std::thread other(half, 1);
  half(0);
  other.join();
  Coverage all;
  for (std::size_t i = 0; i < each.size(); ++i) {
    INFO("seed " << i + 1 << ": " << failures[i]);
    REQUIRE(each[i].points == 33);
    all.points += each[i].points;
    all.within += each[i].within;
  }
  return all;
}

// The shipped procedure without its waits: no thermal EMF wait, no settling flag, dwell or window.
std::string without_waits(std::string procedure) {
  const auto replace_all = [&](const std::string& from, const std::string& to) {
    std::size_t count = 0;
    for (std::size_t at = procedure.find(from); at != std::string::npos; at = procedure.find(from, at + to.size())) {
      procedure.replace(at, from.size(), to);
      ++count;
    }
    REQUIRE(count > 0);
  };
  replace_all("wait   = \"5 min\"", "wait   = \"0 s\"");
  replace_all("flag    = true", "flag    = false");
  replace_all("dwell   = \"5 s\"", "dwell   = \"0 s\"");
  replace_all("window  = {", "# window  = {");
  // What has not settled would be taken for a missing lead.
  return procedure + "\n[wiring_check]\npermissible_errors = 1e9\n";
}

}  // namespace

TEST_CASE("93 to 99 % of all points lie within U of the hidden truth, visibly fewer without the waits") {
  const Coverage with_waits = run_with_20_seeds("multimeter-dc-voltage", "2500");
  WARN(with_waits.within << " of " << with_waits.points << " points within U with the prescribed waits");
  CHECK(with_waits.part() >= 0.93);
  CHECK(with_waits.part() <= 0.99);

  const TemporaryFolder folder;
  const std::string hasty = folder / "hasty.toml";
  write_text(hasty, without_waits(read_text(ETALON_SOURCE_DIR "/configs/procedures/multimeter-dc-voltage.toml")));
  // Not so fast that the program's own time counts as a wait.
  const Coverage skipped = run_with_20_seeds(hasty, "60");
  WARN(skipped.within << " of " << skipped.points << " points within U without them");
  CHECK(skipped.part() < with_waits.part() - 0.05);
}
