#include "app/certificate_output.h"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "app/version.h"
#include "archive/dcc_reader.h"
#include "archive/pdf_a.h"
#include "archive/regular_file.h"
#include "archive/results_comparison.h"
#include "archive/run_comparison.h"
#include "base/error.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::app {

using archive::FileState;
using base::tr;

namespace {

constexpr std::size_t largest_file = std::size_t{1} << 30;

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw base::RefusedError(
      fmt::format(fmt::runtime(tr("{}: {}; it is not replaced. Give another --out, or move it away")),
                  base::visible_line(path), what));
}

// Empty when there is no such file.
std::string earlier_file(const std::string& path) {
  archive::FileLook look;
  const std::string bytes = archive::read_regular_file(path, largest_file, look);
  if (look.state == FileState::unreadable) refuse(path, look.reason);
  if (look.state == FileState::read && bytes.empty()) refuse(path, tr("is an empty file, no certificate"));
  return bytes;
}

// Another version words some statements otherwise; of this one every byte is known.
bool is_of_this_version(const std::string& dcc) {
  return dcc.find("<dcc:release>v " + std::string(software_version) + "</dcc:release>") != std::string::npos;
}

CertificateFiles made_on(const std::string& issue_date, const acquisition::RunRecord& run, base::Language leading) {
  try {
    return make_certificate_files(run, issue_date, leading);
  } catch (const base::Error&) {
    return {};  // no day on which this run makes a certificate
  }
}

void require_same_run(const std::string& path, const std::string& earlier_dcc, const acquisition::RunRecord& run,
                      const CertificateFiles& files) {
  if (earlier_dcc == files.dcc) return;
  std::vector<std::string> differences;
  std::string issue_date;
  try {
    const auto document = archive::read_dcc(earlier_dcc, path);
    if (document.unique_identifier != files.certificate.number) {
      refuse(path,
             fmt::format(fmt::runtime(tr("is of the certificate {}, this run is of {}")),
                         base::visible_line(document.unique_identifier), base::visible_line(files.certificate.number)));
    }
    issue_date = document.issue_date;
    differences = archive::differing_from_dcc(document, files.results_json);
    const auto statements = archive::differing_statements(files.certificate, document, earlier_dcc);
    differences.insert(differences.end(), statements.begin(), statements.end());
  } catch (const base::RefusedError&) {
    throw;
  } catch (const base::Error&) {
    refuse(path, tr("is no certificate that can be read"));
  }
  if (differences.empty()) {
    if (!is_of_this_version(earlier_dcc) || made_on(issue_date, run, base::interface_language()).dcc == earlier_dcc)
      return;
    refuse(path, tr("was changed since it was made"));
  }
  refuse(path, fmt::format(fmt::runtime(tr("is of the same certificate number, but was not made from this run ({})")),
                           differences.front()));
}

}  // namespace

void require_own_place(const std::string& folder, const acquisition::RunRecord& run, const CertificateFiles& files) {
  const std::string dcc_path = (std::filesystem::path(folder) / dcc_file_name).string();
  if (const std::string dcc = earlier_file(dcc_path); !dcc.empty()) require_same_run(dcc_path, dcc, run, files);
  const std::string pdf_path = (std::filesystem::path(folder) / pdf_file_name).string();
  const std::string pdf = earlier_file(pdf_path);
  if (pdf.empty() || pdf == files.pdf) return;
  std::vector<archive::PdfAttachment> attachments;
  try {
    attachments = archive::pdf_attachments(pdf, pdf_path);
  } catch (const base::Error&) {
    refuse(pdf_path, tr("is no certificate that can be read"));
  }
  if (attachments.size() != 1) refuse(pdf_path, tr("is a PDF without a digital certificate attached"));
  const std::string& attached = attachments.front().bytes;
  require_same_run(pdf_path, attached, run, files);
  if (!archive::ends_as_pdf(pdf)) refuse(pdf_path, tr("does not end where a PDF ends"));
  if (!is_of_this_version(attached)) return;
  for (const auto language : {base::Language::en, base::Language::zh}) {
    if (made_on(archive::read_dcc(attached, pdf_path).issue_date, run, language).pdf == pdf) return;
  }
  refuse(pdf_path, tr("was changed since it was made"));
}

}  // namespace etalon::app
