// A link to a Modbus instrument whose messages are lines of text (modbus_message.h), each ending with LF both ways. A
// request is sent with its line; reading waits for the reply and hands it over as a line.
//
// The frames go over a TcpLink, or a SerialLink or TtyLink: same time-outs, cancellation and exclusive use as all
// others. A reply with a wrong checksum, unit, function, length or transaction is unexpected_reply or stale_reply; an
// exception of the instrument is device_error with its name. RTU has no transaction numbers: a late reply of the same
// form cannot be told from the right one, so requests follow a time-out only after the line was quiet (conversation.h).
//
// An RS-485 adapter may hear what it sends, and the confirmation of a single write is the request itself: such a write
// counts only on a line that was seen not to echo, by the reply to a read (made for this purpose when none came
// before).
#pragma once

#include <optional>

#include "drivers/links/link.h"
#include "drivers/links/modbus_frame.h"

namespace etalon::drivers {

class ModbusLink : public Link {
 public:
  // Not open yet.
  ModbusLink(const ModbusTcpAddress& address, const LinkOptions& options);
  ModbusLink(const ModbusRtuAddress& address, const LinkOptions& options);
  ~ModbusLink() override;
  bool is_open() const override { return line_ && line_->is_open(); }
  bool reopening_drops_replies() const override { return framing_ == ModbusFraming::tcp; }
  bool numbers_replies() const override { return framing_ == ModbusFraming::tcp; }

 private:
  void open_device(const Deadline& deadline) override;
  void close_device() noexcept override;
  // InputError for a line that is no message, before anything is sent.
  std::size_t send_device(std::string_view bytes, const Deadline& deadline) override;
  std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) override;

  void send_request(const ModbusMessage& message, const Deadline& deadline);
  void transmit(const ModbusMessage& message, const Deadline& deadline);
  void take_echo(const Deadline& deadline);
  bool receive_frame(const Deadline& deadline);
  // Throws when what came begins as the request did.
  void check_no_echo(const std::string& received, bool whole_request_only);
  void show_that_it_does_not_echo(const ModbusMessage& written, const Deadline& deadline);
  void take_reply(const std::string& frame, const Deadline& deadline);
  // Errors of the line below as this link's own.
  template <typename Work>
  auto on_line(Work work);

  Address line_address_;
  LinkOptions line_options_;
  ModbusFraming framing_;
  int unit_;
  milliseconds silence_{0};  // before a request: 3.5 characters, RTU only
  bool echo_ = false;        // the address says that the line repeats what is sent
  bool echo_free_ = false;   // a reply since the opening has shown that it does not
  std::string request_;      // the frame sent last
  std::unique_ptr<Link> line_;
  std::string written_;  // of a line that has no terminator yet
  std::uint16_t transaction_ = 0;
  std::optional<ModbusMessage> pending_;  // sent, its reply not yet received
  std::string frame_;                     // of the reply, as far as it came
  SteadyTime last_traffic_;
  std::string input_;  // for receive_device
};

}  // namespace etalon::drivers
