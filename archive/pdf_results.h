// The pages of the printed certificate after the cover: standards, method, environment, results, curves, charts.
#pragma once

#include "archive/certificate.h"
#include "archive/pdf_pages.h"

namespace etalon::archive {

// From a fresh page to the end mark.
void draw_results(PdfPages& pages, const Certificate& certificate, base::Language leading);

}  // namespace etalon::archive
