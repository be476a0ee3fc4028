// A run as it would be if everything went well: each reading at its nominal value. Before any instrument is touched it
// goes the whole way to the certificate, so that a wrong text or an expired standard shows now and not after hours.
#pragma once

#include "acquisition/run_record.h"

namespace etalon::acquisition {

// `utc` (s since 1970) is when everything happens.
RunRecord rehearsed_run(const Plan& plan, const std::map<std::string, std::string>& inputs, double utc);

}  // namespace etalon::acquisition
