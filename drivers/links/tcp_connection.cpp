#include "drivers/links/tcp_connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

#include "base/language.h"
#include "drivers/links/filled_text.h"

namespace etalon::drivers {

using base::tr;

namespace {

struct AddressListDeleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

// A name server may not answer for a long time, and getaddrinfo cannot be stopped: it runs in a thread of its own,
// which is left behind when the deadline passes.
struct Resolution {
  std::mutex mutex;
  std::condition_variable done_changed;
  bool done = false;
  int status = 0;
  AddressList list;
};

int look_up(const std::string& host, const std::string& port, int flags, AddressList& list) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (status == 0) list.reset(found);
  return status;
}

// False when the deadline passed; otherwise `status` is getaddrinfo's.
bool resolve(const std::string& host, std::uint16_t port_number, const Deadline& deadline, AddressList& list,
             int& status) {
  const std::string port = std::to_string(port_number);
  status = look_up(host, port, AI_NUMERICHOST, list);
  if (status == 0) return true;
  const auto resolution = std::make_shared<Resolution>();
  std::thread([resolution, host, port] {
    AddressList found;
    const int result = look_up(host, port, 0, found);
    const std::lock_guard lock(resolution->mutex);
    resolution->status = result;
    resolution->list = std::move(found);
    resolution->done = true;
    resolution->done_changed.notify_all();
  }).detach();
  std::unique_lock lock(resolution->mutex);
  while (!resolution->done) {
    if (deadline.cancellation) deadline.cancellation->check();
    if (deadline.passed()) return false;
    resolution->done_changed.wait_until(lock,
                                        std::min(deadline.at, std::chrono::steady_clock::now() + milliseconds{20}),
                                        [&] { return resolution->done; });
  }
  list = std::move(resolution->list);
  status = resolution->status;
  return true;
}

// 0, ETIMEDOUT for the deadline, or the system's errno.
int connect_within(const addrinfo& target, const Deadline& deadline, FileDescriptor& connected) {
  FileDescriptor descriptor(
      ::socket(target.ai_family, target.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, target.ai_protocol));
  if (!descriptor.valid()) return errno;
  if (::connect(descriptor.get(), target.ai_addr, target.ai_addrlen) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) return errno;
    if (!wait_for(descriptor.get(), POLLOUT, deadline)) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof(error);
    if (::getsockopt(descriptor.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    if (error != 0) return error;
  }
  connected = std::move(descriptor);
  return 0;
}

void set_option(int descriptor, int level, int option, int value) {
  // Without these the link works all the same.
  (void)::setsockopt(descriptor, level, option, &value, sizeof(value));
}

}  // namespace

FileDescriptor connect_tcp(const std::string& host, std::uint16_t port, const Deadline& deadline) {
  AddressList list;
  int status = 0;
  if (!resolve(host, port, deadline, list, status))
    throw ConnectionError(filled(tr("the name \"{}\" was not resolved in time"), host));
  if (status != 0)
    throw ConnectionError(filled(tr("the name \"{0}\" cannot be resolved: {1}"), host, ::gai_strerror(status)));
  FileDescriptor descriptor;
  int reason = 0;
  for (const addrinfo* target = list.get(); target; target = target->ai_next) {
    reason = connect_within(*target, deadline, descriptor);
    if (reason == 0) break;
  }
  switch (reason) {
    case 0:
      break;
    case ECONNREFUSED:
      throw ConnectionError(filled(tr("connection refused: nothing listens on port {} there"), port));
    case ETIMEDOUT:
      throw ConnectionError(filled(tr("no answer from \"{}\" in time"), host));
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
      throw ConnectionError(
          filled(tr("\"{0}\" cannot be reached from this computer: {1}"), host, std::strerror(reason)));
    default:
      throw ConnectionError(std::strerror(reason));
  }
  set_option(descriptor.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  // A pulled cable is noticed within half a minute even while nothing is sent.
  set_option(descriptor.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor.get(), IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set_option(descriptor.get(), IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set_option(descriptor.get(), IPPROTO_TCP, TCP_KEEPCNT, 4);
  return descriptor;
}

std::size_t send_bytes(int descriptor, std::string_view bytes, const Deadline& deadline) {
  for (;;) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) throw ConnectionError(std::strerror(errno));
    if (!wait_for(descriptor, POLLOUT, deadline)) return 0;
  }
}

namespace {

// 0: nothing is here yet.
std::size_t receive_once(int descriptor, char* data, std::size_t size, int flags) {
  for (;;) {
    const ssize_t received = ::recv(descriptor, data, size, flags);
    if (received > 0) return static_cast<std::size_t>(received);
    if (received == 0) throw ConnectionError(tr("the instrument closed the connection"));
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) throw ConnectionError(std::strerror(errno));
    return 0;
  }
}

// How long one blocking call may last, and so how late a cancellation is seen.
constexpr milliseconds blocking_slice{50};

}  // namespace

std::size_t receive_present(int descriptor, char* data, std::size_t size) {
  return receive_once(descriptor, data, size, MSG_DONTWAIT);
}

std::size_t receive_bytes(int descriptor, char* data, std::size_t size, const Deadline& deadline) {
  for (;;) {
    if (const std::size_t received = receive_present(descriptor, data, size)) return received;
    if (!wait_for(descriptor, POLLIN, deadline)) return 0;
  }
}

void make_blocking(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags >= 0) (void)::fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
  const timeval slice{0, static_cast<suseconds_t>(blocking_slice.count()) * 1000};
  (void)::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice);
}

std::size_t receive_blocking(int descriptor, char* data, std::size_t size, const Deadline& deadline) {
  // The reply to a query is hardly ever here yet: one call that waits costs less than a look, a wait and a look.
  while (deadline.at - std::chrono::steady_clock::now() > 2 * blocking_slice) {
    if (deadline.cancellation) deadline.cancellation->check();
    if (const std::size_t received = receive_once(descriptor, data, size, 0)) return received;
  }
  return receive_bytes(descriptor, data, size, deadline);
}

}  // namespace etalon::drivers
