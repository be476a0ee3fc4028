// The two files of a certificate in a folder: never in the place of another certificate's.
#pragma once

#include <string>

#include "app/certificate_files.h"

namespace etalon::app {

inline constexpr const char* dcc_file_name = "certificate.xml";
inline constexpr const char* pdf_file_name = "certificate.pdf";

// RefusedError when the folder holds a certificate of another number, one of this number that was not made from this
// run or was changed since, or anything else under these names. The same run's certificate may be made again: what this
// etalon made of it, on whatever day and in whatever language, byte for byte; what another version made of it, when it
// states the same as far as can be told.
void require_own_place(const std::string& folder, const acquisition::RunRecord& run, const CertificateFiles& files);

}  // namespace etalon::app
