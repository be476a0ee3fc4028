// Where PTB's schemas are at hand: $ETALON_DCC_SCHEMA, or the reference folder beside the repository.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace etalon::archive {

// Empty when there are none: the test then says "skipped: no schema".
inline std::string schema_folder() {
  const char* given = std::getenv("ETALON_DCC_SCHEMA");
  const std::string folder = given ? given : ETALON_SOURCE_DIR "/../shared/reference/dcc";
  return std::filesystem::exists(folder + "/catalog.xml") ? folder : std::string();
}

}  // namespace etalon::archive
