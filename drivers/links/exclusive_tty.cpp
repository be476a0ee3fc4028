#include "drivers/links/exclusive_tty.h"

#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

namespace etalon::drivers {
namespace {

// Major numbers of Unix98 pseudo-terminal slaves (Linux, Documentation/admin-guide/devices.txt).
bool is_pseudo_terminal(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && major(status.st_rdev) >= 136 && major(status.st_rdev) <= 143;
}

}  // namespace

int take_exclusively(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) return errno;
  // On a pseudo-terminal the mark would stay as long as its master lives, and lock out a program that starts again
  // after a crash.
  if (!is_pseudo_terminal(descriptor) && ::ioctl(descriptor, TIOCEXCL) != 0) return errno;
  return 0;
}

}  // namespace etalon::drivers
