#include "archive/archive.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "archive/archive_creation.h"
#include "archive/certificate_file_name.h"
#include "archive/dcc_reader.h"
#include "archive/durable_file.h"
#include "archive/folder_lock.h"
#include "archive/manifest_listing.h"
#include "archive/pending_filing.h"
#include "archive/regular_file.h"
#include "base/error.h"
#include "base/identification.h"
#include "base/language.h"
#include "base/sha256.h"

namespace etalon::archive {

using base::tr;

namespace {

constexpr std::size_t kLargestManifest = std::size_t{16} << 20;

const ManifestFile* find_role(const Manifest& manifest, const std::string& role) {
  for (const auto& file : manifest.files) {
    if (file.role == role) return &file;
  }
  return nullptr;
}

// The objects that a filing wrote, taken away again when no manifest stands at its end. Only under the archive's lock:
// without it another process may refer to them by now.
class WrittenObjects {
 public:
  WrittenObjects(const ObjectStore& store, std::string manifest_path, bool locked)
      : store_(store), manifest_path_(std::move(manifest_path)), locked_(locked) {}
  ~WrittenObjects() {
    if (!locked_ || hashes_.empty() || look_at(manifest_path_).state != FileState::missing) return;
    for (const std::string& hash : hashes_)
      unlink(store_.path_of(hash).c_str());
  }
  WrittenObjects(const WrittenObjects&) = delete;
  WrittenObjects& operator=(const WrittenObjects&) = delete;

  void put(const std::string& bytes) {
    bool created = false;
    const std::string hash = store_.put(bytes, &created);
    if (created) hashes_.push_back(hash);
  }

 private:
  const ObjectStore& store_;
  std::string manifest_path_;
  bool locked_;
  std::vector<std::string> hashes_;
};

}  // namespace

std::string manifest_file_name(const std::string& number) {
  return certificate_file_name(number, kManifestSuffix);
}

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

Archive::Archive(std::string folder) : folder_(std::move(folder)), objects_(store_folder(folder_)) {}

Archive Archive::open(const std::string& folder) {
  check_description(folder);
  return Archive(folder);
}

Archive Archive::open_or_create(const std::string& folder) {
  make_archive(folder);
  return open(folder);
}

std::string Archive::manifest_path(const std::string& number) const {
  return certificates_folder(folder_) + "/" + manifest_file_name(number);
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

  if (const auto fault = fault_of_file_names(manifest)) throw base::InputError(*fault);

  const std::string path = manifest_path(entry.number);
  const std::string text = write_manifest(manifest);
  make_folders_durably(certificates_folder(folder_));
  make_folders_durably(objects_.temporary_folder());
  const FolderLock lock(folder_);
  const auto settle = [&] { return settle_interrupted(objects_, certificates_folder(folder_)); };
  const SettledFilings settled = lock.held() ? settle() : SettledFilings{};
  const auto is_filed = [&] {
    FileLook look;
    const std::string filed = read_regular_file(path, kLargestManifest, look);
    if (look.state == FileState::missing) return false;
    if (look.state == FileState::unreadable) throw base::FileError({path}, look.reason);
    if (filed == text) return true;
    throw base::RefusedError(
        fmt::format(fmt::runtime(tr("the certificate number {} is taken by other content in the archive; what is "
                                    "filed is never changed: give the changed certificate a new number")),
                    entry.number));
  };
  const bool known = is_filed();
  const PendingFiling pending(objects_, text);
  WrittenObjects written(objects_, path, lock.held());
  for (const auto& file : entry.files)
    written.put(file.bytes);
  // Known: what was missing of it is there again.
  const bool added = !known && pending.publish_as(path);
  if (!added && !is_filed()) throw base::FileError({path}, tr("was taken away while it was filed"));
  if (settled.left) settle();  // this filing may have been the one that was left
  return added || settled.completed.count(entry.number) > 0;
}

std::vector<std::string> Archive::numbers() const {
  std::vector<std::string> numbers;
  for (const auto& listed : list_manifests(certificates_folder(folder_)).manifests) {
    if (listed.state == ManifestState::good) numbers.push_back(listed.manifest->number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Manifest Archive::manifest(const std::string& number) const {
  const std::string path = manifest_path(number);
  FileLook look;
  const std::string text = read_regular_file(path, kLargestManifest, look);
  if (look.state == FileState::missing)
    throw base::InputError(
        fmt::format(fmt::runtime(tr("there is no certificate {} in the archive {}")), number, folder_));
  if (look.state == FileState::unreadable) throw base::FileError({path}, look.reason);
  Manifest manifest = read_manifest(text, path);
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

}  // namespace etalon::archive
