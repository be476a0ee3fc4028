#include "drivers/simulation/pseudo_terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/address.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

using base::tr;

namespace {

// Raw from the start, whatever a client does: an echoing line would answer every query with itself.
void set_raw(int descriptor) {
  termios settings{};
  if (::tcgetattr(descriptor, &settings) != 0) return;
  ::cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  ::cfsetispeed(&settings, B9600);
  ::cfsetospeed(&settings, B9600);
  (void)::tcsetattr(descriptor, TCSANOW, &settings);
}

constexpr std::chrono::milliseconds client_poll{5};  // the kernel does not tell when a client opens the slave

}  // namespace

PseudoTerminal::PseudoTerminal(const std::string& symlink) {
  const auto fail = [](const std::string& what) {
    return base::InputError(filled(tr("cannot make a pseudo-terminal: {0}: {1}"), what, std::strerror(errno)));
  };
  FileDescriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!master.valid()) throw fail("posix_openpt");
  if (::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) throw fail("unlockpt");
  std::array<char, PATH_MAX> name;
  if (::ptsname_r(master.get(), name.data(), name.size()) != 0) throw fail("ptsname");
  slave_ = name.data();
  {
    const FileDescriptor slave(::open(slave_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!slave.valid()) throw fail(slave_);
    set_raw(slave.get());
  }
  if (!symlink.empty()) {
    struct stat status {};
    if (::lstat(symlink.c_str(), &status) == 0) {
      if (!S_ISLNK(status.st_mode))
        throw base::InputError(filled(tr("{}: is in the way of a symbolic link to a pseudo-terminal"), symlink));
      (void)::unlink(symlink.c_str());
    }
    if (::symlink(slave_.c_str(), symlink.c_str()) != 0) throw fail(symlink);
    symlink_ = symlink;
  }
  master_ = std::move(master);
}

PseudoTerminal::~PseudoTerminal() {
  close();
}

std::string PseudoTerminal::address() const {
  return format_address(SerialAddress{symlink_.empty() ? slave_ : symlink_, {}});
}

bool PseudoTerminal::has_client() const {
  pollfd state{master_.get(), POLLOUT, 0};
  return ::poll(&state, 1, 0) >= 0 && (state.revents & POLLHUP) == 0;
}

std::size_t PseudoTerminal::read(char* data, std::size_t size, const base::Cancellation& cancellation) {
  for (;;) {
    cancellation.check();
    const ssize_t received = ::read(master_.get(), data, size);
    if (received > 0) {
      had_client_ = true;
      return static_cast<std::size_t>(received);
    }
    if (received < 0 && errno == EINTR) continue;
    if (has_client()) {
      had_client_ = true;
      (void)wait_for(master_.get(), POLLIN, within(std::chrono::seconds(1), &cancellation));
      continue;
    }
    if (std::exchange(had_client_, false)) return 0;
    cancellation.sleep(client_poll);
  }
}

bool PseudoTerminal::write(std::string_view bytes, const base::Cancellation& cancellation) {
  while (!bytes.empty()) {
    if (!has_client()) return false;
    const ssize_t sent = ::write(master_.get(), bytes.data(), bytes.size());
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      return false;
    } else {
      (void)wait_for(master_.get(), POLLOUT, within(std::chrono::milliseconds(20), &cancellation));
    }
  }
  return true;
}

void PseudoTerminal::drop_client() {
  (void)::tcflush(master_.get(), TCOFLUSH);
}

void PseudoTerminal::close() {
  if (!symlink_.empty()) {
    // Only if it is still ours.
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlink(symlink_.c_str(), target.data(), target.size() - 1);
    if (length > 0 && slave_ == target.data()) (void)::unlink(symlink_.c_str());
    symlink_.clear();
  }
  master_.reset();
}

}  // namespace etalon::drivers
