#include "archive/files_together.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "archive/durable_file.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

// The permissions that the umask leaves a new file: certificates are given to people.
unsigned mode_of_new_files() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

FilesTogether::FilesTogether(const std::vector<std::pair<std::string, std::string_view>>& files) {
  try {
    for (const auto& [path, bytes] : files) {
      const std::string folder = folder_of(path);
      make_folders_durably(folder);
      const std::string name = std::filesystem::path(path).filename().string();
      staged_.push_back({path, fmt::format("{}/.{}.{}.part", folder, name, getpid()), {}, false});
      unlink(staged_.back().temporary.c_str());
      write_new_file(staged_.back().temporary, bytes, mode_of_new_files());
    }
  } catch (...) {
    for (const auto& file : staged_)
      unlink(file.temporary.c_str());
    throw;
  }
}

FilesTogether::~FilesTogether() {
  for (const auto& file : staged_) {
    unlink(file.temporary.c_str());
    if (!file.earlier.empty()) unlink(file.earlier.c_str());
  }
}

void FilesTogether::put_in_place() {
  // What stood there before keeps a second name until all are in their places.
  for (auto& file : staged_) {
    const std::string second = file.temporary + ".earlier";
    unlink(second.c_str());
    if (link(file.path.c_str(), second.c_str()) == 0) {
      file.earlier = second;
    } else {
      file.was_new = errno == ENOENT;
    }
  }
  for (std::size_t i = 0; i < staged_.size(); ++i) {
    if (rename(staged_[i].temporary.c_str(), staged_[i].path.c_str()) == 0) continue;
    const int error = errno;
    for (std::size_t j = 0; j < i; ++j) {
      if (staged_[j].was_new) {
        unlink(staged_[j].path.c_str());
      } else if (!staged_[j].earlier.empty()) {
        rename(staged_[j].earlier.c_str(), staged_[j].path.c_str());
      }
    }
    throw base::InputError(staged_[i].path + ": " + tr("cannot be written") + ": " +
                           std::generic_category().message(error));
  }
  std::string synced;
  for (const auto& file : staged_) {
    const std::string folder = folder_of(file.path);
    if (folder != synced) sync_folder(folder);
    synced = folder;
  }
}

}  // namespace etalon::archive
