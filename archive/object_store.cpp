#include "archive/object_store.h"

#include <fmt/format.h>

#include <filesystem>

#include "archive/durable_file.h"
#include "archive/regular_file.h"
#include "base/error.h"
#include "base/language.h"
#include "base/sha256.h"

namespace etalon::archive {

using base::tr;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestObject = std::size_t{4} << 30;

}  // namespace

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

ObjectStore::ObjectStore(std::string root) : root_(std::move(root)) {}

std::string ObjectStore::path_of(const std::string& sha256) const {
  if (!is_sha256(sha256)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("\"{}\" is not a SHA-256 (64 lower-case hexadecimal digits)")), sha256));
  }
  return root_ + "/" + sha256.substr(0, 2) + "/" + sha256.substr(2);
}

std::string ObjectStore::put(std::string_view bytes, bool* created) const {
  std::string hash = base::sha256(bytes);
  const std::string path = path_of(hash);
  make_folders_durably(temporary_folder());
  make_folders_durably(fs::path(path).parent_path().string());
  const bool fresh = look_at(path).state == FileState::missing && create_durably(path, bytes, temporary_folder());
  if (created) *created = fresh;
  if (!fresh) get(hash);
  return hash;
}

std::string ObjectStore::get(const std::string& sha256) const {
  const std::string path = path_of(sha256);
  FileLook look;
  std::string bytes = read_regular_file(path, kLargestObject, look);
  if (look.state == FileState::missing) throw base::InputError(path + ": " + tr("the object is missing"));
  if (look.state == FileState::unreadable) throw base::InputError(path + ": " + look.reason);
  if (look.sha256 != sha256)
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{}: the object was changed: its SHA-256 is now {}")), path, look.sha256));
  return bytes;
}

}  // namespace etalon::archive
