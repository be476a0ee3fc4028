// What belongs to one certificate in the archive: canonical JSON, one file a certificate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::archive {

// The roles of files. Others are allowed; these have a meaning for `verify`.
inline constexpr const char* kRoleDcc = "dcc";
inline constexpr const char* kRolePdf = "certificate";
inline constexpr const char* kRoleResults = "results";
inline constexpr const char* kRoleRun = "run";

struct ManifestFile {
  std::string role;       // "dcc", "certificate", "run", "results", …
  std::string file_name;  // "certificate.xml"
  std::string media_type;
  std::uint64_t size = 0;
  std::string sha256;
};

struct Manifest {
  std::string number;
  std::string status;  // "draft", "simulated", "issued"
  std::string begin_date;
  std::string end_date;
  std::string issue_date;
  std::string item_serial;
  std::vector<ManifestFile> files;
};

inline constexpr int kManifestFormat = 1;
inline constexpr const char* kManifestSuffix = ".json";  // of its file

// Keys sorted, no blanks, one line; with "format" and "manifest_sha256", the SHA-256 of the same line without that
// member, so that a changed character shows even where the JSON stays readable.
std::string write_manifest(const Manifest& manifest);
// The member "format" of a text that is what its own SHA-256 says; 0 where it is not.
int manifest_format(std::string_view bytes);
// FileError with `name` when it is not exactly what write_manifest would write, or of a later format.
Manifest read_manifest(std::string_view bytes, const std::string& name);

// What is wrong with the names of its files: they are names in one folder, so none is empty, leads elsewhere or stands
// twice.
std::optional<std::string> fault_of_file_names(const Manifest& manifest);

}  // namespace etalon::archive
