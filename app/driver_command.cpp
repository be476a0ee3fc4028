// `etalon driver check|describe|new`.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/commands.h"
#include "app/configuration.h"
#include "app/driver_record.h"
#include "app/terminal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"
#include "base/visible_text.h"
#include "drivers/conformance/conformance.h"
#include "drivers/conformance/replay.h"
#include "drivers/manual_page.h"
#include "drivers/new_driver.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;
namespace conformance = drivers::conformance;

namespace {

std::vector<std::string> driver_paths(const std::string& configs, const std::string& name) {
  if (name != "all") return {configuration_path(configs, "drivers", name)};
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(configs + "/drivers")) {
    if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).stem().string();
}

// Several at a time: they mostly wait for time-outs.
std::vector<conformance::Report> check_files(const std::vector<std::string>& paths,
                                             const conformance::Options& options) {
  std::vector<conformance::Report> reports(paths.size());
  std::vector<std::exception_ptr> failures(paths.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (std::size_t k = next++; k < paths.size(); k = next++) {
        try {
          reports[k] = conformance::check_driver(base::read_file(paths[k], 1u << 20), name_of(paths[k]), options);
        } catch (const base::InputError& error) {
          reports[k] = {name_of(paths[k]), {{tr("the file can be read"), conformance::Outcome::failed, error.what()}}};
        } catch (...) {
          failures[k] = std::current_exception();
        }
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return reports;
}

// The files beside it, whose identities must not be claimed twice.
conformance::Report check_folder(const std::string& folder) {
  conformance::Report report{tr("all files of the folder"), {}};
  std::vector<drivers::DriverFile> drivers;
  for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : folder)) {
    if (entry.path().extension() != ".toml") continue;
    try {
      drivers.push_back(drivers::read_driver_file(entry.path().string()));
    } catch (const base::InputError& error) {
      report.findings.push_back({entry.path().filename().string(), conformance::Outcome::failed, error.what()});
    }
  }
  const auto claims = conformance::check_claims(drivers);
  report.findings.insert(report.findings.end(), claims.begin(), claims.end());
  return report;
}

std::string json_text(const std::vector<conformance::Report>& reports) {
  auto root = nlohmann::ordered_json::array();
  for (const conformance::Report& report : reports) {
    auto findings = nlohmann::ordered_json::array();
    for (const conformance::Finding& finding : report.findings) {
      const char* outcome = finding.outcome == conformance::Outcome::passed   ? "passed"
                            : finding.outcome == conformance::Outcome::failed ? "failed"
                                                                              : "not applicable";
      findings.push_back({{"check", finding.check}, {"outcome", outcome}, {"detail", finding.detail}});
    }
    root.push_back({{"driver", report.driver}, {"passed", report.passed()}, {"findings", findings}});
  }
  return root.dump(2) + "\n";
}

void print(const std::vector<conformance::Report>& reports, bool verbose) {
  const bool colours = wants_colour(1);
  for (const conformance::Report& report : reports) {
    const std::size_t failed = report.count(conformance::Outcome::failed);
    const std::size_t passed = report.count(conformance::Outcome::passed);
    std::cout << padded_right(report.driver, 28) << "  "
              << coloured(failed ? tr("FAILED") : tr("passed"), failed ? Colour::red : Colour::green, colours) << "  "
              << (failed ? fmt::format(fmt::runtime(tr("{} of {} checks failed")), failed, failed + passed)
                         : fmt::format(fmt::runtime(tr("{} checks")), passed))
              << "\n";
    for (const conformance::Finding& finding : report.findings) {
      if (finding.outcome == conformance::Outcome::failed) {
        std::cout << "    " << coloured(base::visible_line(finding.check), Colour::bold, colours) << "\n"
                  << wrapped("      " + base::visible_text(finding.detail), terminal_width(1), 6) << "\n";
      } else if (verbose) {
        const bool applies = finding.outcome == conformance::Outcome::passed;
        std::cout << "    " << (applies ? tr("passed") : tr("not applicable")) << "  " << finding.check
                  << (finding.detail.empty() ? "" : ": " + base::visible_text(finding.detail)) << "\n";
      }
    }
  }
}

int check(const Arguments& arguments, Interruption& interruption) {
  CommandLine line("etalon driver check FILE|all [--replay T.jsonl] [--json FILE|-] [--verbose]",
                   tr("Starts the simulator made from a driver file and drives every quantity, range, error and safe "
                      "state through the client; each misbehaviour must become a named error."),
                   "etalon driver check keysight-34461a");
  line.positional("FILE", true);
  line.add_options()("configs", po::value<std::string>(), tr("folder of the configurations").c_str())(
      "replay", po::value<std::string>(),
      tr("check the replies of a recorded session against the file instead").c_str())(
      "json", po::value<std::string>(), tr("write the findings as JSON to this file").c_str())(
      "verbose", tr("also what passed").c_str());
  if (!line.parse(arguments)) return 0;
  const std::string file = line.text("FILE");
  const std::vector<std::string> paths =
      file.ends_with(".toml") ? std::vector{file} : driver_paths(configs_folder(line.text("configs")), file);
  spdlog::set_level(spdlog::level::err);  // what is discarded is meant to be
  conformance::Options options;
  options.cancellation = &interruption.cancellation();
  std::vector<conformance::Report> reports;
  if (line.has("replay")) {
    if (paths.size() != 1) throw base::InputError(tr("--replay: a recorded session belongs to one driver file"));
    reports.push_back(conformance::check_replay(base::read_file(paths.front(), 1u << 20), name_of(paths.front()),
                                                line.text("replay")));
  } else {
    reports = check_files(paths, options);
    reports.push_back(check_folder(std::filesystem::path(paths.front()).parent_path().string()));
  }
  if (line.has("json")) {
    const std::string text = json_text(reports);
    if (line.text("json") == "-") {
      std::cout << text;
    } else {
      base::write_file_or_standard_output(line.text("json"), text);
    }
  }
  if (line.text("json") != "-") print(reports, line.has("verbose"));
  const bool passed = std::all_of(reports.begin(), reports.end(), [](const auto& report) { return report.passed(); });
  return passed ? 0 : static_cast<int>(base::ExitCode::check_failed);
}

int describe(const Arguments& arguments, Interruption&) {
  CommandLine line("etalon driver describe FILE|all [--out FOLDER]",
                   tr("Prints the manual page of a driver file (Markdown)."), "etalon driver describe fluke-5522a");
  line.positional("FILE", true);
  line.add_options()("configs", po::value<std::string>(), tr("folder of the configurations").c_str())(
      "out", po::value<std::string>(), tr("write NAME.md for each file into this folder").c_str());
  if (!line.parse(arguments)) return 0;
  const std::string file = line.text("FILE");
  const std::vector<std::string> paths =
      file.ends_with(".toml") ? std::vector{file} : driver_paths(configs_folder(line.text("configs")), file);
  for (const std::string& path : paths) {
    const std::string page = drivers::manual_page(drivers::read_driver_file(path));
    if (line.has("out")) {
      std::filesystem::create_directories(line.text("out"));
      base::write_file_atomically(line.text("out") + "/" + name_of(path) + ".md", page);
    } else {
      std::cout << page;
    }
  }
  return 0;
}

int make_new(const Arguments& arguments, Interruption&) {
  CommandLine line("etalon driver new NAME [--kind meter|source] [--out FILE|-]",
                   tr("Writes a commented driver file to start from: it is complete and passes etalon driver check."),
                   "etalon driver new acme-dm7 --out configs/drivers/acme-dm7.toml");
  line.positional("NAME", true);
  line.add_options()("kind", po::value<std::string>(), tr("meter (the default) or source").c_str())(
      "out", po::value<std::string>(), tr("the file; NAME.toml in this folder when left out, - prints it").c_str());
  if (!line.parse(arguments)) return 0;
  const std::string name = line.text("NAME");
  const std::string text = drivers::new_driver_text(name, line.text("kind", "meter"));
  const std::string out = line.text("out", name + ".toml");
  if (out == "-") {
    std::cout << text;
    return 0;
  }
  if (std::filesystem::exists(out))
    throw base::InputError(fmt::format(fmt::runtime(tr("{}: exists already; nothing was written")), out));
  base::write_file_atomically(out, text);
  std::cout << fmt::format(fmt::runtime(tr("{} written; edit it, then: etalon driver check {}")),
                           base::visible_line(out), base::visible_line(out))
            << "\n";
  return 0;
}

}  // namespace

int driver_command(const Arguments& arguments, Interruption& interruption) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  const Arguments rest(arguments.empty() ? arguments.end() : arguments.begin() + 1, arguments.end());
  if (what == "check") return check(rest, interruption);
  if (what == "describe") return describe(rest, interruption);
  if (what == "record") return driver_record(rest, interruption);
  if (what == "new") return make_new(rest, interruption);
  throw base::InputError(tr("usage") + ": etalon driver check|describe|record|new …");
}

}  // namespace etalon::app
