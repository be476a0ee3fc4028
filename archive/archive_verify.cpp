#include "archive/archive_verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "archive/archive.h"
#include "archive/archive_creation.h"
#include "archive/certificate_comparison.h"
#include "archive/folder_listing.h"
#include "archive/folder_lock.h"
#include "archive/manifest_listing.h"
#include "archive/object_store.h"
#include "archive/pending_filing.h"
#include "archive/regular_file.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

std::size_t VerifyReport::count(FindingKind kind) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.kind == kind; }));
}

namespace {

constexpr std::size_t kLargestDescription = 1u << 20;

class Verification {
 public:
  explicit Verification(const std::string& folder) : folder_(folder), store_(store_folder(folder)) {}

  // The order matters beside living writers: an object that is seen has its pending filing before it, and its manifest
  // stands before the pending filing goes.
  VerifyReport verify() {
    description();
    strangers_beside_the_description();
    const auto objects = list_objects();
    unfinished();
    certificates();
    for (const std::string& hash : objects)
      unreferenced(hash);
    return std::move(report_);
  }

 private:
  void found(FindingKind kind, const std::string& certificate, const std::string& path, const std::string& message) {
    report_.findings.push_back({kind, certificate, path, message});
  }

  void description() {
    const std::string path = description_path(folder_);
    require_finished();
    FileLook look;
    const std::string text = read_regular_file(path, kLargestDescription, look);
    if (look.state == FileState::missing) {
      require_folders();
      found(FindingKind::missing, "", path, tr("is missing"));
    } else if (look.state == FileState::unreadable) {
      found(FindingKind::unreadable, "", path, look.reason);
    } else {
      try {
        if (const int format = described_format(text, path); format > kArchiveFormat) {
          report_.not_decided.push_back(
              {"", path,
               fmt::format(fmt::runtime(tr("the archive is of format {}, this program knows {}; use a later etalon")),
                           format, kArchiveFormat)});
        }
      } catch (const base::FileError&) {
        found(FindingKind::changed, "", path, tr("was changed: it is not the description of an archive"));
      }
    }
  }

  void strangers_beside_the_description() {
    const FolderListing listing = list_folder(folder_);
    if (!listing.problem.empty()) found(FindingKind::unreadable, "", folder_, listing.problem);
    for (const std::string& name : listing.names) {
      const std::string path = folder_ + "/" + name;
      if (path == description_path(folder_) || path == store_folder(folder_) || path == certificates_folder(folder_))
        continue;
      found(FindingKind::stranger, "", path, tr("is no part of an archive (put there by hand)"));
    }
  }

  void require_finished() const {
    if (is_unfinished_archive(folder_)) {
      throw base::FileError({folder_},
                            tr("is an archive whose making was interrupted; the next certificate filed in it "
                               "completes it"));
    }
  }

  // Without archive.json the folders must tell that this is an archive.
  void require_folders() const {
    for (const std::string& path : {store_folder(folder_), certificates_folder(folder_)}) {
      bool missing = false;
      reason_not_a_folder(path, missing);
      if (!missing) return;
    }
    throw base::FileError({folder_}, tr("is not an archive: there is no archive.json in it"));
  }

  // Names files that are no objects, and folders that cannot be read.
  std::vector<std::string> list_objects() {
    std::vector<std::string> hashes;
    const FolderListing store = list_folder(store_.root());
    if (!store.problem.empty()) {
      // A copy of an empty archive may lack it; when a certificate names an object, that is missing by itself.
      if (!store.missing) found(FindingKind::unreadable, "", store_.root(), store.problem);
      return hashes;
    }
    for (const std::string& first : store.names) {
      const std::string path = store_.root() + "/" + first;
      if (first == "tmp") continue;
      const FolderListing listing = list_folder(path);
      if (listing.missing) continue;
      const bool is_objects_folder = first.size() == 2 && is_sha256(first + std::string(62, '0'));
      if (!is_objects_folder) {
        found(FindingKind::stranger, "", path, tr("is not an object (put there by hand)"));
        continue;
      }
      if (!listing.problem.empty()) found(FindingKind::unreadable, "", path, listing.problem);
      for (const std::string& name : listing.names) {
        if (is_sha256(first + name)) {
          hashes.push_back(first + name);
        } else {
          found(FindingKind::stranger, "", path + "/" + name, tr("is not an object (put there by hand)"));
        }
      }
    }
    return hashes;
  }

  void unfinished() {
    std::string problem;
    const auto files = unfinished_files(store_, problem);
    if (!problem.empty()) found(FindingKind::unreadable, "", store_.temporary_folder(), problem);
    const bool writing = is_locked(folder_);
    for (const UnfinishedFile& file : files) {
      if (file.manifest) {
        for (const auto& object : file.manifest->files)
          pending_.insert(object.sha256);
      }
      if (writing && file.of_this_machine) continue;
      // A writer that has ended since then took it away.
      if (look_at(file.path).state == FileState::missing) continue;
      if (!file.known_shape) {
        found(FindingKind::stranger, "", file.path, tr("is not an object (put there by hand)"));
        continue;
      }
      report_.not_decided.push_back(
          {file.manifest ? file.manifest->number : "", file.path, state_of_unfinished(store_, file)});
    }
  }

  void certificates() {
    const std::string folder = certificates_folder(folder_);
    const ManifestListing listing = list_manifests(folder);
    if (!listing.problem.empty()) found(FindingKind::unreadable, "", folder, listing.problem);
    for (const ListedManifest& listed : listing.manifests)
      certificate(listed);
  }

  void certificate(const ListedManifest& listed) {
    const std::string number = listed.manifest ? listed.manifest->number : "";
    switch (listed.state) {
      case ManifestState::vanished:
        found(FindingKind::missing, "", listed.path, tr("was taken away while the archive was read"));
        return;
      case ManifestState::stranger:
        found(FindingKind::stranger, "", listed.path, listed.problem);
        return;
      case ManifestState::later:
        unread_manifests_ = true;
        report_.not_decided.push_back({"", listed.path, listed.problem});
        return;
      case ManifestState::unreadable:
        unread_manifests_ = true;
        found(FindingKind::unreadable, "", listed.path, listed.problem);
        return;
      case ManifestState::changed:
        unread_manifests_ = true;
        found(FindingKind::changed, "", listed.path, listed.problem);
        return;
      case ManifestState::other_name:
        // Its objects are looked at; it counts under its own name only.
        found(FindingKind::contradicts, number, listed.path, listed.problem);
        break;
      case ManifestState::invisible:
        found(FindingKind::contradicts, number, listed.path, listed.problem);
        ++report_.certificates;
        break;
      case ManifestState::good:
        ++report_.certificates;
        break;
    }
    std::set<std::string> whole;
    for (const ManifestFile& file : listed.manifest->files) {
      referenced_.insert(file.sha256);
      if (object(file, number)) whole.insert(file.sha256);
    }
    if (listed.state != ManifestState::other_name)
      compare_certificate(*listed.manifest, listed.path, store_, whole, report_);
  }

  const FileLook& look(const std::string& hash) {
    const auto found = looks_.find(hash);
    if (found != looks_.end()) return found->second;
    return looks_.emplace(hash, look_at(store_.path_of(hash))).first->second;
  }

  // Whether the object is what the manifest says.
  bool object(const ManifestFile& file, const std::string& number) {
    const std::string path = store_.path_of(file.sha256);
    const FileLook& seen = look(file.sha256);
    if (seen.state == FileState::missing) {
      found(FindingKind::missing, number, path,
            fmt::format(fmt::runtime(tr("{} ({}) is missing")), file.file_name, file.role));
    } else if (seen.state == FileState::unreadable) {
      found(FindingKind::unreadable, number, path, fmt::format("{} ({}): {}", file.file_name, file.role, seen.reason));
    } else if (seen.sha256 != file.sha256) {
      found(FindingKind::changed, number, path,
            fmt::format(fmt::runtime(tr("{} ({}) was changed: {} of {} bytes, its SHA-256 is not {}")), file.file_name,
                        file.role, seen.size, file.size, file.sha256));
    } else if (seen.size != file.size) {
      found(FindingKind::contradicts, number, path,
            fmt::format(fmt::runtime(tr("{} ({}) has {} bytes, the manifest says {}")), file.file_name, file.role,
                        seen.size, file.size));
    } else {
      return true;
    }
    return false;
  }

  void unreferenced(const std::string& hash) {
    ++report_.objects;
    if (referenced_.count(hash)) return;
    const std::string path = store_.path_of(hash);
    const FileLook& seen = look(hash);
    if (seen.state == FileState::missing) {  // a writer whose certificate was refused took it back
      --report_.objects;
    } else if (seen.state == FileState::unreadable) {
      found(FindingKind::unreadable, "", path, seen.reason);
    } else if (seen.sha256 != hash) {
      found(FindingKind::changed, "", path,
            tr("was changed: its content is not that of its name; no certificate refers to it"));
    } else if (!pending_.count(hash)) {
      found(
          FindingKind::not_referred_to, "", path,
          unread_manifests_
              ? tr("is whole; no certificate that can be read refers to it")
              : tr("is whole; no certificate refers to it: a manifest was taken away, or its filing was interrupted"));
    }
  }

  std::string folder_;
  ObjectStore store_;
  VerifyReport report_;
  std::map<std::string, FileLook> looks_;  // each object once, however many certificates name it
  std::set<std::string> referenced_;
  std::set<std::string> pending_;  // named by filings that are not at their end
  bool unread_manifests_ = false;
};

}  // namespace

VerifyReport verify_archive(const std::string& folder) {
  return Verification(folder).verify();
}

}  // namespace etalon::archive
