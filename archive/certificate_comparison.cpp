#include "archive/certificate_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <vector>

#include "acquisition/run_file.h"
#include "archive/archive.h"
#include "archive/dcc_reader.h"
#include "archive/pdf_a.h"
#include "archive/results_comparison.h"
#include "archive/run_comparison.h"
#include "archive/tidied_text.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::archive {

using base::tr;

namespace {

constexpr std::size_t kShownDifferences = 3;

const std::map<std::string, std::vector<std::string>> media_types{{kRoleDcc, {"application/xml", "text/xml"}},
                                                                  {kRolePdf, {"application/pdf"}},
                                                                  {kRoleResults, {"application/json"}},
                                                                  {kRoleRun, {"application/x-hdf5"}}};

class Comparison {
 public:
  Comparison(const Manifest& manifest, const std::string& manifest_path, const ObjectStore& store,
             const std::set<std::string>& whole, VerifyReport& report)
      : manifest_(manifest), manifest_path_(manifest_path), store_(store), whole_(whole), report_(report) {}

  void compare() {
    files();
    const ManifestFile* dcc_file = whole_file(kRoleDcc);
    if (dcc_file) read_the_dcc(*dcc_file);
    const ManifestFile* pdf = whole_file(kRolePdf);
    if (dcc_ && pdf) compare_pdf(*dcc_file, *pdf);
    const ManifestFile* run = whole_file(kRoleRun);
    if (run) evaluate(*run);
    const ManifestFile* results = whole_file(kRoleResults);
    if (results) compare_results(*results);
    if (evaluated_) compare_run(*run, results);
  }

 private:
  void contradicts(const std::string& path, const std::string& message) {
    report_.findings.push_back({FindingKind::contradicts, manifest_.number, path, message});
  }
  void unreadable(const std::string& path, const std::string& message) {
    report_.findings.push_back({FindingKind::unreadable, manifest_.number, path, message});
  }
  void not_decided(const std::string& path, const std::string& message) {
    report_.not_decided.push_back({manifest_.number, path, message});
  }
  std::string path_of(const ManifestFile& file) const { return store_.path_of(file.sha256); }

  // `opening` has a place for the number of differences.
  void contradicts(const std::string& path, const std::string& opening, const std::vector<std::string>& differences) {
    if (differences.empty()) return;
    std::string text = fmt::format(fmt::runtime(opening), differences.size());
    for (std::size_t i = 0; i < std::min(differences.size(), kShownDifferences); ++i)
      text += (i == 0 ? ": " : "; ") + differences[i];
    if (differences.size() > kShownDifferences) text += "; …";
    contradicts(path, text);
  }

  // The files as the manifest lists them.
  void files() {
    for (const auto& [role, types] : media_types) {
      const auto count = std::count_if(manifest_.files.begin(), manifest_.files.end(),
                                       [&, &role = role](const ManifestFile& file) { return file.role == role; });
      if (count > 1) {
        contradicts(manifest_path_,
                    fmt::format(fmt::runtime(tr("the manifest names {} files of the role {}")), count, role));
      } else if (count == 0 && role == kRoleDcc) {
        contradicts(manifest_path_, tr("the manifest names no DCC"));
      } else if (count == 0) {
        not_decided(
            manifest_path_,
            fmt::format(fmt::runtime(tr("the manifest names no file of the role {}: nothing to compare")), role));
      }
    }
    if (const auto fault = fault_of_file_names(manifest_)) contradicts(manifest_path_, *fault);
    for (const ManifestFile& file : manifest_.files) {
      const auto known = media_types.find(file.role);
      if (known == media_types.end()) {
        not_decided(path_of(file), fmt::format(fmt::runtime(tr("{}: the role \"{}\" is not known: only its SHA-256 was "
                                                               "compared")),
                                               base::visible_line(file.file_name), base::visible_line(file.role)));
      } else if (std::find(known->second.begin(), known->second.end(), file.media_type) == known->second.end()) {
        contradicts(manifest_path_,
                    fmt::format(fmt::runtime(tr("{} ({}) is said to be of the type \"{}\", expected {}")),
                                base::visible_line(file.file_name), file.role, base::visible_line(file.media_type),
                                known->second.front()));
      }
    }
    if (std::none_of(std::begin(statuses), std::end(statuses),
                     [&](CertificateStatus one) { return status_word(one) == manifest_.status; })) {
      contradicts(manifest_path_, fmt::format(fmt::runtime(tr("\"{}\" is no status of a certificate")),
                                              base::visible_line(manifest_.status)));
    }
  }

  // nullptr when there is none, or it is no longer what it was: that has been said.
  const ManifestFile* whole_file(const char* role) const {
    for (const ManifestFile& file : manifest_.files) {
      if (file.role == role) return whole_.count(file.sha256) ? &file : nullptr;
    }
    return nullptr;
  }

  void read_the_dcc(const ManifestFile& file) {
    try {
      dcc_bytes_ = store_.get(file.sha256);
      dcc_ = read_dcc(dcc_bytes_, file.file_name);
    } catch (const std::exception& e) {
      unreadable(path_of(file), fmt::format(fmt::runtime(tr("is no readable DCC: {}")), e.what()));
      return;
    }
    std::vector<std::string> differences;
    const auto same = [&](const std::string& what, const std::string& in_manifest, const std::string& in_dcc) {
      if (tidied(in_manifest) == tidied(in_dcc)) return;
      differences.push_back(fmt::format(fmt::runtime(tr("{}: \"{}\" in the manifest, \"{}\" in the DCC")), what,
                                        base::visible_line(in_manifest), base::visible_line(in_dcc)));
    };
    same(tr("number"), manifest_.number, dcc_->unique_identifier);
    same(tr("status"), manifest_.status, status_of(*dcc_));
    same(tr("begin"), manifest_.begin_date, dcc_->begin_date);
    same(tr("end"), manifest_.end_date, dcc_->end_date);
    same(tr("issue"), manifest_.issue_date, dcc_->issue_date);
    same(tr("item"), manifest_.item_serial, identity_of_item(*dcc_));
    contradicts(manifest_path_, tr("the manifest contradicts the DCC in {} places"), differences);
    ++report_.manifests_compared;
  }

  void compare_pdf(const ManifestFile& dcc_file, const ManifestFile& file) {
    try {
      const std::string bytes = store_.get(file.sha256);
      const auto attachments = pdf_attachments(bytes, file.file_name);
      if (std::none_of(attachments.begin(), attachments.end(),
                       [&](const PdfAttachment& one) { return one.bytes == dcc_bytes_; })) {
        contradicts(path_of(file),
                    fmt::format(fmt::runtime(tr("the DCC attached to {} is not the archived one")), file.file_name));
      } else if (attachments.size() != 1) {
        contradicts(path_of(file),
                    fmt::format(fmt::runtime(tr("{} files are attached to {}, expected the DCC {} alone")),
                                attachments.size(), file.file_name, dcc_file.file_name));
      }
      if (!ends_as_pdf(bytes)) {
        contradicts(path_of(file), fmt::format(fmt::runtime(tr("{} goes on behind the end of the PDF")),
                                               base::visible_line(file.file_name)));
      }
      std::vector<std::string> differences;
      const PdfStatements stated = pdf_statements(bytes, file.file_name);
      if (!tidied(stated.title).ends_with(" " + tidied(manifest_.number))) {
        differences.push_back(fmt::format(fmt::runtime(tr("its title is \"{}\", the number is {}")),
                                          base::visible_line(stated.title), base::visible_line(manifest_.number)));
      }
      if (stated.date != dcc_->issue_date) {
        differences.push_back(fmt::format(fmt::runtime(tr("its date is {}, the DCC was issued on {}")),
                                          base::visible_line(stated.date), base::visible_line(dcc_->issue_date)));
      }
      const std::string serial = dcc_->items.empty() ? "" : serial_number(dcc_->items.front());
      if (!serial.empty() && !tidied(stated.subject).ends_with(" " + tidied(serial))) {
        differences.push_back(fmt::format(fmt::runtime(tr("its subject is \"{}\", the serial number is {}")),
                                          base::visible_line(stated.subject), base::visible_line(serial)));
      }
      if (!stated.metadata_agree) differences.push_back(tr("its metadata name another title or date"));
      contradicts(path_of(file), tr("the PDF contradicts the DCC in {} places"), differences);
      ++report_.pdfs_compared;
    } catch (const std::exception& e) {
      unreadable(path_of(file), e.what());
    }
  }

  static std::string serial_number(const DccItem& item) {
    for (const DccIdentification& one : item.identifications) {
      if (one.issuer == "manufacturer") return one.value;
    }
    return {};
  }

  void evaluate(const ManifestFile& file) {
    std::optional<acquisition::RunRecord> run;
    try {
      run = acquisition::read_run(path_of(file));
    } catch (const std::exception& e) {
      unreadable(path_of(file), fmt::format(fmt::runtime(tr("is no readable run: {}")), e.what()));
      return;
    }
    try {
      evaluated_ = evaluate_again(*run, manifest_.issue_date);
    } catch (const std::exception& e) {
      contradicts(path_of(file), fmt::format(fmt::runtime(tr("no certificate can be made of this run: {}")), e.what()));
    }
  }

  void compare_results(const ManifestFile& file) {
    try {
      results_ = store_.get(file.sha256);
      if (!dcc_) return;
      contradicts(path_of(file), tr("the results contradict the DCC in {} places"),
                  differing_from_dcc(*dcc_, results_));
      ++report_.results_compared;
    } catch (const std::exception& e) {
      results_.clear();
      unreadable(path_of(file), fmt::format("{}: {}", file.file_name, e.what()));
    }
  }

  void compare_run(const ManifestFile& file, const ManifestFile* results) {
    try {
      const Certificate& certificate = evaluated_->certificate;
      const ArchiveEntry entry = archive_entry(certificate);
      std::vector<std::string> differences;
      const auto same = [&](const std::string& what, const std::string& in_manifest, const std::string& in_run) {
        if (tidied(in_manifest) == tidied(in_run)) return;
        differences.push_back(fmt::format(fmt::runtime(tr("{}: \"{}\" in the manifest, \"{}\" by the run")), what,
                                          base::visible_line(in_manifest), base::visible_line(in_run)));
      };
      same(tr("number"), manifest_.number, entry.number);
      same(tr("begin"), manifest_.begin_date, entry.begin_date);
      same(tr("end"), manifest_.end_date, entry.end_date);
      same(tr("item"), manifest_.item_serial, entry.item_serial);
      const std::string simulated = status_word(CertificateStatus::simulated);
      if ((manifest_.status == simulated) != (entry.status == simulated))
        same(tr("status"), manifest_.status, entry.status);
      contradicts(manifest_path_, tr("the manifest contradicts the run in {} places"), differences);
      if (dcc_) {
        contradicts(path_of(file), tr("the run contradicts the DCC in {} places"),
                    differing_statements(certificate, *dcc_, dcc_bytes_));
      }
      if (!results_.empty()) {
        contradicts(path_of(*results), tr("the results contradict the run in {} places"),
                    differing_results(results_, evaluated_->results_json));
      }
      // Without results of its own, the run itself answers for the values in the DCC; so it does where they differ.
      if (dcc_ && results_ != evaluated_->results_json) {
        contradicts(path_of(file), tr("the results of the run contradict the DCC in {} places"),
                    differing_from_dcc(*dcc_, evaluated_->results_json));
      }
      ++report_.runs_compared;
    } catch (const std::exception& e) {
      not_decided(path_of(file), fmt::format(fmt::runtime(tr("could not be compared: {}")), e.what()));
    }
  }

  static constexpr CertificateStatus statuses[] = {CertificateStatus::draft, CertificateStatus::simulated,
                                                   CertificateStatus::issued};

  const Manifest& manifest_;
  const std::string& manifest_path_;
  const ObjectStore& store_;
  const std::set<std::string>& whole_;
  VerifyReport& report_;
  std::string dcc_bytes_;
  std::optional<DccDocument> dcc_;
  std::string results_;  // empty: not readable
  std::optional<RunEvaluatedAgain> evaluated_;
};

}  // namespace

void compare_certificate(const Manifest& manifest, const std::string& manifest_path, const ObjectStore& store,
                         const std::set<std::string>& whole, VerifyReport& report) {
  Comparison(manifest, manifest_path, store, whole, report).compare();
}

}  // namespace etalon::archive
