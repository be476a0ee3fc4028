// `etalon demo`: a whole calibration on simulated instruments.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <iostream>

#include "app/certificate_files.h"
#include "app/commands.h"
#include "app/configuration.h"
#include "app/progress_display.h"
#include "app/results_display.h"
#include "app/run_session.h"
#include "app/terminal.h"
#include "base/file.h"
#include "base/language.h"
#include "drivers/simulation/truth.h"

namespace etalon::app {

using base::tr;
namespace fs = std::filesystem;
namespace po = boost::program_options;

namespace {

constexpr double demo_speed = 60;

// How many measured errors lie within U of the simulator's hidden truth.
std::size_t points_within_uncertainty(const calibration::Results& results, const drivers::simulation::Truth& truth,
                                      const std::string& meter) {
  std::size_t within = 0;
  for (const auto& point : results.points) {
    const double hidden = truth.meter_error(meter, results.quantity, point.point.range, point.point.nominal);
    if (std::fabs(point.error.value - hidden) <= point.error.expanded_uncertainty) ++within;
  }
  return within;
}

// The demonstration may be run again and again: what an earlier one left is replaced, anything else is not touched.
void clear_earlier_demo(const fs::path& out) {
  for (const char* name : {"run.h5", "certificate.xml", "certificate.pdf", "results.json", "truth.json"})
    fs::remove(out / name);
  if (fs::exists(out / "archive" / "archive.json")) fs::remove_all(out / "archive");
}

}  // namespace

int demo_command(const Arguments& arguments, Interruption& interruption) {
  CommandLine line(
      "etalon demo [NAME] [--out DIR] [--seed N] [--speed N]",
      tr("The whole way on simulated instruments: real sockets, pseudo-terminals and files. NAME: multimeter."),
      "etalon demo --out etalon-demo");
  line.positional("NAME", false);
  line.add_options()("configs", po::value<std::string>(), tr("folder of the configurations").c_str())(
      "out", po::value<std::string>(), tr("folder for run, certificate and archive (etalon-demo)").c_str())(
      "seed", po::value<std::string>(), tr("seed of the hidden truth (1)").c_str())(
      "speed", po::value<std::string>(), tr("how many times faster the clock runs (60)").c_str())(
      "verbose,v", tr("a line for each reading and event").c_str());
  if (!line.parse(arguments)) return 0;
  if (const std::string name = line.text("NAME", "multimeter"); name != "multimeter") {
    throw base::InputError(fmt::format(fmt::runtime(tr("there is no demonstration '{}'; there is: multimeter")), name));
  }
  const fs::path out(line.text("out", "etalon-demo"));
  const RunInputs inputs =
      gather_inputs(configs_folder(line.text("configs")), "multimeter-dc-voltage", "demo", "example-34461a");
  SessionOptions options;
  options.simulation.speed = line.positive_number("speed").value_or(demo_speed);
  options.simulation.seed = line.whole_number("seed").value_or(1);
  options.verbose = line.has("verbose");
  options.truth = (out / "truth.json").string();

  const bool colours = wants_colour(STDOUT_FILENO);
  fs::create_directories(out);
  clear_earlier_demo(out);
  std::cout << coloured(inputs.plan.title.in(base::interface_language()), Colour::bold, colours) << " — "
            << inputs.bench.title.in(base::interface_language()) << "\n"
            << fmt::format(
                   fmt::runtime(tr("{} points, about {} on a real bench; the simulated clock runs {} times faster")),
                   inputs.plan.points.size(), duration_text(inputs.plan.estimate()), options.simulation.speed)
            << "\n";
  const std::string run_path = (out / "run.h5").string();
  const auto record = run_to_the_end(inputs, options, run_path, interruption);

  const calibration::Results results = calibration::evaluate(record);
  const CertificateFiles files = make_certificate_files(record, "", base::interface_language());
  base::write_file_atomically((out / "certificate.xml").string(), files.dcc);
  base::write_file_atomically((out / "certificate.pdf").string(), files.pdf);
  base::write_file_atomically((out / "results.json").string(), files.results_json);
  const auto archive = archive::Archive::open_or_create((out / "archive").string());
  archive.add(archive_entry_of(files, run_path));
  const auto report = archive.verify();

  std::cout << "\n" << results_text(results, colours) << "\n";
  const auto truth = drivers::simulation::read_truth(options.truth);
  const std::size_t within = points_within_uncertainty(results, truth, inputs.bench.in_role("item").name);
  std::cout << fmt::format(fmt::runtime(tr("{} of {} measured errors lie within U of the simulator's hidden truth")),
                           within, results.points.size())
            << "\n"
            << tr("verdicts") << ": " << verdict_counts(results) << "\n\n";
  const auto path_line = [&](const std::string& what, const std::string& path) {
    std::cout << padded_right(what, 14) << path << "\n";
  };
  path_line(tr("certificate"), (out / "certificate.pdf").string());
  path_line("DCC", (out / "certificate.xml").string());
  path_line(tr("run file"), run_path);
  path_line(tr("archive"), (out / "archive").string() + "  (" +
                               (report.ok() ? fmt::format(fmt::runtime(tr("verified: {} objects")), report.objects)
                                            : tr("NOT in order: run etalon archive verify")) +
                               ")");
  return report.ok() ? 0 : 1;
}

}  // namespace etalon::app
