// One writer at a time in a folder.
#pragma once

#include <string>

namespace etalon::archive {

// Held by whoever writes in a folder, among the processes of this machine; given back when the process ends, however
// it ends. Waits for its turn.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  // False on a file system that knows no locks: then others may be writing, too.
  bool held() const { return held_; }

 private:
  int descriptor_ = -1;
  bool held_ = false;
};
// Whether somebody holds it now; does not wait and changes nothing.
bool is_locked(const std::string& folder);

}  // namespace etalon::archive
