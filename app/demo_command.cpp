// `etalon demo`: a whole calibration on simulated instruments.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <iostream>

#include "acquisition/run_file.h"
#include "app/certificate_files.h"
#include "app/certificate_output.h"
#include "app/commands.h"
#include "app/configuration.h"
#include "app/progress_display.h"
#include "app/results_display.h"
#include "app/run_session.h"
#include "app/terminal.h"
#include "archive/archive_creation.h"
#include "archive/archive_verify.h"
#include "archive/files_together.h"
#include "archive/manifest_listing.h"
#include "base/language.h"
#include "base/visible_text.h"
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

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw base::RefusedError(fmt::format(
      fmt::runtime(tr("{}: {}; a demonstration does not replace it. Give another --out")), path.string(), what));
}

// The demonstration may be run again and again: what an earlier one left is replaced, anything else is not touched.
void clear_earlier_demo(const fs::path& out, const std::string& number) {
  const fs::path run = out / "run.h5";
  if (fs::exists(run)) {
    bool of_a_demo = false;
    try {
      const auto record = acquisition::read_run(run.string());
      of_a_demo = record.plan.simulated &&
                  acquisition::parse_item(record.input("item"), run.string()).certificate_number == number;
    } catch (const base::Error& error) {
      refuse(run, error.what());
    }
    if (!of_a_demo) refuse(run, tr("is not the run of a demonstration"));
  }
  for (const char* name : {dcc_file_name, pdf_file_name, "results.json"}) {
    if (!fs::exists(run) && fs::exists(out / name))
      refuse(out / name, tr("stands there without the run of a demonstration"));
  }
  const fs::path filed = out / "archive";
  if (fs::exists(filed / "archive.json")) {
    for (const auto& listed : archive::list_manifests(archive::certificates_folder(filed.string())).manifests) {
      if (!listed.manifest || listed.manifest->number != number ||
          listed.manifest->status != archive::status_word(archive::CertificateStatus::simulated)) {
        refuse(listed.path, tr("is not of the demonstration's certificate"));
      }
    }
  }
  // The run last: as long as it stands there, an interrupted clearing can be told from files of somebody else.
  if (fs::exists(filed / "archive.json")) fs::remove_all(filed);
  for (const char* name : {dcc_file_name, pdf_file_name, "results.json", "truth.json", "run.h5"})
    fs::remove(out / name);
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
  clear_earlier_demo(out, inputs.item.certificate_number);
  std::cout << coloured(base::visible_line(inputs.plan.title.in(base::interface_language())), Colour::bold, colours)
            << " — " << base::visible_line(inputs.bench.title.in(base::interface_language())) << "\n"
            << fmt::format(
                   fmt::runtime(tr("{} points, about {} on a real bench; the simulated clock runs {} times faster")),
                   inputs.plan.points.size(), duration_text(inputs.plan.estimate()), options.simulation.speed)
            << "\n";
  const std::string run_path = (out / "run.h5").string();
  const auto record = run_to_the_end(inputs, options, run_path, interruption);

  const calibration::Results results = calibration::evaluate(record);
  const CertificateFiles files = make_certificate_files(record, "", base::interface_language());
  archive::FilesTogether({{(out / dcc_file_name).string(), files.dcc},
                          {(out / pdf_file_name).string(), files.pdf},
                          {(out / "results.json").string(), files.results_json}})
      .put_in_place();
  const auto archive = archive::Archive::open_or_create((out / "archive").string());
  archive.add(archive_entry_of(files, run_path));
  const auto report = archive::verify_archive((out / "archive").string());

  std::cout << "\n" << results_text(results, colours) << "\n";
  const auto truth = drivers::simulation::read_truth(options.truth);
  const std::size_t within = points_within_uncertainty(results, truth, inputs.bench.in_role("item").name);
  std::cout << fmt::format(fmt::runtime(tr("{} of {} measured errors lie within U of the simulator's hidden truth")),
                           within, results.points.size())
            << "\n"
            << tr("verdicts") << ": " << verdict_counts(results) << "\n\n";
  const auto path_line = [&](const std::string& what, const std::string& path) {
    std::cout << padded_right(what, 14) << base::visible_line(path) << "\n";
  };
  path_line(tr("certificate"), (out / pdf_file_name).string());
  path_line("DCC", (out / dcc_file_name).string());
  path_line(tr("run file"), run_path);
  path_line(tr("archive"),
            (out / "archive").string() + "  (" +
                (report.all_equal() ? fmt::format(fmt::runtime(tr("verified: {} objects")), report.objects)
                                    : tr("NOT in order: run etalon archive verify")) +
                ")");
  return static_cast<int>(report.exit_code());
}

}  // namespace etalon::app
