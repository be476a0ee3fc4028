// The verification of an archive: reads everything, recomputes every hash and every result, compares all that is stated
// twice, and writes nothing. It goes on after each fault.
#pragma once

#include <string>

#include "archive/verify_report.h"

namespace etalon::archive {

// Also beside living writers, whose unfinished files are no finding. FileError when the folder is no archive at all:
// neither archive.json nor one of its folders.
VerifyReport verify_archive(const std::string& folder);

}  // namespace etalon::archive
