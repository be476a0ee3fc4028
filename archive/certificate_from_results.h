// The certificate that a run's results make.
#pragma once

#include <string>

#include "acquisition/item.h"
#include "acquisition/run_record.h"
#include "archive/certificate.h"
#include "archive/laboratory.h"
#include "calibration/evaluation/evaluate.h"

namespace etalon::archive {

// `issue_date` is YYYY-MM-DD; empty: the last day of the measurement. Texts of results are taken as they are reported:
// the certificate says exactly what `etalon evaluate` says.
Certificate make_certificate(const acquisition::RunRecord& run, const calibration::Results& results,
                             const std::string& issue_date, const std::string& software_version);

}  // namespace etalon::archive
