#include "app/certificate_files.h"

#include <fmt/format.h>

#include "acquisition/wiring_check.h"
#include "app/version.h"
#include "archive/certificate_from_results.h"
#include "archive/certificate_pdf.h"
#include "archive/dcc_writer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"

namespace etalon::app {

CertificateFiles make_certificate_files(const acquisition::RunRecord& run, const std::string& issue_date,
                                        base::Language leading) {
  const calibration::Results results = calibration::evaluate(run);
  if (const auto contradictions = acquisition::contradictions(run); !contradictions.empty()) {
    throw base::RefusedError(fmt::format(
        fmt::runtime(base::tr("{}: no certificate: readings contradict the wiring; repeat these points\n{}")), run.path,
        fmt::join(contradictions, "\n")));
  }
  CertificateFiles files;
  std::string date = issue_date;
  if (date.empty() && !results.simulated) date = base::utc_text(base::SystemClock().utc()).substr(0, 10);
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
                 {"results", "results.json", "application/json", files.results_json},
                 {"run", "run.h5", "application/x-hdf5", base::read_file(run_path, 1u << 30)}};
  return entry;
}

}  // namespace etalon::app
