#include "archive/folder_listing.h"

#include <dirent.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

#include "archive/regular_file.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

FolderListing list_folder(const std::string& path) {
  FolderListing listing;
  listing.problem = reason_not_a_folder(path, listing.missing);
  if (!listing.problem.empty()) return listing;
  const auto cannot = [&](int error) {
    listing.missing = error == ENOENT;
    listing.problem = fmt::format(fmt::runtime(tr("cannot be read: {}")), std::generic_category().message(error));
  };
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
  if (!folder) {
    cannot(errno);
    return listing;
  }
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(folder.get());
    if (!entry) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") listing.names.emplace_back(name);
  }
  if (errno != 0) cannot(errno);
  std::sort(listing.names.begin(), listing.names.end());
  return listing;
}

}  // namespace etalon::archive
