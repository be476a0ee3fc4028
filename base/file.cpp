#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "base/error.h"
#include "base/language.h"

namespace etalon::base {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  // Closes now; false with errno set when the system reports a write error only here.
  bool close() {
    const int closing = number_;
    number_ = -1;
    return ::close(closing) == 0;
  }

 private:
  int number_;
};

[[noreturn]] void refuse_read(const std::string& path, const std::string& why) {
  throw InputError(fmt::format(fmt::runtime(tr("cannot read '{}': {}")), path, why));
}

[[noreturn]] void refuse_write(const std::string& path, int error) {
  throw InputError(
      fmt::format(fmt::runtime(tr("cannot write '{}': {}")), path, std::generic_category().message(error)));
}

int open_again(const char* path, int flags, mode_t mode = 0) {
  int number;
  do {
    number = ::open(path, flags | O_CLOEXEC, mode);
  } while (number < 0 && errno == EINTR);
  return number;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

enum class Content { nothing, json, drawing, xml, pdf, hdf5, text };

Content content_of(std::string_view bytes) {
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (bytes.starts_with("\x89HDF")) return Content::hdf5;
  if (bytes.starts_with("%PDF")) return Content::pdf;
  if (first == std::string_view::npos) return Content::nothing;
  if (bytes[first] == '{') return Content::json;
  if (bytes[first] == '<') return bytes.find("<svg") != std::string_view::npos ? Content::drawing : Content::xml;
  return Content::text;
}

// A run, a certificate or a model named by mistake as the place for a result.
void require_same_kind(const std::string& path, std::string_view bytes) {
  const Descriptor file(open_again(path.c_str(), O_RDONLY));
  if (file.number() < 0) return;  // not there; what else may be wrong shows when it is written
  std::string beginning(4096, '\0');
  const ssize_t size = ::read(file.number(), beginning.data(), beginning.size());
  if (size <= 0) return;
  beginning.resize(static_cast<std::size_t>(size));
  const Content there = content_of(beginning);
  if (there == Content::nothing || there == content_of(bytes.substr(0, 4096))) return;
  throw InputError(fmt::format(
      fmt::runtime(tr("'{}' is there and holds something else; it is not replaced. Give another name")), path));
}

}  // namespace

std::string read_file(const std::string& path, std::size_t limit) {
  const Descriptor file(open_again(path.c_str(), O_RDONLY));
  if (file.number() < 0) refuse_read(path, std::generic_category().message(errno));
  std::string bytes;
  std::string block(1 << 16, '\0');
  for (;;) {
    const ssize_t size = ::read(file.number(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) refuse_read(path, std::generic_category().message(errno));
    if (size == 0) return bytes;
    if (static_cast<std::size_t>(size) > limit - bytes.size()) {
      refuse_read(path, fmt::format(fmt::runtime(tr("it is larger than {} bytes")), limit));
    }
    bytes.append(block, 0, static_cast<std::size_t>(size));
  }
}

void write_file_atomically(const std::string& path, std::string_view bytes) {
  const std::filesystem::path target(path);
  const std::string folder = target.has_parent_path() ? target.parent_path().string() : ".";
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  if (made) refuse_write(path, made.value());

  // A name of our own instead of mkstemp, so that the umask decides who may read the file.
  static std::atomic<unsigned> counter{0};
  std::string temporary;
  int number = -1;
  do {
    temporary = fmt::format("{}.{}-{}.part", path, ::getpid(), counter++);
    number = open_again(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
  } while (number < 0 && errno == EEXIST);
  if (number < 0) refuse_write(path, errno);

  Descriptor file(number);
  const bool written = write_all(file.number(), bytes) && ::fsync(file.number()) == 0 && file.close() &&
                       std::rename(temporary.c_str(), path.c_str()) == 0;
  if (!written) {
    const int error = errno;
    ::unlink(temporary.c_str());
    refuse_write(path, error);
  }
  const Descriptor parent(open_again(folder.c_str(), O_RDONLY | O_DIRECTORY));
  // Some file systems cannot sync a folder (EINVAL); the rename itself is done by then.
  if (parent.number() < 0 || (::fsync(parent.number()) != 0 && errno != EINVAL)) refuse_write(path, errno);
}

std::string read_file_or_standard_input(const std::string& path, std::size_t limit) {
  if (path != "-") return read_file(path, limit);
  std::string text;
  std::array<char, 65536> block;
  while (std::cin.read(block.data(), static_cast<std::streamsize>(block.size())) || std::cin.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > limit) {
      throw InputError(
          fmt::format(fmt::runtime(tr("standard input is larger than the {} bytes that are allowed")), limit));
    }
  }
  return text;
}

void write_file_or_standard_output(const std::string& path, std::string_view bytes) {
  if (path != "-") {
    namespace fs = std::filesystem;
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::exists(status) && !fs::is_regular_file(status)) {
      Descriptor file(open_again(path.c_str(), O_WRONLY));
      if (file.number() < 0 || !write_all(file.number(), bytes) || !file.close()) refuse_write(path, errno);
      return;
    }
    fs::path target = path;
    for (int links = 0; fs::is_symlink(target, ignored); ++links) {
      if (links == 40) refuse_write(path, ELOOP);
      target = target.parent_path() / fs::read_symlink(target, ignored);
    }
    if (target.has_parent_path() && !fs::is_directory(target.parent_path(), ignored)) refuse_write(path, ENOENT);
    require_same_kind(target.string(), bytes);
    return write_file_atomically(target.string(), bytes);
  }
  std::cout << bytes << std::flush;
  if (!std::cout) throw InputError(tr("standard output cannot be written"));
}

}  // namespace etalon::base
