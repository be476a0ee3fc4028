// What the tests of the archive share: a folder of their own, and looks at a report.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "archive/verify_report.h"

namespace etalon::archive {

// An empty place of its own, gone afterwards.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "etalon-archive-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

inline void overwrite(const std::string& path, const std::string& bytes) {
  std::filesystem::permissions(path, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline std::set<FindingKind> kinds(const VerifyReport& report) {
  std::set<FindingKind> found;
  for (const auto& finding : report.findings)
    found.insert(finding.kind);
  return found;
}

// Everything that was said, for INFO.
inline std::string said(const VerifyReport& report) {
  std::string text;
  for (const auto& finding : report.findings)
    text += finding.path + ": " + finding.message + " (" + finding.certificate + ")\n";
  for (const auto& one : report.not_decided)
    text += one.path + ": not decided: " + one.message + " (" + one.certificate + ")\n";
  return text;
}

}  // namespace etalon::archive
