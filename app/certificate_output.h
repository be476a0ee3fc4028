// The two files of a certificate in a folder: never in the place of another certificate's.
#pragma once

#include <string>

#include "app/certificate_files.h"

namespace etalon::app {

inline constexpr const char* dcc_file_name = "certificate.xml";
inline constexpr const char* pdf_file_name = "certificate.pdf";

// RefusedError when the folder holds a certificate of another number, one of this number that was not made from this
// run, or anything else under these names. The same run's certificate may be made again (another day, another
// language).
void require_own_place(const std::string& folder, const CertificateFiles& files);

}  // namespace etalon::app
