// The run of an earlier etalon (tests/golden) as it would lie in an archive, and forgeries of it by somebody who can
// recompute every hash.
#pragma once

#include <functional>
#include <string>

#include "acquisition/run_record.h"
#include "archive/archive.h"

namespace etalon::archive {

// Its own certificate.xml and results.json of that time, the run file, and a PDF that carries that DCC.
ArchiveEntry archived_run();
inline const std::string archived_number = "EXAMPLE-2026-0001";

// `text` of an archived file replaced once; the test fails when it is not in it.
std::string replaced(const std::string& bytes, const std::string& text, const std::string& by);

// The entry with other bytes for a role. A PDF gets the entry's DCC attached again, so that only what was forged
// differs.
ArchiveEntry with(ArchiveEntry entry, const std::string& role, const std::string& bytes);
ArchiveEntry with_dcc(ArchiveEntry entry, const std::string& dcc);

// The run file, written anew with a changed record.
std::string rewritten_run(const std::string& folder, const std::function<void(acquisition::RunRecord&)>& change);

// Files the entry past every check that `add` makes: objects and a manifest with right hashes.
void forge(const std::string& archive_folder, const ArchiveEntry& entry, const std::string& manifest_name = "");

}  // namespace etalon::archive
