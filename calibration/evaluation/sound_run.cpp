#include "calibration/evaluation/sound_run.h"

#include <fmt/format.h>

#include "acquisition/run_consistency.h"
#include "acquisition/run_file_error.h"
#include "acquisition/run_setup.h"
#include "base/language.h"
#include "calibration/evaluation/standard_on_bench.h"

namespace etalon::calibration {

namespace {

// The instrument that answered is the one that the certificate speaks of. What the bench says of it is compared with
// the answers by itself.
void require_answered(const acquisition::RunRecord& run, const Standard& standard,
                      const drivers::BenchInstrument& instrument, const std::string& name) {
  const std::string model = answering_model(standard, instrument);
  if (model.empty() || instrument.driver.identity.queries.empty()) return;
  for (const auto& event : run.events) {
    if (event.kind != acquisition::event::identity || event.subject != instrument.name) continue;
    if ((" " + event.text).find(" " + model + " ") != std::string::npos) continue;
    throw acquisition::RunFileError(
        run.path, fmt::format(fmt::runtime(base::tr("contradicts itself: {} says that {} is {}, but in row {} of the "
                                                    "journal it answered: {}")),
                              "/inputs/" + name, instrument.name, model, event.sequence, event.text));
  }
}

}  // namespace

void require_sound(const acquisition::RunRecord& run) {
  if (run.version == 0) return;
  acquisition::require_consistent(run);
  for (const auto& instrument : acquisition::setup_of(run).bench.instruments) {
    if (instrument.standard.empty()) continue;
    const std::string name = acquisition::standard_input(run.inputs, instrument.standard);
    const Standard standard = parse_standard(run.input(name), run.path + ": " + name);
    require_agreement(standard, instrument);
    require_answered(run, standard, instrument, name);
  }
}

}  // namespace etalon::calibration
