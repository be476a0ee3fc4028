#include "app/certificate_files.h"

#include <fmt/format.h>

#include "acquisition/laboratory_calendar.h"
#include "acquisition/wiring_check.h"
#include "app/version.h"
#include "archive/calendar_date.h"
#include "archive/certificate_from_results.h"
#include "archive/certificate_pdf.h"
#include "archive/dcc_writer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"

namespace etalon::app {

using base::tr;

namespace {

std::string today(const acquisition::LaboratoryCalendar& calendar) {
  return calendar.day(base::SystemClock().utc());
}

}  // namespace

void require_issue_not_in_future(const acquisition::RunRecord& run, const std::string& issue_date) {
  const auto calendar = acquisition::calendar_of(run.inputs, run.path + ": laboratory");
  if (archive::is_calendar_date(issue_date) && issue_date > today(calendar)) {
    throw base::InputError(fmt::format(fmt::runtime(tr("--date {} has not come yet: today is {} ({})")), issue_date,
                                       today(calendar), calendar.timezone()));
  }
}

CertificateFiles make_certificate_files(const acquisition::RunRecord& run, const std::string& issue_date,
                                        base::Language leading) {
  const calibration::Results results = calibration::evaluate(run);
  if (const auto contradictions = acquisition::contradictions(run); !contradictions.empty()) {
    throw base::RefusedError(fmt::format(
        fmt::runtime(base::tr("{}: no certificate: readings contradict the wiring; repeat these points\n{}")), run.path,
        fmt::join(contradictions, "\n")));
  }
  CertificateFiles files;
  const std::string date = issue_date.empty() && !results.simulated ? today(results.calendar) : issue_date;
  files.certificate = archive::make_certificate(run, results, date, software_version);
  files.dcc = archive::write_dcc(files.certificate);
  archive::PdfOptions options;
  options.leading = leading;
  files.pdf = archive::write_pdf(files.certificate, files.dcc, options);
  files.results_json = calibration::results_to_json(results);
  return files;
}

archive::ArchiveEntry archive_entry_of(const CertificateFiles& files, const std::string& run_path) {
  archive::ArchiveEntry entry = archive::archive_entry(files.certificate);
  entry.files = {{archive::kRoleDcc, "certificate.xml", "application/xml", files.dcc},
                 {archive::kRolePdf, "certificate.pdf", "application/pdf", files.pdf},
                 {archive::kRoleResults, "results.json", "application/json", files.results_json},
                 {archive::kRoleRun, "run.h5", "application/x-hdf5", base::read_file(run_path, 1u << 30)}};
  return entry;
}

}  // namespace etalon::app
