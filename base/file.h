// Whole files: read with a size limit, written so that a crash leaves the old file or the new one, never a part.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace etalon::base {

// InputError with the path and the system's reason; larger than `limit` bytes is an error too.
std::string read_file(const std::string& path, std::size_t limit = 64u << 20);
// Temporary file beside it, fsync, rename, fsync of the folder. Missing parent folders are made.
void write_file_atomically(const std::string& path, std::string_view bytes);

// Files that a person names on the command line; "-" is standard input or standard output.
std::string read_file_or_standard_input(const std::string& path, std::size_t limit = 64u << 20);
// As write_file_atomically, but a link is followed, a device or pipe is written to and not replaced, and a folder that
// is not there is an error, since it may be a slip of the keyboard. So may a file that is there and of another kind,
// such as a run or a model: it is an error, too, and the file stays.
void write_file_or_standard_output(const std::string& path, std::string_view bytes);

}  // namespace etalon::base
