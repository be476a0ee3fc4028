// `etalon run`, `resume`, `repeat`.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "app/answer.h"
#include "app/commands.h"
#include "app/configuration.h"
#include "app/expected_results.h"
#include "app/progress_display.h"
#include "app/question.h"
#include "app/run_session.h"
#include "app/terminal.h"
#include "base/language.h"
#include "base/units.h"
#include "base/visible_text.h"
#include "drivers/simulation/fault.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

std::string fault_help() {
  std::string text = tr("simulated benches: INSTRUMENT:KIND@N, once at the N-th reply, or @N+ from then on; kinds:");
  for (const auto& kind : drivers::simulation::fault_kinds())
    text += " " + kind.name;
  return text;
}

void add_session_options(CommandLine& line) {
  line.add_options()("configs", po::value<std::string>(), tr("folder of the configurations").c_str())(
      "yes", tr("answer every prompt with yes").c_str())("verbose,v", tr("a line for each reading and event").c_str())(
      "speed", po::value<std::string>(), tr("simulated benches: how many times faster the clock runs (60)").c_str())(
      "seed", po::value<std::string>(), tr("simulated benches: seed of the hidden truth (1)").c_str())(
      "fault", po::value<std::vector<std::string>>(), fault_help().c_str())(
      "truth", po::value<std::string>(), tr("simulated benches: write the hidden truth to this file").c_str())(
      "transcript", po::value<std::string>(), tr("write every byte to and from the instruments to this file").c_str());
}

SessionOptions session_options(const CommandLine& line, bool simulated) {
  SessionOptions options;
  options.simulation.speed = line.positive_number("speed").value_or(simulated ? 60 : 1);
  options.simulation.seed = line.whole_number("seed").value_or(1);
  options.simulation.faults = line.texts("fault");
  for (const std::string& fault : options.simulation.faults)
    drivers::simulation::parse_fault(fault);
  options.yes = line.has("yes");
  options.verbose = line.has("verbose");
  options.transcript = line.text("transcript");
  options.truth = line.text("truth");
  return options;
}

void print_plan(const acquisition::Plan& plan, double speed) {
  const auto language = base::interface_language();
  std::cout << base::visible_line(plan.title.in(language)) << "\n";
  for (const auto& step : plan.steps) {
    std::string text = fmt::format("{:4}  {:>8}  ", step.number, duration_text(step.estimate));
    if (step.point >= 0) text += plan.points[static_cast<std::size_t>(step.point)].id + "  ";
    text += step_text(step.kind);
    if (step.kind == acquisition::StepKind::read) {
      text += fmt::format(" × {}", plan.points[static_cast<std::size_t>(step.point)].readings);
    }
    if (step.kind == acquisition::StepKind::prompt) {
      text += ": " + plan.wirings[static_cast<std::size_t>(step.wiring)].prompt.in(language);
    }
    std::cout << wrapped(base::visible_text(text), terminal_width(STDOUT_FILENO), 16) << "\n";
  }
  std::cout << fmt::format(fmt::runtime(tr("{} points, {} steps, about {} on the bench")), plan.points.size(),
                           plan.steps.size(), duration_text(plan.estimate()));
  if (speed != 1)
    std::cout << fmt::format(fmt::runtime(tr(" ({} at {} times the speed)")), duration_text(plan.estimate() / speed),
                             speed);
  std::cout << "\n";
}

int tell_end(const acquisition::RunRecord& record) {
  const std::string path = base::visible_line(record.path);
  if (record.complete()) {
    std::cout << fmt::format(fmt::runtime(tr("the run is complete: {}\nnext: etalon evaluate {}")), path, path) << "\n";
  } else {
    std::cout << fmt::format(fmt::runtime(tr("the run is not complete yet; go on with: etalon resume {}")), path)
              << "\n";
  }
  return 0;
}

}  // namespace

int run_command(const Arguments& arguments, Interruption& interruption) {
  CommandLine line("etalon run PROCEDURE --bench B --item I [--out RUN.h5] [--yes] [--speed N] [--plan]",
                   tr("Calibrates an item on a bench by a procedure. Names are files of the configurations, or paths."),
                   "etalon run multimeter-dc-voltage --bench demo --item example-34461a --out run.h5");
  line.positional("PROCEDURE", true);
  line.add_options()("bench", po::value<std::string>(), tr("the bench").c_str())(
      "item", po::value<std::string>(), tr("the item").c_str())("out", po::value<std::string>(),
                                                                tr("the run file (run.h5)").c_str())(
      "plan", tr("print the plan and the estimated time; touch nothing").c_str());
  add_session_options(line);
  if (!line.parse(arguments)) return 0;
  for (const char* option : {"bench", "item"}) {
    if (!line.has(option)) throw base::InputError(fmt::format(fmt::runtime(tr("--{} is missing")), option));
  }
  const RunInputs inputs = gather_inputs(configs_folder(line.text("configs")), line.text("PROCEDURE"),
                                         line.text("bench"), line.text("item"));
  const SessionOptions options = session_options(line, inputs.bench.simulation.has_value());
  if (line.has("plan")) {
    const calibration::Results rehearsed = rehearse(inputs, start_utc(inputs));
    print_plan(inputs.plan, options.simulation.speed);
    std::cout << "\n" << expected_results_text(inputs, rehearsed) << "\n";
    return 0;
  }
  const std::string out = line.text("out", "run.h5");
  return tell_end(run_to_the_end(inputs, options, out, interruption));
}

int resume_command(const Arguments& arguments, Interruption& interruption) {
  CommandLine line("etalon resume RUN.h5 [--bench B] [--yes]",
                   tr("Goes on with a run at its first step without a finished record. --bench gives new addresses."),
                   "etalon resume run.h5");
  line.positional("RUN", true);
  line.add_options()("bench", po::value<std::string>(),
                     tr("a bench file with other addresses of the same instruments").c_str());
  add_session_options(line);
  if (!line.parse(arguments)) return 0;
  const std::string configs = line.has("bench") ? configs_folder(line.text("configs")) : "";
  return tell_end(
      resume_to_the_end(line.text("RUN"), configs, line.text("bench"), session_options(line, false), interruption));
}

namespace {

// Asked only where somebody can answer; an empty line gives none.
std::string reason_for_repeat(const CommandLine& line, Interruption& interruption) {
  if (line.has("reason")) return base::visible_line(trimmed(line.text("reason")));
  if (line.has("yes") || !is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) return "";
  std::cout << tr("Why is the point measured again? The certificate names the reason.") << "\n" << std::flush;
  const Question question{tr("a reason, or Enter for none"), [](const std::string&) { return true; }};
  return base::visible_line(ask(question, interruption, [](const std::string&) {}));
}

}  // namespace

int repeat_command(const Arguments& arguments, Interruption& interruption) {
  CommandLine line(
      "etalon repeat RUN.h5 POINT [--reason TEXT] [--bench B] [--yes]",
      tr("Measures one point again: a new attempt beside the old one, which is kept. The newest finished one counts, "
         "and results and certificate say that it was repeated, and why."),
      "etalon repeat run.h5 \"10 V / 5 V\" --reason \"lead had come loose\"");
  line.positional("RUN", true);
  line.positional("POINT", true);
  line.add_options()("reason", po::value<std::string>(), tr("why it is measured again").c_str())(
      "bench", po::value<std::string>(), tr("a bench file with other addresses of the same instruments").c_str());
  add_session_options(line);
  if (!line.parse(arguments)) return 0;
  const std::string configs = line.has("bench") ? configs_folder(line.text("configs")) : "";
  return tell_end(repeat_point(line.text("RUN"), configs, line.text("bench"), session_options(line, false),
                               interruption, line.text("POINT"), reason_for_repeat(line, interruption)));
}

}  // namespace etalon::app
