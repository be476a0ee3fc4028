// SHA-256 as lower-case hexadecimal text (64 characters).
#pragma once

#include <string>
#include <string_view>

namespace etalon::base {

std::string sha256(std::string_view bytes);
// Streams the file; a file that cannot be read is an InputError with its path and the system's reason.
std::string sha256_file(const std::string& path);

}  // namespace etalon::base
