// `etalon evaluate`.
#include <unistd.h>

#include <iostream>

#include "acquisition/run_file.h"
#include "app/commands.h"
#include "app/results_display.h"
#include "app/terminal.h"
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
  const calibration::Results results = calibration::evaluate(acquisition::read_run(line.text("RUN")));
  const std::string json = line.text("json");
  if (!json.empty()) base::write_file_or_standard_output(json, calibration::results_to_json(results));
  if (json == "-") return 0;
  std::cout << results_text(results, wants_colour(STDOUT_FILENO)) << "\n" << verdict_counts(results) << "\n";
  if (!results.sealed) {
    std::cout
        << tr("note: this run file is of version 1, which did not seal its inputs: what it states twice agrees, but "
              "another change of it would not be noticed")
        << "\n";
  }
  return 0;
}

}  // namespace etalon::app
