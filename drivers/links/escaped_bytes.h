// Bytes of an instrument as printable ASCII text, and exactly back: \n \r \t \\ \" and \xNN, all else as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace etalon::drivers {

std::string escape_bytes(std::string_view bytes);
// InputError names the position of an escape that is not one of the above.
std::string unescape_bytes(std::string_view text);
// For messages: escaped and, beyond `limit` bytes, shortened to its beginning, "… (N bytes)".
std::string printable(std::string_view bytes, std::size_t limit = 200);

}  // namespace etalon::drivers
