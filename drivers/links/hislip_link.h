// A link over HiSLIP (IVI-6.1, revision 1.0): one TCP connection for messages, a second one for device clear, serial
// poll and service requests. In synchronized mode each reply carries the number of the message it answers, and replies
// to earlier messages are dropped; in overlapped mode replies are numbered by themselves. Whatever leaves one of the
// connections in the middle of a protocol message, or without the answer it waits for, closes the link.
#pragma once

#include <cstdint>
#include <string>

#include "drivers/links/file_descriptor.h"
#include "drivers/links/hislip_message.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

class HislipLink : public Link {
 public:
  // Not open yet.
  HislipLink(const HislipAddress& address, const LinkOptions& options);
  ~HislipLink() override;
  bool is_open() const override { return sync_.descriptor.valid(); }
  bool reopening_drops_replies() const override { return true; }
  bool signals_end() const override { return true; }
  bool numbers_replies() const override { return !overlapped_; }
  bool has_device_clear() const override { return true; }
  bool has_status_byte() const override { return true; }
  bool signals_service_request() const override { return true; }
  bool has_trigger() const override { return true; }
  bool has_go_to_local() const override { return true; }

  // The mode that was agreed on.
  bool overlapped() const { return overlapped_; }
  // Bytes in one protocol message to the instrument; longer messages are sent in several.
  std::uint64_t largest_payload() const { return largest_payload_; }

 private:
  struct Channel {
    FileDescriptor descriptor;
    std::string input;  // received, not yet understood
  };
  struct Message {
    HislipHeader header;
    std::string payload;
  };

  void open_device(const Deadline& deadline) override;
  void close_device() noexcept override;
  std::size_t send_device(std::string_view bytes, const Deadline& deadline) override;
  std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) override;
  bool received_end() const override { return ended_; }
  void clear_device(const Deadline& deadline) override;
  std::uint8_t poll_device(const Deadline& deadline) override;
  bool await_service_request(const Deadline& deadline) override;
  void trigger_device(const Deadline& deadline) override;
  void release_device(const Deadline& deadline) override;

  void initialise(const Deadline& deadline);
  void start_numbering();
  // Runs `work` and closes the link when it does not come to its end.
  template <typename Work>
  auto closing_on_failure(Work work);
  [[noreturn]] void lose(const std::string& why);
  // All of it or nothing: false when the deadline passed before the first byte left.
  bool send_message(Channel& channel, const std::string& message, const Deadline& deadline);
  void send_surely(Channel& channel, const std::string& message, const Deadline& deadline);
  // More bytes into channel.input; false when the deadline passed.
  bool receive_more(Channel& channel, const Deadline& deadline);
  bool header_is_here(Channel& channel, HislipHeader& header, const Deadline& deadline);
  // A whole message other than Data; false when the deadline passed.
  bool receive_message(Channel& channel, Message& message, const Deadline& deadline);
  Message expect(Channel& channel, HislipType type, const Deadline& deadline);
  Message ask(HislipType question, std::uint8_t control, std::uint32_t parameter, const std::string& payload,
              HislipType answer, const Deadline& deadline);
  // What the instrument says on its own account; true when that was all there is to do.
  bool take_notice(const Message& message);
  void begin_data(const HislipHeader& header);
  void break_off_reply(const std::string& why);
  std::uint8_t take_delivered_flag();

  HislipAddress address_;
  bool prefer_overlapped_ = false;
  Channel sync_, async_;
  bool overlapped_ = false;
  std::uint64_t largest_payload_ = 0;
  std::uint32_t next_id_ = 0;        // of the next message sent
  std::uint32_t next_reply_id_ = 0;  // overlapped mode
  bool delivered_ = false;           // a reply was read since the last message sent
  bool service_requested_ = false;
  // The Data message that is being received.
  bool in_data_ = false;
  bool dropping_ = false;  // it answers an earlier message
  bool data_ends_ = false;
  std::uint64_t data_left_ = 0;
  bool handing_over_ = false;  // a part of the reply has left this link
  bool ended_ = false;         // with the last receive_device
};

}  // namespace etalon::drivers
