#include "archive/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <regex>

#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path, int error) {
  throw base::InputError(path + ": " + what + ": " + std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Temporary files carry it: several machines may share the folder.
std::string host_name() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) fail(tr("the machine's name is not known"), "gethostname", errno);
  return name;
}

struct Unlinked {
  std::string path;
  ~Unlinked() { unlink(path.c_str()); }
};

}  // namespace

void sync_folder(const std::string& path) {
  const Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) fail(tr("the folder cannot be opened"), path, errno);
  // Some file systems cannot sync a folder.
  if (fsync(folder.get()) != 0 && errno != EINVAL) fail(tr("the folder cannot be brought to the disk"), path, errno);
}

std::string folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

void write_new_file(const std::string& path, std::string_view bytes, unsigned mode) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file.get() < 0) fail(tr("cannot be created"), path, errno);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(tr("cannot be written"), path, errno);
    done += static_cast<std::size_t>(n);
  }
  if (fsync(file.get()) != 0) fail(tr("cannot be brought to the disk"), path, errno);
}

std::string write_temporary(std::string_view bytes, const std::string& temporary_folder, const std::string& suffix) {
  static std::atomic<unsigned> counter{0};
  const std::string temporary =
      fmt::format("{}/{}-{}-{}{}", temporary_folder, host_name(), getpid(), counter.fetch_add(1), suffix);
  unlink(temporary.c_str());  // left by a dead process that had the same number
  try {
    write_new_file(temporary, bytes, 0444);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  return temporary;
}

bool publish(const std::string& temporary, const std::string& path) {
  if (link(temporary.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST) return false;
    fail(tr("cannot be created"), path, errno);
  }
  sync_folder(std::filesystem::path(path).parent_path().string());
  return true;
}

bool create_durably(const std::string& path, std::string_view bytes, const std::string& temporary_folder) {
  const Unlinked temporary{write_temporary(bytes, temporary_folder, "")};
  return publish(temporary.path, path);
}

bool is_temporary_name(const std::string& file_name) {
  static const std::regex shape("[^/]+-[0-9]+-[0-9]+([.][a-z]+)?");
  return std::regex_match(file_name, shape);
}

bool is_own_temporary_name(const std::string& file_name) {
  return is_temporary_name(file_name) && file_name.starts_with(host_name() + "-");
}

void make_folders_durably(const std::string& path) {
  std::string plain = path;  // "out/" is the folder "out"
  while (plain.size() > 1 && plain.back() == '/')
    plain.pop_back();
  const std::filesystem::path folder(plain);
  if (std::filesystem::is_directory(folder)) return;
  const auto parent = folder.has_parent_path() ? folder.parent_path() : std::filesystem::path(".");
  make_folders_durably(parent.string());
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) fail(tr("the folder cannot be made"), path, errno);
  if (!std::filesystem::is_directory(folder)) fail(tr("the folder cannot be made"), path, ENOTDIR);
  sync_folder(parent.string());
}

}  // namespace etalon::archive
