// Files that appear whole or not at all, and never replace another.
#pragma once

#include <string>
#include <string_view>

namespace etalon::archive {

// Writes the bytes to a read-only file `path` through a temporary file in `temporary_folder` (same file system): fsync,
// then a link that fails when the name is taken, then fsync of the folder. Returns false, and changes nothing, when the
// name is taken. InputError with the path and the system's reason otherwise; the temporary file is then removed.
bool create_durably(const std::string& path, std::string_view bytes, const std::string& temporary_folder);

// Removes temporary files of create_durably whose process on this machine is gone.
void remove_abandoned(const std::string& temporary_folder);

// Folders up to `path`, each one's entry on the disk.
void make_folders_durably(const std::string& path);

}  // namespace etalon::archive
