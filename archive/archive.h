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

// The name of a number's manifest in the folder certificates/: one for each number.
std::string manifest_file_name(const std::string& number);

class Archive {
 public:
  // Opens the archive, or makes an empty one where there is no folder, an empty one, or one whose making was
  // interrupted. FileError when the folder is something else, or an archive of a later format.
  static Archive open_or_create(const std::string& folder);
  // Writes nothing; nor does anything else here but `add`.
  static Archive open(const std::string& folder);

  // Objects first, manifest last: after a crash the certificate is there whole or not at all, and adding it again
  // completes it. Returns false when the same content was there already. RefusedError when the number is taken by other
  // content; InputError when the entry has no DCC, or the DCC is of another number, or the disk is full. Then nothing
  // that it wrote is left behind. One writer at a time; others wait. What an interrupted one left is cleared.
  bool add(const ArchiveEntry& entry) const;

  std::vector<std::string> numbers() const;  // sorted; those of good manifests, see manifest_listing.h
  Manifest manifest(const std::string& number) const;
  // The first file of that role, verified. InputError when there is none.
  std::string file(const std::string& number, const std::string& role) const;

  const ObjectStore& objects() const { return objects_; }
  std::string manifest_path(const std::string& number) const;

 private:
  explicit Archive(std::string folder);
  std::string folder_;
  ObjectStore objects_;
};

}  // namespace etalon::archive
