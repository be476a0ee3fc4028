// From a run to the files of its certificate, and into the archive.
#pragma once

#include <string>

#include "acquisition/run_record.h"
#include "archive/archive.h"
#include "archive/certificate.h"
#include "base/language.h"
#include "calibration/evaluation/evaluate.h"

namespace etalon::app {

struct CertificateFiles {
  archive::Certificate certificate;
  std::string dcc;
  std::string pdf;
  std::string results_json;
};

// `issue_date` YYYY-MM-DD; empty: the last day of the measurement for simulated runs, otherwise today in the
// laboratory.
CertificateFiles make_certificate_files(const acquisition::RunRecord& run, const std::string& issue_date,
                                        base::Language leading);

// InputError for a date of issue after today, the laboratory's day.
void require_issue_not_in_future(const acquisition::RunRecord& run, const std::string& issue_date);

// Everything the certificate was made from: DCC, PDF, results, the run file and its inputs.
archive::ArchiveEntry archive_entry_of(const CertificateFiles& files, const std::string& run_path);

}  // namespace etalon::app
