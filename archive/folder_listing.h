// The names in a folder, also where it cannot be read.
#pragma once

#include <string>
#include <vector>

namespace etalon::archive {

struct FolderListing {
  std::vector<std::string> names;  // sorted, without "." and ".."
  bool missing = false;
  std::string problem;  // why it cannot be listed, or is no folder (a link is none); empty when it could
};

FolderListing list_folder(const std::string& path);

}  // namespace etalon::archive
