// `etalon certificate draft`. Checking, approval, issue and amendment come with the signatures.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "acquisition/run_file.h"
#include "app/certificate_files.h"
#include "app/commands.h"
#include "base/file.h"
#include "base/language.h"

namespace etalon::app {

using base::tr;
namespace po = boost::program_options;

namespace {

int draft(const Arguments& arguments) {
  CommandLine line(
      "etalon certificate draft RUN.h5 [--out DIR] [--date YYYY-MM-DD] [--archive DIR]",
      tr("Writes the certificate of a finished run as certificate.xml (DCC 3.3.0) and certificate.pdf, bilingual."),
      "etalon certificate draft run.h5 --out certificates/");
  line.positional("RUN", true);
  line.add_options()("out", po::value<std::string>(), tr("folder for the two files (.)").c_str())(
      "date", po::value<std::string>(),
      tr("date of issue (today; simulated runs: the last day of the measurement)").c_str())(
      "archive", po::value<std::string>(), tr("file it in this archive, too").c_str());
  if (!line.parse(arguments)) return 0;
  const std::string run_path = line.text("RUN");
  const acquisition::RunRecord run = acquisition::read_run(run_path);
  if (line.has("date")) require_issue_not_in_future(run, line.text("date"));
  const CertificateFiles files = make_certificate_files(run, line.text("date"), base::interface_language());
  const std::filesystem::path folder(line.text("out", "."));
  base::write_file_atomically((folder / "certificate.xml").string(), files.dcc);
  base::write_file_atomically((folder / "certificate.pdf").string(), files.pdf);
  std::cout << (folder / "certificate.xml").string() << "\n" << (folder / "certificate.pdf").string() << "\n";
  if (line.has("archive")) {
    const bool added = archive::Archive::open_or_create(line.text("archive")).add(archive_entry_of(files, run_path));
    std::cout << fmt::format(
                     fmt::runtime(added ? tr("{} is filed in {}") : tr("{} was in {} already, with the same content")),
                     files.certificate.number, line.text("archive"))
              << "\n";
  }
  return 0;
}

}  // namespace

int certificate_command(const Arguments& arguments) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  if (what == "draft") return draft({arguments.begin() + 1, arguments.end()});
  throw base::InputError(tr("usage") + ": etalon certificate draft RUN.h5 …");
}

}  // namespace etalon::app
