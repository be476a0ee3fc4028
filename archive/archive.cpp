#include "archive/archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "archive/certificate_file_name.h"
#include "archive/dcc_reader.h"
#include "archive/durable_file.h"
#include "archive/pdf_a.h"
#include "base/error.h"
#include "base/file.h"
#include "base/identification.h"
#include "base/language.h"
#include "base/sha256.h"

namespace etalon::archive {

using base::tr;

namespace {

namespace fs = std::filesystem;

constexpr int kArchiveFormat = 1;
constexpr const char* kSuffix = ".json";

std::string description_path(const std::string& folder) {
  return folder + "/archive.json";
}

std::string file_name_of(const std::string& number) {
  return certificate_file_name(number, kSuffix);
}

void check_description(const std::string& folder) {
  const std::string path = description_path(folder);
  try {
    const auto document = nlohmann::json::parse(base::read_file(path));
    if (document.at("archive") != "etalon") throw base::FileError({path}, tr("is not an etalon archive's description"));
    const int format = document.at("format").get<int>();
    if (format != kArchiveFormat) {
      throw base::FileError(
          {path},
          fmt::format(fmt::runtime(tr("the archive is of format {}, this program knows {}; use a later etalon")),
                      format, kArchiveFormat));
    }
  } catch (const nlohmann::json::exception& e) {
    throw base::FileError({path},
                          fmt::format(fmt::runtime(tr("is not an etalon archive's description: {}")), e.what()));
  }
}

std::vector<fs::path> manifest_files(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder + "/certificates"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

const ManifestFile* find_role(const Manifest& manifest, const std::string& role) {
  for (const auto& file : manifest.files) {
    if (file.role == role) return &file;
  }
  return nullptr;
}

}  // namespace

std::string status_word(CertificateStatus status) {
  return status == CertificateStatus::issued      ? "issued"
         : status == CertificateStatus::simulated ? "simulated"
                                                  : "draft";
}

ArchiveEntry archive_entry(const Certificate& certificate) {
  return {certificate.number,
          status_word(certificate.status),
          certificate.dates.begin,
          certificate.dates.end,
          certificate.dates.issue,
          certificate.item.serial.empty() ? certificate.item.laboratory_id : certificate.item.serial,
          {}};
}

Archive::Archive(std::string folder) : folder_(std::move(folder)), objects_(folder_ + "/store") {
  make_folders_durably(folder_ + "/certificates");
}

Archive Archive::open(const std::string& folder) {
  if (!fs::exists(description_path(folder))) {
    throw base::FileError({folder}, tr("is not an archive: there is no archive.json in it"));
  }
  check_description(folder);
  return Archive(folder);
}

Archive Archive::open_or_create(const std::string& folder) {
  if (fs::exists(description_path(folder))) return open(folder);
  if (fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder))) {
    throw base::FileError({folder}, tr("holds other files and no archive.json; give an empty folder or an archive"));
  }
  make_folders_durably(folder);
  const nlohmann::json description = {{"archive", "etalon"}, {"format", kArchiveFormat}};
  base::write_file_atomically(description_path(folder), description.dump() + "\n");
  return Archive(folder);
}

std::string Archive::manifest_path(const std::string& number) const {
  return folder_ + "/certificates/" + file_name_of(number);
}

bool Archive::add(const ArchiveEntry& entry) const {
  if (entry.number.empty()) throw base::InputError(tr("a certificate without a number cannot be archived"));
  if (const auto fault = base::fault_of_identification(entry.number)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the certificate {} cannot be archived: its number {}")), entry.number, *fault));
  }
  Manifest manifest{
      entry.number, entry.status, entry.begin_date, entry.end_date, entry.issue_date, entry.item_serial, {}};
  bool has_dcc = false;
  std::set<std::pair<std::string, std::string>> names;
  for (const auto& file : entry.files) {
    if (file.role == kRoleDcc) {
      has_dcc = true;
      const auto document = read_dcc(file.bytes, file.file_name);
      if (document.unique_identifier != entry.number) {
        throw base::InputError(fmt::format(fmt::runtime(tr("{} is the certificate {}, not {}")), file.file_name,
                                           document.unique_identifier, entry.number));
      }
    }
    if (!names.insert({file.role, file.file_name}).second) {
      throw base::InputError(
          fmt::format(fmt::runtime(tr("the file {} ({}) is given twice")), file.file_name, file.role));
    }
    manifest.files.push_back({file.role, file.file_name, file.media_type, file.bytes.size(), base::sha256(file.bytes)});
  }
  if (!has_dcc)
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the certificate {} cannot be archived without its DCC")), entry.number));

  const std::string path = manifest_path(entry.number);
  const std::string text = write_manifest(manifest);
  const auto same_or_refused = [&] {
    if (base::read_file(path) == text) return;
    throw base::RefusedError(
        fmt::format(fmt::runtime(tr("the certificate number {} is taken by other content in the archive; what is "
                                    "filed is never changed: give the changed certificate a new number")),
                    entry.number));
  };
  const bool known = fs::exists(path);
  if (known) same_or_refused();
  remove_abandoned(folder_ + "/store/tmp");
  for (const auto& file : entry.files)
    objects_.put(file.bytes);
  if (known) return false;
  if (create_durably(path, text, folder_ + "/store/tmp")) return true;
  same_or_refused();  // another process was faster
  return false;
}

std::vector<std::string> Archive::numbers() const {
  std::vector<std::string> numbers;
  for (const auto& path : manifest_files(folder_)) {
    try {
      numbers.push_back(read_manifest(base::read_file(path.string()), path.string()).number);
    } catch (const base::InputError&) {
      continue;  // verify names it
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Manifest Archive::manifest(const std::string& number) const {
  const std::string path = manifest_path(number);
  if (!fs::exists(path))
    throw base::InputError(
        fmt::format(fmt::runtime(tr("there is no certificate {} in the archive {}")), number, folder_));
  Manifest manifest = read_manifest(base::read_file(path), path);
  if (manifest.number != number)
    throw base::FileError({path}, fmt::format(fmt::runtime(tr("is the manifest of {}")), manifest.number));
  return manifest;
}

std::string Archive::file(const std::string& number, const std::string& role) const {
  const Manifest found = manifest(number);
  const ManifestFile* file = find_role(found, role);
  if (!file)
    throw base::InputError(fmt::format(fmt::runtime(tr("the certificate {} has no file \"{}\"")), number, role));
  return objects_.get(file->sha256);
}

VerifyReport Archive::verify() const {
  VerifyReport report;
  const auto found = [&](FindingKind kind, const std::string& certificate, const std::string& path,
                         const std::string& message) {
    report.findings.push_back({kind, certificate, path, message});
  };
  try {
    check_description(folder_);
  } catch (const base::InputError& e) {
    found(FindingKind::bad_archive, "", description_path(folder_), e.what());
  }

  // Each object once, however many certificates name it.
  const auto hashes = objects_.list();
  report.objects = hashes.size();
  const std::set<std::string> present(hashes.begin(), hashes.end());
  std::set<std::string> damaged;
  std::set<std::string> referenced;
  for (const auto& hash : hashes) {
    const std::string path = objects_.path_of(hash);
    try {
      if (base::sha256_file(path) != hash) damaged.insert(hash);
    } catch (const base::InputError&) {
      damaged.insert(hash);
    }
  }

  for (const auto& path : manifest_files(folder_)) {
    Manifest manifest;
    try {
      manifest = read_manifest(base::read_file(path.string()), path.string());
    } catch (const base::InputError& e) {
      found(FindingKind::bad_manifest, "", path.string(), e.what());
      continue;
    }
    ++report.certificates;
    if (path.filename() != file_name_of(manifest.number)) {
      found(FindingKind::bad_manifest, manifest.number, path.string(),
            fmt::format(fmt::runtime(tr("the manifest of {} stands under another name")), manifest.number));
    }
    bool whole = true;
    for (const auto& file : manifest.files) {
      referenced.insert(file.sha256);
      const std::string object = objects_.path_of(file.sha256);
      if (!present.count(file.sha256)) {
        whole = false;
        found(FindingKind::missing_object, manifest.number, object,
              fmt::format(fmt::runtime(tr("{} ({}) is missing")), file.file_name, file.role));
        continue;
      }
      std::error_code error;
      const auto size = fs::file_size(object, error);
      if (damaged.count(file.sha256) || error || size != file.size) {
        whole = false;
        found(FindingKind::changed_object, manifest.number, object,
              fmt::format(fmt::runtime(tr("{} ({}) was changed: {} of {} bytes, its SHA-256 is not {}")),
                          file.file_name, file.role, error ? 0 : size, file.size, file.sha256));
      }
    }
    if (!whole) continue;
    const ManifestFile* dcc = find_role(manifest, kRoleDcc);
    if (!dcc) {
      found(FindingKind::bad_manifest, manifest.number, path.string(), tr("the manifest names no DCC"));
      continue;
    }
    try {
      const auto document = read_dcc(objects_.get(dcc->sha256), dcc->file_name);
      if (document.unique_identifier != manifest.number) {
        found(FindingKind::dcc_mismatch, manifest.number, objects_.path_of(dcc->sha256),
              fmt::format(fmt::runtime(tr("the DCC is the certificate {}")), document.unique_identifier));
      }
      if (const ManifestFile* pdf = find_role(manifest, kRolePdf)) {
        bool same = false;
        for (const auto& attachment : pdf_attachments(objects_.get(pdf->sha256), pdf->file_name)) {
          same = same || base::sha256(attachment.bytes) == dcc->sha256;
        }
        if (!same) {
          found(FindingKind::dcc_mismatch, manifest.number, objects_.path_of(pdf->sha256),
                fmt::format(fmt::runtime(tr("the DCC attached to {} is not the archived one")), pdf->file_name));
        }
      }
    } catch (const base::InputError& e) {
      found(FindingKind::dcc_mismatch, manifest.number, objects_.path_of(dcc->sha256), e.what());
    }
  }

  for (const auto& hash : hashes) {
    if (referenced.count(hash)) continue;
    found(FindingKind::unreferenced_object, "", objects_.path_of(hash),
          damaged.count(hash)
              ? tr("no certificate names this object, and its content is not that of its name")
              : tr("no certificate names this object (a manifest is missing, or adding it was interrupted)"));
  }
  for (const auto& path : objects_.strangers()) {
    found(FindingKind::unfinished_file, "", path,
          tr("is not an object (left by an interrupted write, or put there by hand)"));
  }
  return report;
}

}  // namespace etalon::archive
