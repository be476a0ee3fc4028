#include "archive/regular_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "base/sha256.h"

namespace etalon::archive {

using base::tr;

namespace {

std::string system_words(int error) {
  return std::generic_category().message(error);
}

std::string kind_of(mode_t mode) {
  if (S_ISLNK(mode)) return tr("is a symbolic link, not a file");
  if (S_ISDIR(mode)) return tr("is a folder, not a file");
  return tr("is a pipe, socket or device, not a file");
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

FileLook refused(const std::string& reason) {
  return {FileState::unreadable, reason, 0, {}};
}

// -1, and `look` says why; otherwise a regular file.
int open_regular(const std::string& path, FileLook& look) {
  int number;
  do {
    // Not blocking: a pipe without a writer would hold the verification for ever.
    number = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  } while (number < 0 && errno == EINTR);
  struct stat status {};
  if (number < 0) {
    const int error = errno;
    if (error == ENOENT) {
      look = {};
    } else if (lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
      look = refused(kind_of(status.st_mode));
    } else {
      look = refused(fmt::format(fmt::runtime(tr("cannot be read: {}")), system_words(error)));
    }
    return -1;
  }
  if (fstat(number, &status) != 0) {
    look = refused(fmt::format(fmt::runtime(tr("cannot be read: {}")), system_words(errno)));
  } else if (!S_ISREG(status.st_mode)) {
    look = refused(kind_of(status.st_mode));
  } else {
    return number;
  }
  close(number);
  return -1;
}

// Gives each block to `use`, which returns false to stop.
template <typename Use>
void read_blocks(int number, FileLook& look, Use use) {
  std::vector<char> block(std::size_t{1} << 16);
  for (;;) {
    const ssize_t size = read(number, block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      look = refused(fmt::format(fmt::runtime(tr("cannot be read: {}")), system_words(errno)));
      return;
    }
    if (size == 0) return;
    look.size += static_cast<std::uint64_t>(size);
    if (!use(std::string_view(block.data(), static_cast<std::size_t>(size)))) return;
  }
}

}  // namespace

FileLook look_at(const std::string& path) {
  FileLook look;
  const Descriptor file(open_regular(path, look));
  if (file.number() < 0) return look;
  look.state = FileState::read;
  base::Sha256 digest;
  read_blocks(file.number(), look, [&](std::string_view block) {
    digest.add(block.data(), block.size());
    return true;
  });
  if (look.state == FileState::read) look.sha256 = digest.text();
  return look;
}

std::string read_regular_file(const std::string& path, std::size_t limit, FileLook& look) {
  std::string bytes;
  const Descriptor file(open_regular(path, look));
  if (file.number() < 0) return bytes;
  look.state = FileState::read;
  read_blocks(file.number(), look, [&](std::string_view block) {
    if (look.size > limit) {
      look = refused(fmt::format(fmt::runtime(tr("cannot be read: it is larger than {} bytes")), limit));
      return false;
    }
    bytes += block;
    return true;
  });
  if (look.state != FileState::read) return {};
  look.sha256 = base::sha256(bytes);
  return bytes;
}

std::string reason_not_a_folder(const std::string& path, bool& missing) {
  struct stat status {};
  missing = false;
  if (lstat(path.c_str(), &status) != 0) {
    missing = errno == ENOENT;
    return fmt::format(fmt::runtime(tr("cannot be read: {}")), system_words(errno));
  }
  if (S_ISDIR(status.st_mode)) return {};
  return S_ISLNK(status.st_mode) ? tr("is a symbolic link, not a folder") : tr("is no folder");
}

}  // namespace etalon::archive
