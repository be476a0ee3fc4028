// `etalon archive verify|show`.
#include <fmt/format.h>

#include <iostream>
#include <utility>

#include "app/commands.h"
#include "archive/archive.h"
#include "archive/archive_creation.h"
#include "archive/archive_verify.h"
#include "archive/folder_lock.h"
#include "archive/manifest_listing.h"
#include "archive/object_store.h"
#include "archive/pending_filing.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::app {

using base::tr;

namespace {

void print_at(const std::string& path, const std::string& message, const std::string& certificate) {
  std::cout << base::visible_line(path) << ": " << base::visible_text(message);
  if (!certificate.empty()) std::cout << " (" << base::visible_line(certificate) << ")";
  std::cout << "\n";
}

// "changed: 1, missing: 0, …"
std::string counts(const archive::VerifyReport& report) {
  using Kind = archive::FindingKind;
  const std::pair<Kind, std::string> kinds[] = {
      {Kind::changed, tr("changed")},
      {Kind::missing, tr("missing")},
      {Kind::unreadable, tr("unreadable")},
      {Kind::contradicts, tr("contradicting")},
      {Kind::not_referred_to, tr("not referred to")},
      {Kind::stranger, tr("strangers")},
  };
  std::string text;
  for (const auto& [kind, word] : kinds)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", word, report.count(kind));
  return text + fmt::format(", {}: {}", tr("not decided"), report.not_decided.size());
}

int verify(const Arguments& arguments) {
  CommandLine line("etalon archive verify DIR",
                   tr("Reads every object of an archive, recomputes hashes and results, compares what is stated twice; "
                      "reports every change and contradiction. It writes nothing."),
                   "etalon archive verify etalon-demo/archive");
  line.positional("DIR", true);
  if (!line.parse(arguments)) return 0;
  const auto report = archive::verify_archive(line.text("DIR"));
  for (const auto& finding : report.findings)
    print_at(finding.path, finding.message, finding.certificate);
  for (const auto& one : report.not_decided)
    print_at(one.path, tr("not decided") + ": " + one.message, one.certificate);
  std::cout << fmt::format(fmt::runtime(tr("certificates: {}, objects: {}; {}")), report.certificates, report.objects,
                           report.all_equal() ? tr("all unchanged") : counts(report))
            << "\n"
            << fmt::format(fmt::runtime(tr("compared with each other: manifest and DCC of {} certificates, PDF of {}, "
                                           "results of {}, run evaluated again of {}")),
                           report.manifests_compared, report.pdfs_compared, report.results_compared,
                           report.runs_compared)
            << "\n";
  return static_cast<int>(report.exit_code());
}

// All that can be listed; what cannot is named on standard error.
int list(const std::string& folder) {
  const std::string certificates = archive::certificates_folder(folder);
  const auto listing = archive::list_manifests(certificates);
  bool all = listing.problem.empty();
  try {
    archive::check_description(folder);
  } catch (const base::FileError& error) {
    if (listing.missing) throw;
    all = false;
    std::cerr << error.what() << "\n";
  }
  const auto not_listed = [&](const std::string& path, const std::string& problem) {
    all = false;
    std::cerr << fmt::format(fmt::runtime(tr("not listed: {}: {}")), base::visible_line(path),
                             base::visible_text(problem))
              << "\n";
  };
  if (!listing.problem.empty()) not_listed(certificates, listing.problem);
  for (const auto& listed : listing.manifests) {
    if (listed.state == archive::ManifestState::stranger || listed.state == archive::ManifestState::other_name ||
        !listed.manifest) {
      not_listed(listed.path, listed.problem);
      continue;
    }
    const auto& manifest = *listed.manifest;
    std::cout << fmt::format("{}  {}  {}  {}\n", base::visible_line(manifest.number),
                             base::visible_line(manifest.status), base::visible_line(manifest.issue_date),
                             base::visible_line(manifest.item_serial));
    if (!listed.problem.empty()) {
      all = false;
      std::cerr << base::visible_line(listed.path) << ": " << listed.problem << "\n";
    }
  }
  std::string problem;
  const archive::ObjectStore objects(archive::store_folder(folder));
  const auto unfinished = archive::unfinished_files(objects, problem);
  const bool writing = archive::is_locked(folder);
  if (!problem.empty()) not_listed(objects.temporary_folder(), problem);
  for (const auto& file : unfinished) {
    if (!file.manifest || (writing && file.of_this_machine)) continue;
    not_listed(file.path, file.manifest->number + ": " + archive::state_of_unfinished(objects, file));
  }
  return all ? 0 : static_cast<int>(base::ExitCode::check_failed);
}

int show(const Arguments& arguments) {
  CommandLine line("etalon archive show DIR [NUMBER]", tr("Lists the certificates of an archive, or the files of one."),
                   "etalon archive show etalon-demo/archive");
  line.positional("DIR", true);
  line.positional("NUMBER", false);
  if (!line.parse(arguments)) return 0;
  if (!line.has("NUMBER")) return list(line.text("DIR"));
  const auto archive = archive::Archive::open(line.text("DIR"));
  for (const auto& file : archive.manifest(line.text("NUMBER")).files) {
    std::cout << fmt::format("{:8}  {:20}  {:>10}  {}\n", base::visible_line(file.role),
                             base::visible_line(file.file_name), file.size,
                             base::visible_line(archive.objects().path_of(file.sha256)));
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
