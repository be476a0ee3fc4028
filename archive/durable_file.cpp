#include "archive/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

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

void sync_folder(const std::string& path) {
  const Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) fail(tr("the folder cannot be opened"), path, errno);
  if (fsync(folder.get()) != 0) fail(tr("the folder cannot be brought to the disk"), path, errno);
}

void write_whole(const std::string& path, std::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
  if (file.get() < 0) fail(tr("cannot be created"), path, errno);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(tr("cannot be written"), path, errno);
    done += static_cast<std::size_t>(n);
  }
  if (fsync(file.get()) != 0) fail(tr("cannot be brought to the disk"), path, errno);
}

}  // namespace

void remove_abandoned(const std::string& temporary_folder) {
  const std::string own = host_name() + "-";
  for (const auto& entry : std::filesystem::directory_iterator(temporary_folder)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(own, 0) != 0) continue;
    const long process = std::strtol(name.c_str() + own.size(), nullptr, 10);
    if (process > 0 && kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH) unlink(entry.path().c_str());
  }
}

bool create_durably(const std::string& path, std::string_view bytes, const std::string& temporary_folder) {
  static std::atomic<unsigned> counter{0};
  const std::string temporary =
      fmt::format("{}/{}-{}-{}", temporary_folder, host_name(), getpid(), counter.fetch_add(1));
  unlink(temporary.c_str());  // left by a dead process that had the same number
  struct Remove {
    const std::string& path;
    ~Remove() { unlink(path.c_str()); }
  } remove{temporary};
  write_whole(temporary, bytes);
  if (link(temporary.c_str(), path.c_str()) != 0) {
    if (errno == EEXIST) return false;
    fail(tr("cannot be created"), path, errno);
  }
  sync_folder(std::filesystem::path(path).parent_path().string());
  return true;
}

void make_folders_durably(const std::string& path) {
  const std::filesystem::path folder(path);
  if (std::filesystem::is_directory(folder)) return;
  const auto parent = folder.has_parent_path() ? folder.parent_path() : std::filesystem::path(".");
  make_folders_durably(parent.string());
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) fail(tr("the folder cannot be made"), path, errno);
  if (!std::filesystem::is_directory(folder)) fail(tr("the folder cannot be made"), path, ENOTDIR);
  sync_folder(parent.string());
}

}  // namespace etalon::archive
