// Makes a plain PDF into an archival one, PDF/A-3b by construction (ISO 19005-3), with files attached to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace etalon::archive {

struct PdfAttachment {
  std::string file_name;
  std::string media_type;  // "text/xml"
  std::string description;
  std::string bytes;
};

struct PdfInformation {
  std::string title;
  std::string author;
  std::string subject;
  std::string creator;   // "etalon 0.1.0"
  std::string language;  // "zh-CN"
  std::string date;      // "2026-06-03": creation and modification date, so that the bytes do not depend on the clock
};

// Adds the sRGB output intent, XMP metadata with the PDF/A identification, the map from characters to glyphs that cairo
// leaves out, and the attachments with their relationship (/Source: what the pages were made from). The same input
// gives the same bytes. InputError when the colour profile is missing (package icc-profiles-free) or a font is not
// embedded.
std::string make_pdf_a(std::string_view pdf, const PdfInformation& information,
                       const std::vector<PdfAttachment>& attachments);

// What a PDF of make_pdf_a says of itself, outside its pages.
struct PdfStatements {
  std::string title;
  std::string subject;
  std::string date;             // of creation, "2026-06-03"; empty when there is none of this form
  bool metadata_agree = false;  // its XMP names the same title and date
};
// InputError with `name` when it cannot be read.
PdfStatements pdf_statements(std::string_view pdf, const std::string& name);

// Whether nothing but a line end follows the last mark of a PDF's end.
bool ends_as_pdf(std::string_view pdf);

// The files attached to a PDF; InputError with `name` when it cannot be read.
std::vector<PdfAttachment> pdf_attachments(std::string_view pdf, const std::string& name);

}  // namespace etalon::archive
