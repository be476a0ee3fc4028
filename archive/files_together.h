// Several files that appear together or not at all.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etalon::archive {

// Files that belong together, (path, bytes): each is written in full beside its place before the first one is put
// there, so that a full disk leaves the old ones, all of them. InputError when one cannot be written.
class FilesTogether {
 public:
  explicit FilesTogether(const std::vector<std::pair<std::string, std::string_view>>& files);
  ~FilesTogether();
  FilesTogether(const FilesTogether&) = delete;
  FilesTogether& operator=(const FilesTogether&) = delete;
  // Puts them in their places; when one cannot be, those before it are put back.
  void put_in_place();

 private:
  struct Staged {
    std::string path, temporary;
    std::string earlier;   // second name of what stood there
    bool was_new = false;  // nothing stood there
  };
  std::vector<Staged> staged_;
};

}  // namespace etalon::archive
