// Whether everything that is stated twice in the files of one certificate is the same: manifest, DCC, PDF, results, and
// the run evaluated again.
#pragma once

#include <set>
#include <string>

#include "archive/manifest.h"
#include "archive/object_store.h"
#include "archive/verify_report.h"

namespace etalon::archive {

// `whole`: the hashes of the objects that were read and are unchanged; the others are compared with nothing. Findings,
// what is not decided, and the counts of what was compared go into the report.
void compare_certificate(const Manifest& manifest, const std::string& manifest_path, const ObjectStore& store,
                         const std::set<std::string>& whole, VerifyReport& report);

}  // namespace etalon::archive
