#include "archive/object_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "archive/durable_file.h"
#include "base/error.h"
#include "base/file.h"
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

ObjectStore::ObjectStore(std::string root) : root_(std::move(root)) {
  make_folders_durably(root_ + "/tmp");
}

std::string ObjectStore::path_of(const std::string& sha256) const {
  if (!is_sha256(sha256)) {
    throw base::InputError(
        fmt::format(fmt::runtime(tr("\"{}\" is not a SHA-256 (64 lower-case hexadecimal digits)")), sha256));
  }
  return root_ + "/" + sha256.substr(0, 2) + "/" + sha256.substr(2);
}

std::string ObjectStore::put(std::string_view bytes) const {
  std::string hash = base::sha256(bytes);
  const std::string path = path_of(hash);
  make_folders_durably(fs::path(path).parent_path().string());
  if (!fs::exists(path) && create_durably(path, bytes, root_ + "/tmp")) return hash;
  get(hash);
  return hash;
}

std::string ObjectStore::get(const std::string& sha256) const {
  const std::string path = path_of(sha256);
  if (!fs::exists(path)) throw base::InputError(path + ": " + tr("the object is missing"));
  std::string bytes = base::read_file(path, kLargestObject);
  const std::string found = base::sha256(bytes);
  if (found != sha256)
    throw base::InputError(
        fmt::format(fmt::runtime(tr("{}: the object was changed: its SHA-256 is now {}")), path, found));
  return bytes;
}

bool ObjectStore::contains(const std::string& sha256) const {
  return fs::exists(path_of(sha256));
}

std::vector<std::string> ObjectStore::list() const {
  std::vector<std::string> hashes;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (!entry.is_regular_file()) continue;
    const auto relative = entry.path().lexically_relative(root_);
    const std::string hash = relative.parent_path().string() + relative.filename().string();
    if (is_sha256(hash) && entry.path() == fs::path(path_of(hash))) hashes.push_back(hash);
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

std::vector<std::string> ObjectStore::strangers() const {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (entry.is_directory()) continue;
    const auto relative = entry.path().lexically_relative(root_);
    const std::string hash = relative.parent_path().string() + relative.filename().string();
    if (!entry.is_regular_file() || !is_sha256(hash) || entry.path() != fs::path(path_of(hash))) {
      paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace etalon::archive
