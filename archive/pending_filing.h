// A certificate that is being filed. Its manifest lies in store/tmp before the first object is written and until it
// stands under certificates/: whoever finds objects that no certificate refers to can tell a filing that is going on,
// or was interrupted, from a manifest that was taken away.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "archive/manifest.h"
#include "archive/object_store.h"

namespace etalon::archive {

class PendingFiling {
 public:
  PendingFiling(const ObjectStore& objects, const std::string& manifest_text);
  ~PendingFiling();
  PendingFiling(const PendingFiling&) = delete;
  PendingFiling& operator=(const PendingFiling&) = delete;

  // The manifest to its place; false when the name is taken.
  bool publish_as(const std::string& path) const;

 private:
  std::string temporary_;
};

// A file of store/tmp.
struct UnfinishedFile {
  std::string path;
  bool known_shape = false;  // as a writer names them; a stranger otherwise
  bool of_this_machine = false;
  std::optional<Manifest> manifest;  // of a pending filing
};
// Sorted by path. `problem` says why the folder cannot be listed (empty when it can, or when there is none).
std::vector<UnfinishedFile> unfinished_files(const ObjectStore& objects, std::string& problem);

// Clears what interrupted writers of this machine left in store/tmp, with the objects of their filings that no other
// certificate refers to. The caller holds the archive's lock, so that none of them is alive. Does nothing to a filing
// as long as a manifest cannot be read: an object might be its.
void clear_interrupted(const ObjectStore& objects, const std::string& certificates_folder);

}  // namespace etalon::archive
