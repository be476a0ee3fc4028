// The laboratory file: how it stands on certificates (configs/laboratory.toml).
#pragma once

#include <string>
#include <vector>

#include "archive/certificate.h"

namespace etalon::archive {

struct Laboratory {
  Contact contact;
  LocalText place;  // where calibrations are done when nothing else is said
  std::vector<Person> persons;
};

// FileError says where.
Laboratory parse_laboratory(const std::string& text, const std::string& file_name);

}  // namespace etalon::archive
