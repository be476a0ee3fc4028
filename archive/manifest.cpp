#include "archive/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "archive/object_store.h"
#include "base/error.h"
#include "base/language.h"
#include "base/sha256.h"
#include "base/visible_text.h"

namespace etalon::archive {

using base::tr;

namespace {

using nlohmann::json;  // objects are std::map: sorted keys

json to_json(const Manifest& manifest) {
  json files = json::array();
  for (const auto& file : manifest.files) {
    files.push_back({{"role", file.role},
                     {"file_name", file.file_name},
                     {"media_type", file.media_type},
                     {"size", file.size},
                     {"sha256", file.sha256}});
  }
  return {{"format", kManifestFormat},           {"number", manifest.number},
          {"status", manifest.status},           {"begin_date", manifest.begin_date},
          {"end_date", manifest.end_date},       {"issue_date", manifest.issue_date},
          {"item_serial", manifest.item_serial}, {"files", files}};
}

}  // namespace

std::string write_manifest(const Manifest& manifest) {
  json document = to_json(manifest);
  try {
    document["manifest_sha256"] = base::sha256(document.dump());
    return document.dump() + "\n";
  } catch (const json::exception&) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("the manifest of certificate {} holds text that is not UTF-8")), manifest.number));
  }
}

int manifest_format(std::string_view bytes) {
  json document = json::parse(bytes, nullptr, false);
  if (!document.is_object() || !document.contains("format") || !document["format"].is_number_integer()) return 0;
  const int format = document["format"].get<int>();
  const json stated = document.value("manifest_sha256", json());
  document.erase("manifest_sha256");
  return stated == base::sha256(document.dump()) ? format : 0;
}

Manifest read_manifest(std::string_view bytes, const std::string& name) {
  try {
    const json document = json::parse(bytes);
    const int format = document.at("format").get<int>();
    if (format != kManifestFormat) {
      throw base::FileError(
          {name}, fmt::format(fmt::runtime(tr("is of format {}, this program reads {}; use a later etalon")), format,
                              kManifestFormat));
    }
    Manifest manifest;
    manifest.number = document.at("number").get<std::string>();
    manifest.status = document.at("status").get<std::string>();
    manifest.begin_date = document.at("begin_date").get<std::string>();
    manifest.end_date = document.at("end_date").get<std::string>();
    manifest.issue_date = document.at("issue_date").get<std::string>();
    manifest.item_serial = document.at("item_serial").get<std::string>();
    for (const auto& file : document.at("files")) {
      manifest.files.push_back({file.at("role").get<std::string>(), file.at("file_name").get<std::string>(),
                                file.at("media_type").get<std::string>(), file.at("size").get<std::uint64_t>(),
                                file.at("sha256").get<std::string>()});
      if (!is_sha256(manifest.files.back().sha256)) {
        throw base::FileError({name},
                              fmt::format(fmt::runtime(tr("\"{}\" is not a SHA-256")), manifest.files.back().sha256));
      }
    }
    if (write_manifest(manifest) != bytes) {
      throw base::FileError({name}, tr("was changed: it is not what its own SHA-256 says"));
    }
    return manifest;
  } catch (const json::exception& e) {
    throw base::FileError({name}, fmt::format(fmt::runtime(tr("is not a manifest: {}")), e.what()));
  }
}

std::optional<std::string> fault_of_file_names(const Manifest& manifest) {
  std::set<std::string> names;
  for (const ManifestFile& file : manifest.files) {
    const std::string& name = file.file_name;
    if (name.empty()) return fmt::format(fmt::runtime(tr("the file of the role {} has no name")), file.role);
    if (name == "." || name == ".." || name.find_first_of("/\\") != std::string::npos) {
      return fmt::format(fmt::runtime(tr("\"{}\" is no name of a file in a folder: it leads elsewhere")),
                         base::visible_line(name));
    }
    if (!names.insert(name).second)
      return fmt::format(fmt::runtime(tr("two files have the name \"{}\"")), base::visible_line(name));
  }
  return std::nullopt;
}

}  // namespace etalon::archive
