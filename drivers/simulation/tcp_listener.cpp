#include "drivers/simulation/tcp_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/error.h"
#include "base/language.h"
#include "drivers/links/address.h"
#include "drivers/links/filled_text.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

using base::tr;

namespace {

// Until cancelled: a server has all the time there is.
void wait_ready(int descriptor, short events, const base::Cancellation& cancellation) {
  while (!wait_for(descriptor, events, within(std::chrono::hours(1), &cancellation))) {
  }
}

}  // namespace

TcpListener::TcpListener(std::uint16_t port, const std::string& host) : host_(host) {
  const auto fail = [&](int reason) {
    return base::InputError(filled(tr("cannot listen on {0} port {1}: {2}"), host, port, std::strerror(reason)));
  };
  sockaddr_storage storage{};
  socklen_t size = 0;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET, host.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    size = sizeof(*ipv4);
  } else if (::inet_pton(AF_INET6, host.c_str(), &ipv6->sin6_addr) == 1) {
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(port);
    size = sizeof(*ipv6);
  } else {
    throw base::InputError(filled(tr("cannot listen on \"{}\": expected an IP address of this computer"), host));
  }
  FileDescriptor listener(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.valid()) throw fail(errno);
  const int yes = 1;  // a fixed port must be free again at once after a restart
  (void)::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0) throw fail(errno);
  if (::listen(listener.get(), 8) != 0) throw fail(errno);
  size = sizeof(storage);
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) throw fail(errno);
  port_ = ntohs(storage.ss_family == AF_INET ? ipv4->sin_port : ipv6->sin6_port);
  listener_ = std::move(listener);
}

TcpListener::~TcpListener() = default;

std::string TcpListener::address() const {
  return format_address(SocketAddress{host_, port_});
}

std::size_t TcpListener::read(char* data, std::size_t size, const base::Cancellation& cancellation) {
  for (;;) {
    if (!client_.valid()) {
      wait_ready(listener_.get(), POLLIN, cancellation);
      client_ = FileDescriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!client_.valid()) continue;  // the client has given up meanwhile
      const int yes = 1;
      (void)::setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    }
    wait_ready(client_.get(), POLLIN, cancellation);
    const ssize_t received = ::recv(client_.get(), data, size, 0);
    if (received > 0) return static_cast<std::size_t>(received);
    if (received < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) continue;
    client_.reset();
    return 0;
  }
}

bool TcpListener::write(std::string_view bytes, const base::Cancellation& cancellation) {
  while (!bytes.empty()) {
    if (!client_.valid()) return false;
    const ssize_t sent = ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      wait_ready(client_.get(), POLLOUT, cancellation);
    } else if (errno != EINTR) {
      return false;  // read() will see it, too
    }
  }
  return true;
}

void TcpListener::drop_client() {
  client_.reset();
}

void TcpListener::close() {
  client_.reset();
  listener_.reset();
}

}  // namespace etalon::drivers
