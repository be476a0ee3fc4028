// `etalon uncertainty`.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/fit_plot.h"
#include "app/terminal.h"
#include "app/uncertainty_display.h"
#include "app/uncertainty_plot.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "calibration/uncertainty/result_components.h"
#include "calibration/uncertainty/uncertainty_evaluation.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

void choose_methods(const std::string& text, calibration::UncertaintyOptions& options) {
  options.gum = options.second_order = options.monte_carlo = false;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string name = text.substr(begin, end - begin);
    if (name == "gum") {
      options.gum = true;
    } else if (name == "second-order") {
      options.second_order = true;
    } else if (name == "monte-carlo") {
      options.monte_carlo = true;
    } else {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("there is no method '{}': expected gum, second-order, monte-carlo")), name));
    }
    begin = end + 1;
  }
}

std::optional<int> whole_number_to(const CommandLine& line, const std::string& option, int least, int most) {
  const auto number = line.whole_number(option);
  if (!number) return std::nullopt;
  if (*number < static_cast<unsigned long long>(least) || *number > static_cast<unsigned long long>(most)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("--{} {}: expected a whole number from {} to {}")), option,
                                       line.text(option), least, most));
  }
  return static_cast<int>(*number);
}

// In their order. Where one cannot be written, the error says which were.
void write_files(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string written;
  for (const auto& [name, bytes] : files) {
    try {
      base::write_file_or_standard_output(name, bytes);
    } catch (const base::InputError& error) {
      if (written.empty()) throw;
      throw base::InputError(fmt::format(fmt::runtime(tr("{} (written before: {})")), error.what(), written));
    }
    written += (written.empty() ? "" : ", ") + name;
  }
}

}  // namespace

int uncertainty_command(const Arguments& arguments) {
  CommandLine line(
      "etalon uncertainty MODEL.toml [--method …] [--trials N|adaptive] [--json FILE|-] [--plot FILE]",
      tr("The measurement uncertainty of a model's outputs: budget by the GUM, second-order terms, Monte "
         "Carlo, and whether they agree. MODEL.toml is described in docs/uncertainty.md; - is standard input."),
      "etalon uncertainty configs/examples/jcgm101-9.5-gauge-block.toml --trials adaptive");
  line.positional("MODEL", true);
  line.add_options()("method", po::value<std::string>(),
                     tr("gum, second-order, monte-carlo, or several with commas (default: all)").c_str())(
      "trials", po::value<std::string>(),
      tr("number of Monte Carlo trials, or adaptive (default: 1000000, and up to 50000000 where that decides whether "
         "the methods agree)")
          .c_str())("seed", po::value<std::string>(), tr("of the random numbers (default: 1)").c_str())(
      "coverage", po::value<std::string>(), tr("coverage probability (default: the file's, else 0.95)").c_str())(
      "digits", po::value<std::string>(),
      tr("significant digits of u for the numerical tolerance: 1 or 2 (default: 2)").c_str())(
      "threads", po::value<std::string>(), tr("of the Monte Carlo method (default: all processors)").c_str())(
      "json", po::value<std::string>(), tr("write the results as JSON to this file (- for standard output)").c_str())(
      "components", po::value<std::string>(),
      tr("write the outputs with their uncertainty components to this file (- for standard output)").c_str())(
      "plot", po::value<std::string>(),
      tr("draw densities, coverage intervals and shares into this file (.svg, .png or .pdf)").c_str());
  if (!line.parse(arguments)) return 0;

  const std::string plot = line.text("plot");
  if (!plot.empty()) check_plot_name(plot);
  if (line.text("json") == "-" && line.text("components") == "-") {
    throw base::InputError(
        tr("--json - and --components - would put two documents into one: write one of them to a file"));
  }
  const std::string path = line.text("MODEL");
  const std::string name = path == "-" ? tr("standard input") : path;
  // Other files that the model names are looked for beside it.
  const std::filesystem::path folder = path == "-" ? "" : std::filesystem::path(path).parent_path();
  calibration::UncertaintyProblem problem =
      calibration::read_uncertainty_problem(base::read_file_or_standard_input(path), name,
                                            [&](const std::string& other) { return base::read_file(folder / other); });
  calibration::UncertaintyOptions options;
  if (line.has("method")) choose_methods(line.text("method"), options);
  if (line.text("trials") == "adaptive") {
    options.trials.adaptive = true;
  } else if (const auto trials = line.whole_number("trials")) {
    options.trials.trials = *trials;
    options.until_decided = false;  // so many and no more
  }
  if (const auto seed = line.whole_number("seed")) options.trials.seed = *seed;
  if (const auto threads = whole_number_to(line, "threads", 1, 4096)) options.trials.threads = *threads;
  if (const auto digits = whole_number_to(line, "digits", 1, 15)) options.trials.significant_digits = *digits;
  if (const auto coverage = line.positive_number("coverage")) {
    if (*coverage >= 1) throw base::InputError(tr("--coverage: expected a number between 0 and 1, such as 0.95"));
    problem.coverage_probability = *coverage;
  }

  if (!plot.empty()) options.trials.density_bins = plot_density_bins;
  calibration::UncertaintyEvaluation evaluation = calibration::evaluate_uncertainty(problem, options);
  calibration::ResultComponents components;
  if (line.has("components")) {
    components = calibration::components_of_results(evaluation, problem);
    evaluation.notes.insert(evaluation.notes.end(), components.notes.begin(), components.notes.end());
  }
  // Everything is there before the first file is written.
  std::vector<std::pair<std::string, std::string>> files;
  if (!plot.empty()) files.emplace_back(plot, uncertainty_plot(plot, evaluation));
  if (line.has("components"))
    files.emplace_back(line.text("components"), calibration::to_json(components.numbers, components.refused));
  if (line.has("json")) files.emplace_back(line.text("json"), calibration::to_json(evaluation));
  write_files(files);
  if (line.text("json") != "-" && line.text("components") != "-") {
    std::cout << uncertainty_text(evaluation, wants_colour(STDOUT_FILENO), terminal_width(STDOUT_FILENO));
  }
  const bool open = calibration::is_undecided(evaluation) || !components.refused.empty();
  return static_cast<int>(open ? base::ExitCode::undecided : base::ExitCode::done);
}

}  // namespace etalon::app
