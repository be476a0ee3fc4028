#include "drivers/links/file_descriptor.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "drivers/links/link.h"

namespace etalon::drivers {

void FileDescriptor::reset() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool wait_for(int descriptor, short events, const Deadline& deadline) {
  using namespace std::chrono;
  constexpr milliseconds slice{20};  // how late a cancellation may be seen
  for (;;) {
    if (deadline.cancellation) deadline.cancellation->check();
    const auto left = ceil<milliseconds>(deadline.at - steady_clock::now());
    const auto wait = std::clamp(left, milliseconds{0}, deadline.cancellation ? slice : milliseconds{60000});
    pollfd waiting{descriptor, events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(wait.count()));
    if (ready > 0) return true;  // also on hang-up and error: the call that follows says which
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
    if (left <= milliseconds{0}) return false;
  }
}

}  // namespace etalon::drivers
