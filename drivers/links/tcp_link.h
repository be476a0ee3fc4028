// A link over a TCP socket.
#pragma once

#include "drivers/links/file_descriptor.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

class TcpLink : public Link {
 public:
  // Not open yet.
  TcpLink(const SocketAddress& socket, const LinkOptions& options);
  ~TcpLink() override;
  bool is_open() const override { return descriptor_.valid(); }
  bool reopening_drops_replies() const override { return true; }

 private:
  void open_device(const Deadline& deadline) override;
  void close_device() noexcept override { descriptor_.reset(); }
  std::size_t send_device(std::string_view bytes, const Deadline& deadline) override;
  std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) override;
  std::size_t receive_waiting(char* data, std::size_t size) override;

  SocketAddress socket_;
  FileDescriptor descriptor_;
};

}  // namespace etalon::drivers
