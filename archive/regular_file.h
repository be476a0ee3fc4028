// Looking at a file that may be anything: what stands under a name in an archive, told apart without being trusted.
#pragma once

#include <cstdint>
#include <string>

namespace etalon::archive {

enum class FileState {
  read,        // a regular file, read to its end
  missing,     // there is no such name
  unreadable,  // no permission, an error of the disk, a link, a folder, a pipe, a device: `reason` says which
};

struct FileLook {
  FileState state = FileState::missing;
  std::string reason;  // the system's words, or what it is instead of a file
  std::uint64_t size = 0;
  std::string sha256;  // of what was read
};

// Reads the file and nothing else: links are not followed, pipes not waited for, nothing is created or changed.
FileLook look_at(const std::string& path);

// Its bytes; `look` says why when there are none (then empty). More than `limit` bytes are unreadable.
std::string read_regular_file(const std::string& path, std::size_t limit, FileLook& look);

// What a name is instead of a folder: empty for a folder itself (a link to one is none), the reason otherwise.
std::string reason_not_a_folder(const std::string& path, bool& missing);

}  // namespace etalon::archive
