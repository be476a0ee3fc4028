#include "archive/certificate_pdf.h"

#include <fmt/format.h>

#include <cairo-pdf.h>

#include <memory>

#include "archive/certificate_completeness.h"
#include "archive/certificate_texts.h"
#include "archive/dcc_reader.h"
#include "archive/pdf_a.h"
#include "archive/pdf_cover.h"
#include "archive/pdf_results.h"
#include "base/error.h"
#include "base/language.h"
#include "base/sha256.h"

namespace etalon::archive {

using base::tr;

namespace {

cairo_status_t append_bytes(void* closure, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

PageFurniture furniture(const Certificate& certificate, base::Language leading, int total_pages) {
  PageFurniture f;
  f.number = certificate.number;
  f.laboratory = bilingual(certificate.laboratory.name, leading);
  f.number_label = bilingual(label::kCertificateNumber, leading);
  f.title = bilingual(certificate.title, leading);
  if (certificate.status == CertificateStatus::simulated) f.mark = bilingual(label::kSimulatedMark, leading);
  if (certificate.status == CertificateStatus::draft) f.mark = bilingual(label::kDraftMark, leading);
  f.leading = leading;
  f.total_pages = total_pages;
  return f;
}

// Returns the number of pages drawn.
int draw_pages(const Certificate& certificate, const PdfOptions& options, const std::string& qr, int total_pages,
               std::string& pdf) {
  using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
  using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;
  const Surface surface(cairo_pdf_surface_create_for_stream(&append_bytes, &pdf, paper::kWidth, paper::kHeight),
                        &cairo_surface_destroy);
  int count = 0;
  {
    const Context cairo(cairo_create(surface.get()), &cairo_destroy);
    PdfPages pages(cairo.get(), furniture(certificate, options.leading, total_pages));
    draw_cover(pages, certificate, options.leading, qr);
    pages.next_page();
    draw_results(pages, certificate, options.leading);
    cairo_show_page(cairo.get());
    if (cairo_status(cairo.get()) != CAIRO_STATUS_SUCCESS) {
      throw base::InputError(fmt::format(fmt::runtime(tr("the PDF pages could not be drawn: {}")),
                                         cairo_status_to_string(cairo_status(cairo.get()))));
    }
    count = pages.page();
  }
  cairo_surface_finish(surface.get());
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the PDF pages could not be written: {}")),
                                       cairo_status_to_string(cairo_surface_status(surface.get()))));
  }
  return count;
}

// Every text in every weight that the pages print it in; with the field, so that a person knows what to change.
void require_drawable(const Certificate& certificate) {
  std::string faults;
  for (const CertificateText& text : certificate_texts(certificate)) {
    for (const Weight weight : {Weight::regular, Weight::semibold}) {
      const auto undrawable = find_undrawable(text.text, weight);
      if (!undrawable) continue;
      faults += "\n  " +
                fmt::format(fmt::runtime(tr("{0}: {1}")), text.field,
                            fmt::format(fmt::runtime(tr("{} in \"{}\"")), undrawable_sentence(*undrawable), text.text));
      break;
    }
  }
  if (faults.empty()) return;
  throw base::InputError(fmt::format(fmt::runtime(tr("the certificate {} cannot be printed:")), certificate.number) +
                         faults);
}

}  // namespace

std::string qr_text(const Certificate& certificate, std::string_view dcc) {
  return "certificate " + certificate.number + "\ndcc sha256 " + base::sha256(dcc);
}

std::string write_pdf(const Certificate& certificate, std::string_view dcc, const PdfOptions& options) {
  require_complete(certificate);
  require_fonts();
  require_drawable(certificate);
  const auto document = read_dcc(dcc, options.dcc_file_name);
  if (document.unique_identifier != certificate.number) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the digital certificate is of {}, the printed one of {}")),
                                       document.unique_identifier, certificate.number));
  }
  const std::string qr = qr_text(certificate, dcc);
  // Twice: the first time only to learn how many pages there are.
  std::string discarded;
  const int total = draw_pages(certificate, options, qr, 1, discarded);
  std::string pdf;
  draw_pages(certificate, options, qr, total, pdf);

  const Bilingual title = bilingual(certificate.title, options.leading);
  PdfInformation info;
  info.title = title.joined(" ") + " " + certificate.number;
  info.author = bilingual(certificate.laboratory.name, options.leading).first;
  info.subject = bilingual(certificate.item.name, options.leading).first + " " + certificate.item.model + " " +
                 certificate.item.serial;
  info.creator = certificate.software.name.in(base::Language::en) + " " + certificate.software.version;
  info.language = options.leading == base::Language::zh ? "zh-CN" : "en";
  info.date = certificate.dates.issue;
  return make_pdf_a(pdf, info,
                    {{options.dcc_file_name, "text/xml", "Digital calibration certificate (DCC)", std::string(dcc)}});
}

}  // namespace etalon::archive
