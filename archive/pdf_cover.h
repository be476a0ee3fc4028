// The first page of the printed certificate: laboratory, title, number, customer, item, dates, method, signatures.
#pragma once

#include <string>

#include "archive/certificate.h"
#include "archive/pdf_pages.h"

namespace etalon::archive {

// Draws the cover on the first page, down to its end. `qr` is the text of the QR code.
void draw_cover(PdfPages& pages, const Certificate& certificate, base::Language leading, const std::string& qr);

}  // namespace etalon::archive
