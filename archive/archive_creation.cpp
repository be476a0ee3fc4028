#include "archive/archive_creation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <vector>

#include "archive/durable_file.h"
#include "archive/folder_listing.h"
#include "archive/folder_lock.h"
#include "archive/regular_file.h"
#include "base/error.h"
#include "base/file.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestDescription = 1u << 20;

bool is_empty_folder(const std::string& path) {
  const FolderListing listing = list_folder(path);
  return listing.problem.empty() && listing.names.empty();
}

std::string description_text() {
  return nlohmann::json{{"archive", "etalon"}, {"format", kArchiveFormat}}.dump() + "\n";
}

// An archive.json of which only a beginning reached the disk.
bool is_begun_description(const std::string& path) {
  FileLook look;
  const std::string text = read_regular_file(path, kLargestDescription, look);
  return look.state == FileState::read && text != description_text() && description_text().starts_with(text) &&
         text + "\n" != description_text();
}

// The parts of archive.json that writers of base/file.h left; nullopt when the folder holds anything else.
std::optional<std::vector<std::string>> parts_of_unfinished_archive(const std::string& folder) {
  static const std::regex part("archive[.]json[.][0-9]+-[0-9]+[.]part");
  std::vector<std::string> parts;
  const FolderListing listing = list_folder(folder);
  if (!listing.problem.empty()) return std::nullopt;
  for (const std::string& name : listing.names) {
    const std::string path = folder + "/" + name;
    if ((std::regex_match(name, part) && fs::is_regular_file(fs::symlink_status(path))) ||
        (path == description_path(folder) && is_begun_description(path))) {
      parts.push_back(path);
    } else if (name == "store") {
      const FolderListing store = list_folder(path);
      if (!store.problem.empty()) return std::nullopt;
      for (const std::string& below : store.names) {
        if (below != "tmp" || !is_empty_folder(path + "/tmp")) return std::nullopt;
      }
    } else if (name != "certificates" || !is_empty_folder(path)) {
      return std::nullopt;
    }
  }
  return parts;
}

}  // namespace

std::string description_path(const std::string& folder) {
  return folder + "/archive.json";
}

std::string certificates_folder(const std::string& folder) {
  return folder + "/certificates";
}

std::string store_folder(const std::string& folder) {
  return folder + "/store";
}

int described_format(const std::string& text, const std::string& path) {
  try {
    const auto document = nlohmann::json::parse(text);
    if (document.at("archive") != "etalon" || !document.at("format").is_number_integer() ||
        document.at("format").get<int>() < 1) {
      throw base::FileError({path}, tr("is not an etalon archive's description"));
    }
    return document.at("format").get<int>();
  } catch (const nlohmann::json::exception& e) {
    throw base::FileError({path},
                          fmt::format(fmt::runtime(tr("is not an etalon archive's description: {}")), e.what()));
  }
}

void check_description(const std::string& folder) {
  const std::string path = description_path(folder);
  FileLook look;
  const std::string text = read_regular_file(path, kLargestDescription, look);
  if (look.state == FileState::missing) {
    throw base::FileError({folder}, tr("is not an archive: there is no archive.json in it"));
  }
  if (look.state == FileState::unreadable) throw base::FileError({path}, look.reason);
  const int format = described_format(text, path);
  if (format > kArchiveFormat) {
    throw base::FileError(
        {path}, fmt::format(fmt::runtime(tr("the archive is of format {}, this program knows {}; use a later etalon")),
                            format, kArchiveFormat));
  }
}

bool is_unfinished_archive(const std::string& folder) {
  return !is_empty_folder(folder) && parts_of_unfinished_archive(folder).has_value();
}

void make_archive(const std::string& folder) {
  const auto there = [&] {
    return look_at(description_path(folder)).state != FileState::missing &&
           !is_begun_description(description_path(folder));
  };
  const auto refuse = [&] {
    throw base::FileError({folder}, tr("holds other files and no archive.json; give an empty folder or an archive"));
  };
  std::error_code ignored;
  if (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored)) refuse();
  if (there()) return;
  make_folders_durably(folder);
  // Of several processes that find no archive, one makes it.
  const FolderLock lock(folder);
  if (there()) return;
  const auto parts = parts_of_unfinished_archive(folder);
  if (!parts) {
    if (there()) return;  // without locks another process may just have made it
    refuse();
  }
  if (lock.held()) {
    for (const std::string& path : *parts)
      unlink(path.c_str());
  }
  make_folders_durably(store_folder(folder) + "/tmp");
  make_folders_durably(certificates_folder(folder));
  // Last: a folder with this file is an archive.
  base::write_file_atomically(description_path(folder), description_text());
}

}  // namespace etalon::archive
