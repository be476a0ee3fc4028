#include "drivers/links/tcp_link.h"

#include "drivers/links/tcp_connection.h"

namespace etalon::drivers {

TcpLink::TcpLink(const SocketAddress& socket, const LinkOptions& options)
    : Link(format_address(socket), options), socket_(socket) {}

TcpLink::~TcpLink() = default;

void TcpLink::open_device(const Deadline& deadline) {
  try {
    descriptor_ = connect_tcp(socket_.host, socket_.port, deadline);
    make_blocking(descriptor_.get());
  } catch (const ConnectionError& failure) {
    throw error(Fault::connect_failed, "", failure.what());
  }
}

std::size_t TcpLink::send_device(std::string_view bytes, const Deadline& deadline) {
  try {
    return send_bytes(descriptor_.get(), bytes, deadline);
  } catch (const ConnectionError& failure) {
    throw error(Fault::link_lost, "", failure.what());
  }
}

std::size_t TcpLink::receive_device(char* data, std::size_t size, const Deadline& deadline) {
  try {
    return receive_blocking(descriptor_.get(), data, size, deadline);
  } catch (const ConnectionError& failure) {
    throw error(Fault::link_lost, unread(), failure.what());
  }
}

std::size_t TcpLink::receive_waiting(char* data, std::size_t size) {
  try {
    return receive_present(descriptor_.get(), data, size);
  } catch (const ConnectionError& failure) {
    throw error(Fault::link_lost, unread(), failure.what());
  }
}

}  // namespace etalon::drivers
