// Bench files, with two driver files to choose from.
#include "drivers/bench.h"

#include <cmath>

#include "base/file.h"
#include "drivers/simulation/truth.h"
#include "tests/fuzz/property.h"

using namespace etalon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::map<std::string, std::string> driver_texts = [] {
    std::map<std::string, std::string> texts;
    for (const std::string name : {"generic-scpi", "vaisala-ptu300"})
      texts[name] = base::read_file(std::string(ETALON_SOURCE_DIR) + "/configs/drivers/" + name + ".toml");
    return texts;
  }();
  const std::string text = fuzz::text_of(data, size);
  drivers::Bench bench;
  if (!fuzz::is_accepted([&] { bench = drivers::parse_bench(text, "bench.toml", driver_texts); })) return 0;
  fuzz::must(bench.text == text, "a bench keeps its exact text");
  for (const auto& [role, instrument] : bench.roles)
    fuzz::must(bench.in_role(role).name == instrument, "a role is played by an instrument of the bench");
  if (bench.simulation) {
    fuzz::must(std::isfinite(bench.simulation->start_utc), "the simulated clock starts at a time");
    drivers::simulation::draw_truth(bench, 1);
  }
  return 0;
}
