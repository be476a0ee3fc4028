#include "calibration/evaluation/sound_run.h"

#include "acquisition/run_consistency.h"
#include "acquisition/run_setup.h"
#include "calibration/evaluation/standard_on_bench.h"

namespace etalon::calibration {

void require_sound(const acquisition::RunRecord& run) {
  if (run.version == 0) return;
  acquisition::require_consistent(run);
  for (const auto& instrument : acquisition::setup_of(run).bench.instruments) {
    if (instrument.standard.empty()) continue;
    const std::string name = "standard/" + instrument.standard;
    require_agreement(parse_standard(run.input(name), run.path + ": " + name), instrument);
  }
}

}  // namespace etalon::calibration
