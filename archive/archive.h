// The archive of certificates: a folder that holds everything a certificate was made from, and shows any later change.
// Its layout is described in archive/README.md.
#pragma once

#include <string>
#include <vector>

#include "archive/certificate.h"
#include "archive/manifest.h"
#include "archive/object_store.h"

namespace etalon::archive {

struct ArchiveFile {
  std::string role;
  std::string file_name;
  std::string media_type;
  std::string bytes;
};

struct ArchiveEntry {
  std::string number;
  std::string status;
  std::string begin_date;
  std::string end_date;
  std::string issue_date;
  std::string item_serial;
  std::vector<ArchiveFile> files;  // one of role "dcc" at least
};

// The entry's head from the certificate; files are added by the caller.
ArchiveEntry archive_entry(const Certificate& certificate);
std::string status_word(CertificateStatus status);  // "draft", "simulated", "issued"

enum class FindingKind {
  missing_object,
  changed_object,  // including truncated ones
  unreferenced_object,
  bad_manifest,     // unreadable, changed, or under another certificate's name
  unfinished_file,  // left by an interrupted write, or a stranger in the store
  dcc_mismatch,     // the DCC object is not of this certificate, or the PDF's attachment is another DCC
  bad_archive,      // archive.json is missing or unreadable
};

struct Finding {
  FindingKind kind;
  std::string certificate;  // number; empty where it concerns none
  std::string path;
  std::string message;
};

struct VerifyReport {
  std::size_t certificates = 0;
  std::size_t objects = 0;
  std::vector<Finding> findings;
  bool ok() const { return findings.empty(); }
};

class Archive {
 public:
  // Opens the archive, or makes an empty one where there is no folder or an empty one. FileError when the folder is
  // something else, or an archive of a later format.
  static Archive open_or_create(const std::string& folder);
  static Archive open(const std::string& folder);

  // Objects first, manifest last: after a crash the certificate is there whole or not at all, and adding it again
  // completes it. Returns false when the same content was there already. RefusedError when the number is taken by other
  // content. InputError when the entry has no DCC, or the DCC is of another number.
  bool add(const ArchiveEntry& entry) const;

  std::vector<std::string> numbers() const;  // sorted; manifests that cannot be read are left out, see verify
  Manifest manifest(const std::string& number) const;
  // The first file of that role, verified. InputError when there is none.
  std::string file(const std::string& number, const std::string& role) const;

  // Reads and recomputes everything.
  VerifyReport verify() const;

  const ObjectStore& objects() const { return objects_; }
  std::string manifest_path(const std::string& number) const;

 private:
  explicit Archive(std::string folder);
  std::string folder_;
  ObjectStore objects_;
};

}  // namespace etalon::archive
