// Files named by their SHA-256: what is stored once is never changed, and any change shows.
#pragma once

#include <string>
#include <string_view>

namespace etalon::archive {

// The folder `root` holds ab/cdef… (the first two digits of the hash, then the others), each file read-only, and
// unfinished files under tmp/. Several processes may write at once. Only `put` makes folders or writes.
class ObjectStore {
 public:
  explicit ObjectStore(std::string root);

  // Stores the bytes and returns their SHA-256 once they are on the disk (temporary file, fsync, rename, fsync of the
  // folder). Bytes that are there already are compared, not written again (then `created` is false); a damaged object
  // of that name is an InputError.
  std::string put(std::string_view bytes, bool* created = nullptr) const;
  // The bytes, verified. InputError when there is no such object, or when its content is not that of its name.
  std::string get(const std::string& sha256) const;
  bool contains(const std::string& sha256) const;
  std::string path_of(const std::string& sha256) const;
  std::string temporary_folder() const { return root_ + "/tmp"; }
  const std::string& root() const { return root_; }

 private:
  std::string root_;
};

// 64 lower-case hexadecimal digits.
bool is_sha256(const std::string& text);

}  // namespace etalon::archive
