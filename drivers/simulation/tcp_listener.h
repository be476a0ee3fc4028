// A server port on a TCP socket. Further clients queue until the present one leaves.
#pragma once

#include <cstdint>

#include "drivers/links/file_descriptor.h"
#include "drivers/simulation/server_port.h"

namespace etalon::drivers {

class TcpListener : public ServerPort {
 public:
  // Port 0 takes a free one. InputError when the port is in use or the host is no local address.
  explicit TcpListener(std::uint16_t port = 0, const std::string& host = "127.0.0.1");
  ~TcpListener() override;
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  std::uint16_t port() const { return port_; }
  // The listening socket, for a server that does the rest itself.
  FileDescriptor release() { return std::move(listener_); }
  std::string address() const override;
  std::size_t read(char* data, std::size_t size, const base::Cancellation& cancellation) override;
  bool write(std::string_view bytes, const base::Cancellation& cancellation) override;
  void drop_client() override;
  void close() override;

 private:
  FileDescriptor listener_;
  FileDescriptor client_;
  std::string host_;
  std::uint16_t port_ = 0;
};

}  // namespace etalon::drivers
