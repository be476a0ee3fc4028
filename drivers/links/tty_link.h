// A link over a tty through termios alone, for ttys without modem lines, which libserialport refuses: pseudo-terminals,
// USB gadgets, Bluetooth bridges. Pseudo-terminals are always 8 bits without parity.
#pragma once

#include "drivers/links/file_descriptor.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

class TtyLink : public Link {
 public:
  // Not open yet. open() refuses settings that the tty does not take (InputError, says to write 8N1).
  TtyLink(const SerialAddress& serial, const LinkOptions& options);
  ~TtyLink() override;
  bool is_open() const override { return descriptor_.valid(); }
  bool reopening_drops_replies() const override { return false; }

 private:
  void open_device(const Deadline& deadline) override;
  void close_device() noexcept override {
    waiting_.reset();
    descriptor_.reset();
  }
  std::size_t send_device(std::string_view bytes, const Deadline& deadline) override;
  std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) override;
  std::size_t receive_waiting(char* data, std::size_t size) override;

  SerialAddress serial_;
  // What read gave; nothing, where it was only the time.
  std::size_t received(ssize_t count) const;
  FileDescriptor descriptor_;
  FileDescriptor waiting_;  // the same tty once more: a read that waits
};

}  // namespace etalon::drivers
