// Countries by their two letters.
#pragma once

#include <string_view>

namespace etalon::archive {

// Officially assigned in ISO 3166-1 (alpha-2, capital letters); the DCC's schema knows no others.
bool is_country_code(std::string_view code);

}  // namespace etalon::archive
