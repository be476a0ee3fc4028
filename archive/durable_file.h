// Files that appear whole or not at all, and never replace another.
#pragma once

#include <string>
#include <string_view>

namespace etalon::archive {

// Writes the bytes to a read-only file `path` through a temporary file in `temporary_folder` (same file system): fsync,
// then a link that fails when the name is taken, then fsync of the folder. Returns false, and changes nothing, when the
// name is taken. InputError with the path and the system's reason otherwise; the temporary file is then removed.
bool create_durably(const std::string& path, std::string_view bytes, const std::string& temporary_folder);

// A temporary file of this process in the folder, on the disk, and its path: HOST-PROCESS-COUNT and the suffix. HOST
// stands in it because several machines may share the folder.
std::string write_temporary(std::string_view bytes, const std::string& temporary_folder, const std::string& suffix);
// The second half of create_durably. The temporary name stays.
bool publish(const std::string& temporary, const std::string& path);
// Whether a file has such a name, and whether a process of this machine gave it.
bool is_temporary_name(const std::string& file_name);
bool is_own_temporary_name(const std::string& file_name);

// The bytes to a new file; InputError when the name is taken. Brought to the disk, its entry in the folder not yet.
void write_new_file(const std::string& path, std::string_view bytes, unsigned mode);
// The entries of a folder to the disk.
void sync_folder(const std::string& path);
// "." for a name without a folder.
std::string folder_of(const std::string& path);

// Folders up to `path`, each one's entry on the disk.
void make_folders_durably(const std::string& path);

}  // namespace etalon::archive
