// The printed certificate: A4, both languages, every page numbered, the DCC attached (PDF/A-3b by construction).
#pragma once

#include <string>
#include <string_view>

#include "archive/certificate.h"

namespace etalon::archive {

struct PdfOptions {
  base::Language leading = base::Language::zh;  // its labels come first and larger
  std::string dcc_file_name = "certificate.xml";
};

// `dcc` are the bytes of write_dcc(certificate): attached, and their SHA-256 stands in the QR code. The same input
// gives the same bytes on the same fonts. InputError when content is missing (certificate_completeness.h), `dcc` is of
// another certificate, or a font or the colour profile is not installed.
std::string write_pdf(const Certificate& certificate, std::string_view dcc, const PdfOptions& options = {});

// What the QR code says: number and SHA-256 of the DCC, one a line.
std::string qr_text(const Certificate& certificate, std::string_view dcc);

}  // namespace etalon::archive
