// The driver files of the repository, parsed once.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "drivers/driver_file.h"

namespace etalon::fuzz {

inline const std::vector<drivers::DriverFile>& shipped_drivers() {
  static const std::vector<drivers::DriverFile> drivers = [] {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(ETALON_SOURCE_DIR) + "/configs/drivers"))
      if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
    std::sort(paths.begin(), paths.end());
    std::vector<drivers::DriverFile> files;
    for (const std::string& path : paths)
      files.push_back(drivers::read_driver_file(path));
    return files;
  }();
  return drivers;
}

}  // namespace etalon::fuzz
