// `etalon archive verify|show`.
#include <fmt/format.h>

#include <iostream>

#include "app/commands.h"
#include "archive/archive.h"
#include "base/language.h"

namespace etalon::app {

using base::tr;

namespace {

int verify(const Arguments& arguments) {
  CommandLine line("etalon archive verify DIR",
                   tr("Reads and recomputes every object of an archive and reports every change."),
                   "etalon archive verify etalon-demo/archive");
  line.positional("DIR", true);
  if (!line.parse(arguments)) return 0;
  const auto report = archive::Archive::open(line.text("DIR")).verify();
  for (const auto& finding : report.findings) {
    std::cout << finding.path << ": " << finding.message;
    if (!finding.certificate.empty()) std::cout << " (" << finding.certificate << ")";
    std::cout << "\n";
  }
  std::cout << fmt::format(fmt::runtime(tr("certificates: {}, objects: {}; {}")), report.certificates, report.objects,
                           report.ok() ? tr("all unchanged")
                                       : fmt::format(fmt::runtime(tr("findings: {}")), report.findings.size()))
            << "\n";
  return report.ok() ? 0 : 1;
}

int show(const Arguments& arguments) {
  CommandLine line("etalon archive show DIR [NUMBER]", tr("Lists the certificates of an archive, or the files of one."),
                   "etalon archive show etalon-demo/archive");
  line.positional("DIR", true);
  line.positional("NUMBER", false);
  if (!line.parse(arguments)) return 0;
  const auto archive = archive::Archive::open(line.text("DIR"));
  if (!line.has("NUMBER")) {
    for (const std::string& number : archive.numbers()) {
      const auto manifest = archive.manifest(number);
      std::cout << fmt::format("{}  {}  {}  {}\n", number, manifest.status, manifest.issue_date, manifest.item_serial);
    }
    return 0;
  }
  for (const auto& file : archive.manifest(line.text("NUMBER")).files) {
    std::cout << fmt::format("{:8}  {:20}  {:>10}  {}\n", file.role, file.file_name, file.size,
                             archive.objects().path_of(file.sha256));
  }
  return 0;
}

}  // namespace

int archive_command(const Arguments& arguments) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  const Arguments rest(arguments.empty() ? arguments.end() : arguments.begin() + 1, arguments.end());
  if (what == "verify") return verify(rest);
  if (what == "show") return show(rest);
  throw base::InputError(tr("usage") + ": etalon archive verify|show DIR");
}

}  // namespace etalon::app
