#pragma once

namespace etalon::app {

// As records and certificates name it. ETALON_VERSION comes from CMakeLists.txt.
inline constexpr const char* software_version = ETALON_VERSION;
inline constexpr const char* software_name = "etalon " ETALON_VERSION;

}  // namespace etalon::app
