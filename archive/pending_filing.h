// A certificate that is being filed. Its manifest lies in store/tmp before the first object is written and until it
// stands under certificates/: whoever finds objects that no certificate refers to can tell a filing that is going on,
// or was interrupted, from a manifest that was taken away.
#pragma once

#include <optional>
#include <set>
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
  std::string text;                  // of that manifest
};
// Sorted by path. `problem` says why the folder cannot be listed (empty when it can, or when there is none).
std::vector<UnfinishedFile> unfinished_files(const ObjectStore& objects, std::string& problem);

// Whether every object that the manifest names is there and is what it says.
bool has_all_objects(const ObjectStore& objects, const Manifest& manifest);

// What it is and what becomes of it, in a sentence.
std::string state_of_unfinished(const ObjectStore& objects, const UnfinishedFile& file);

struct SettledFilings {
  std::set<std::string> completed;  // numbers
  bool left = false;                // a pending filing of this machine stays
};
// Settles what interrupted writers of this machine left in store/tmp; the caller holds the archive's lock, so that none
// of them is alive. A filing whose objects are all there is completed: its manifest gets its place. Of one that is not
// whole, objects are taken away when they were written for it, that is, after its manifest was put into store/tmp, and
// no other certificate refers to them. A manifest that came there later was moved by someone: it stays, with its
// objects. So does every filing as long as a manifest cannot be read: an object might be its.
SettledFilings settle_interrupted(const ObjectStore& objects, const std::string& certificates_folder);

}  // namespace etalon::archive
