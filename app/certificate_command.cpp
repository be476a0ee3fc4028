// `etalon certificate draft`. Checking, approval, issue and amendment come with the signatures.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "acquisition/run_file.h"
#include "app/certificate_files.h"
#include "app/certificate_output.h"
#include "app/commands.h"
#include "archive/files_together.h"
#include "base/language.h"
#include "base/sha256.h"
#include "base/visible_text.h"

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
  const std::string run_hash = base::sha256_file(run_path);
  const acquisition::RunRecord run = acquisition::read_run(run_path);
  if (line.has("date")) require_issue_not_in_future(run, line.text("date"));
  const CertificateFiles files = make_certificate_files(run, line.text("date"), base::interface_language());
  const std::string folder = line.text("out", ".");
  const std::string dcc_path = (std::filesystem::path(folder) / dcc_file_name).string();
  const std::string pdf_path = (std::filesystem::path(folder) / pdf_file_name).string();
  require_own_place(folder, run, files);
  // In full beside their places before anything is filed, and in their places after it: a full disk leaves the earlier
  // pair, a number that is taken leaves no certificate of it.
  archive::FilesTogether written({{dcc_path, files.dcc}, {pdf_path, files.pdf}});
  std::string filed;
  if (line.has("archive")) {
    const auto entry = archive_entry_of(files, run_path);
    if (base::sha256(entry.files.back().bytes) != run_hash) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("{} was changed while its certificate was made; try again")), run_path));
    }
    const bool added = archive::Archive::open_or_create(line.text("archive")).add(entry);
    filed =
        fmt::format(fmt::runtime(added ? tr("{} is filed in {}") : tr("{} was in {} already, with the same content")),
                    files.certificate.number, line.text("archive"));
  }
  written.put_in_place();
  std::cout << base::visible_line(dcc_path) << "\n" << base::visible_line(pdf_path) << "\n";
  if (!filed.empty()) std::cout << base::visible_line(filed) << "\n";
  return 0;
}

}  // namespace

int certificate_command(const Arguments& arguments) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  if (what == "draft") return draft({arguments.begin() + 1, arguments.end()});
  throw base::InputError(tr("usage") + ": etalon certificate draft RUN.h5 …");
}

}  // namespace etalon::app
