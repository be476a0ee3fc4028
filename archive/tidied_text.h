// Texts as an XML document carries them: blanks at the ends removed, runs of blanks one.
#pragma once

#include <string>
#include <string_view>

namespace etalon::archive {

std::string tidied(std::string_view text);

}  // namespace etalon::archive
