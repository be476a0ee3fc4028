// A link over a serial port through libserialport.
#pragma once

#include "drivers/links/link.h"

struct sp_port;

namespace etalon::drivers {

class SerialLink : public Link {
 public:
  // Not open yet. `port_name` is what libserialport is asked for: the device without symbolic links (0.1.1 refuses
  // them).
  SerialLink(const SerialAddress& serial, const std::string& port_name, const LinkOptions& options);
  ~SerialLink() override;
  bool is_open() const override { return port_ != nullptr; }
  bool reopening_drops_replies() const override { return false; }

 private:
  void open_device(const Deadline& deadline) override;
  void close_device() noexcept override;
  std::size_t send_device(std::string_view bytes, const Deadline& deadline) override;
  std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) override;

  SerialAddress serial_;
  std::string port_name_;
  sp_port* port_ = nullptr;
  int descriptor_ = -1;  // the port's own
};

}  // namespace etalon::drivers
