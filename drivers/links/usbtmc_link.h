// A link to a USBTMC instrument through the kernel's driver: /dev/usbtmcN (USBTMC 1.0 and its USB488 subclass; Linux
// 5.0 or newer).
//
// read(2) of such a device blocks in the kernel, where neither a deadline nor a cancellation reaches it, and when its
// time-out passes the instrument is left in the middle of a transfer. So this link makes the headers of USBTMC itself
// and uses the driver's asynchronous calls: the request for a reply is sent, and poll(2) waits for what comes. A reply
// that is late stays under way until it comes or the device is cleared; nothing is lost to a time-out.
#pragma once

#include <cstdint>

#include "drivers/links/file_descriptor.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

class UsbtmcLink : public Link {
 public:
  // Not open yet.
  UsbtmcLink(const UsbtmcAddress& address, const LinkOptions& options);
  ~UsbtmcLink() override;

  bool is_open() const override { return device_.valid(); }
  bool reopening_drops_replies() const override { return false; }
  bool signals_end() const override { return true; }
  bool sends_unasked() const override { return false; }
  bool has_device_clear() const override { return true; }
  // Instruments of the USB488 subclass; known once the link is open.
  bool has_status_byte() const override { return capabilities_ != 0; }
  bool signals_service_request() const override { return capabilities_ != 0; }
  bool has_trigger() const override;
  bool has_go_to_local() const override;

 private:
  void open_device(const Deadline& deadline) override;
  void close_device() noexcept override;
  std::size_t send_device(std::string_view bytes, const Deadline& deadline) override;
  std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) override;
  bool received_end() const override { return received_end_; }
  void clear_device(const Deadline& deadline) override;
  std::uint8_t poll_device(const Deadline& deadline) override;
  bool await_service_request(const Deadline& deadline) override;
  void trigger_device(const Deadline& deadline) override;
  void release_device(const Deadline& deadline) override;

  [[noreturn]] void fail(int reason, const std::string& what);
  void control(unsigned long request, void* argument, const std::string& what);
  void clear();
  // One bulk-out transfer, header included.
  void transfer_out(std::string transfer, const Deadline& deadline);
  void take(std::string_view bytes);

  UsbtmcAddress usbtmc_;
  FileDescriptor device_;
  unsigned char capabilities_ = 0;
  std::uint8_t tag_ = 0;        // of the last transfer
  std::string written_;         // of a message whose last byte has not been given yet
  bool asked_ = false;          // a transfer from the instrument is under way
  bool submitted_ = false;      // the driver has a buffer for it
  bool header_seen_ = false;    // of that transfer
  bool last_transfer_ = false;  // of its message
  std::size_t expected_ = 0;    // bytes of it still to come
  std::string input_;           // for receive_device
  bool end_ = false;            // after input_
  bool received_end_ = false;
};

}  // namespace etalon::drivers
