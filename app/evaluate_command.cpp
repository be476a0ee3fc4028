// `etalon evaluate`.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "acquisition/run_file.h"
#include "acquisition/wiring_check.h"
#include "app/commands.h"
#include "app/results_display.h"
#include "app/terminal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "calibration/evaluation/evaluate.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

int evaluate_command(const Arguments& arguments) {
  CommandLine line(
      "etalon evaluate RUN.h5 [--json FILE|-]",
      tr("Results, uncertainty budgets, curves and verdicts from a run. The same run file gives the same numbers."),
      "etalon evaluate run.h5 --json results.json");
  line.positional("RUN", true);
  line.add_options()("json", po::value<std::string>(),
                     tr("write the results as JSON to this file (- for standard output)").c_str());
  if (!line.parse(arguments)) return 0;
  const acquisition::RunRecord run = acquisition::read_run(line.text("RUN"));
  const calibration::Results results = calibration::evaluate(run);
  const std::string json = line.text("json");
  if (!json.empty()) base::write_file_or_standard_output(json, calibration::results_to_json(results));
  if (json != "-") {
    std::cout << results_text(results, wants_colour(STDOUT_FILENO)) << "\n" << verdict_counts(results) << "\n";
    if (const std::string note = unsealed_note(run); !note.empty()) std::cout << note << "\n";
  }
  const auto contradictions = acquisition::contradictions(run);
  if (contradictions.empty()) return 0;
  throw base::Error(
      base::ExitCode::undecided,
      fmt::format(fmt::runtime(tr("{}: readings contradict the wiring; nothing is decided for these points, "
                                  "and the run makes no certificate until they are repeated\n{}")),
                  run.path, fmt::join(contradictions, "\n")));
}

}  // namespace etalon::app
