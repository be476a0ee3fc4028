#include "drivers/simulation/waker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace etalon::drivers {

Waker::Waker() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!event_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Waker::wake() {
  const std::uint64_t one = 1;
  (void)!::write(event_.get(), &one, sizeof(one));  // a full counter is awake already
}

void Waker::stop() {
  stopped_ = true;
  wake();
}

void Waker::drop_client() {
  drop_ = true;
  wake();
}

void Waker::calm() {
  std::uint64_t count = 0;
  (void)!::read(event_.get(), &count, sizeof(count));
}

}  // namespace etalon::drivers
