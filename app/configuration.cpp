#include "app/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/error.h"

namespace etalon::app {

namespace fs = std::filesystem;

namespace {

fs::path program_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// Installed: PREFIX/bin/etalon, PREFIX/share/…
fs::path share_folder() {
  return program_folder().parent_path() / "share";
}

}  // namespace

std::string configs_folder(const std::string& given) {
  const auto required = [](const std::string& folder, const char* from) {
    if (!fs::is_directory(folder)) {
      throw base::InputError(fmt::format("{}: there is no such folder (given by {})", folder, from));
    }
    return folder;
  };
  if (!given.empty()) return required(given, "--configs");
  if (const char* variable = std::getenv("ETALON_CONFIGS"); variable && *variable)
    return required(variable, "ETALON_CONFIGS");
  if (fs::is_directory("configs/drivers")) return "configs";
  // Installed, or run from a build folder two levels below the sources (build/PRESET/app/etalon).
  for (const fs::path& folder : {share_folder() / "etalon" / "configs", program_folder() / "../../../configs"}) {
    if (fs::is_directory(folder / "drivers")) return fs::weakly_canonical(folder).string();
  }
  throw base::InputError(
      "no configurations found: give --configs DIR, set ETALON_CONFIGS, or start where ./configs is");
}

std::string configuration_path(const std::string& configs, const std::string& kind, const std::string& name) {
  const fs::path in_folder = fs::path(configs) / kind / (name + ".toml");
  if (name.find('/') == std::string::npos && fs::exists(in_folder)) return in_folder.string();
  if (fs::is_regular_file(name)) return name;
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(configs) / kind, error)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  throw base::InputError(fmt::format("'{}' is neither a file nor one of {}: {}", name,
                                     (fs::path(configs) / kind).string(), fmt::join(names, ", ")));
}

}  // namespace etalon::app
