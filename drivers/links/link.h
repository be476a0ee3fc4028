// One line to one instrument: bytes each way with deadlines in real time (design decision 7). A link knows nothing of
// messages and replies; conversation.h does. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "drivers/links/address.h"
#include "drivers/links/instrument_error.h"
#include "drivers/links/transcript.h"

namespace etalon::drivers {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

// When an operation gives up: at a moment, or (InterruptedError, within 100 ms) when cancelled.
struct Deadline {
  SteadyTime at;
  const base::Cancellation* cancellation = nullptr;  // nullptr: cannot be cancelled
  bool passed() const { return std::chrono::steady_clock::now() >= at; }
  Deadline earlier(SteadyTime other) const { return {other < at ? other : at, cancellation}; }
};
Deadline within(milliseconds duration, const base::Cancellation* cancellation = nullptr);

// The three limits of a reply.
struct ReplyLimits {
  milliseconds first_byte{5000};
  milliseconds between_bytes{1000};
  milliseconds whole{60000};  // from the first byte to the last
  std::size_t max_size = 1u << 20;
  const base::Cancellation* cancellation = nullptr;
};

class GpibAdapters;

struct LinkOptions {
  std::string instrument;  // name on the bench, for messages
  milliseconds connect_timeout{5000};
  std::shared_ptr<Transcript> transcript;            // optional
  const base::Cancellation* cancellation = nullptr;  // of the opening only
  std::shared_ptr<GpibAdapters> gpib_adapters;       // gpib_adapters.h; GPIB addresses need it
  // HiSLIP: ask the instrument for overlapped mode. In synchronized mode, the default, the protocol itself tells which
  // query a reply belongs to.
  bool hislip_overlapped = false;
};

// Every failure is an InstrumentError with instrument, address, what was sent last and what came since.
class Link {
 public:
  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  const std::string& address() const { return address_; }
  const std::string& instrument() const { return instrument_; }
  virtual bool is_open() const = 0;

  // Closes first when open; forgets unread bytes. connect_failed, or InputError for impossible settings.
  void open(const Deadline& deadline);
  void close();

  // All of the bytes, or timeout / link_lost. `character_pause` follows each byte (weak firmware).
  void write(std::string_view bytes, const Deadline& deadline, milliseconds character_pause = milliseconds{0});
  // What has arrived, waiting for at least one byte; empty once the deadline passed. link_lost when the peer is gone.
  std::string read_some(const Deadline& deadline);
  // Up to the terminator, which is taken off; what follows it stays for the next read. A terminator must not be empty.
  // timeout: nothing came, or `whole` passed; truncated_reply: silence for `between_bytes`; oversized_reply; link_lost.
  // Where the link signals END: the rest of the present message, terminators within it included, and only the one at
  // its very end taken off when there is one. A message that stops at a terminator without END (instruments older
  // than IEEE 488.2) is complete after silence for `between_bytes`.
  std::string read_until(std::string_view terminator, const ReplyLimits& limits);
  // Exactly `count` bytes; the same faults. truncated_reply when the message ends (END) before.
  std::string read_exact(std::size_t count, const ReplyLimits& limits);
  // Bytes that are already here, without waiting; on links that do not send unasked, only what was received before.
  std::string read_waiting();
  // Of those, what came together with earlier ones: costs no look at the line.
  std::string read_received();
  // Throws away input until nothing came for `quiet`; returns what came (the last 64 KiB). unsolicited_input when it
  // is not quiet by the deadline. On links that do not send unasked: what was received before, at once.
  std::string drain(milliseconds quiet, const Deadline& deadline);

  // True where opening anew leaves replies on their way behind (TCP).
  virtual bool reopening_drops_replies() const = 0;
  // True where the link itself marks the end of a message (EOI on GPIB, END of VXI-11, EOM of USBTMC, DATA_END of
  // HiSLIP). Then a reply needs no terminator, bytes of two messages are never handed over together, and blocks of
  // indefinite length are possible.
  virtual bool signals_end() const { return false; }
  // The protocol itself says which message a reply belongs to (a number in both): no other can be taken for it.
  virtual bool numbers_replies() const { return false; }
  // A part of a message was read, and its END not yet.
  bool inside_message() const { return inside_message_; }
  // False where each read is a request to the instrument (GPIB, VXI-11, USBTMC): without a query before it, such a read
  // is an error to an IEEE 488.2 instrument (6.3.1.2, UNTERMINATED), so nothing is ever read on suspicion.
  virtual bool sends_unasked() const { return true; }

  // What only some links can do; without the first of each pair the second is an InputError.
  // IEEE 488.1 device clear: the instrument forgets its input and its replies. Forgets unread bytes, too.
  virtual bool has_device_clear() const { return false; }
  void device_clear(const Deadline& deadline);
  // Serial poll: the status byte, with RQS in bit 6.
  virtual bool has_status_byte() const { return false; }
  std::uint8_t status_byte(const Deadline& deadline);
  // True once the instrument requested service since the last call (or since opening); false when the deadline passed.
  virtual bool signals_service_request() const { return false; }
  bool wait_for_service_request(const Deadline& deadline);
  // Group execute trigger.
  virtual bool has_trigger() const { return false; }
  void trigger(const Deadline& deadline);
  // Remote control ends; the front panel works again.
  virtual bool has_go_to_local() const { return false; }
  void go_to_local(const Deadline& deadline);

  // Adds to the transcript.
  void note(const std::string& text) const;
  // An error with this link's instrument and address, the bytes sent last, and `received`.
  InstrumentError error(Fault fault, const std::string& received, const std::string& detail) const;

 protected:
  Link(std::string address, const LinkOptions& options);

  virtual void open_device(const Deadline& deadline) = 0;
  virtual void close_device() noexcept = 0;
  // At least one byte unless the deadline passes (then 0). Where END is signalled: with the last of `bytes`, if all of
  // them are sent and sends_last().
  virtual std::size_t send_device(std::string_view bytes, const Deadline& deadline) = 0;
  // At most `size` bytes into `data`, at least one unless the deadline passes (then 0). Where END is signalled: never
  // bytes of two messages in one call, and also 0 when a message ends without a further byte.
  virtual std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) = 0;
  // What is here already, without waiting; 0: nothing.
  virtual std::size_t receive_waiting(char* data, std::size_t size) {
    return receive_device(data, size, {std::chrono::steady_clock::now(), nullptr});
  }
  // Where END is signalled, asked after every receive_device: the message ended with the bytes of that very call.
  virtual bool received_end() const { return false; }
  // What the public functions of the same names do, on an open link. A deadline that passes is a timeout.
  virtual void clear_device(const Deadline& deadline);
  virtual std::uint8_t poll_device(const Deadline& deadline);
  virtual bool await_service_request(const Deadline& deadline);
  virtual void trigger_device(const Deadline& deadline);
  virtual void release_device(const Deadline& deadline);

  // The bytes given to send_device are the last of their message.
  bool sends_last() const { return sends_last_; }
  // Bytes received and not yet read, for messages.
  const std::string& unread() const { return input_; }

 private:
  bool fill(const Deadline& deadline);
  bool fill_waiting();
  bool keep(std::string_view received);
  template <typename Expected, typename Complete>
  void fill_until(const ReplyLimits& limits, Expected expected, Complete complete);
  std::string read_message(std::string_view terminator, const ReplyLimits& limits);
  std::string take(std::size_t count);
  void forget_input();
  void check_able(bool able, const std::string& what) const;

  std::string address_, instrument_;
  std::shared_ptr<Transcript> transcript_;
  std::string last_sent_;
  std::string input_;             // received, not yet read
  std::deque<std::size_t> ends_;  // where messages end in it
  bool inside_message_ = false;
  bool sends_last_ = true;
};

// Opens the link an address names (open_link.cpp). For ttys without modem lines (pseudo-terminals), TtyLink instead of
// SerialLink. InputError for a GPIB address without its adapter.
std::unique_ptr<Link> open_link(const Address& address, const LinkOptions& options = {});
std::unique_ptr<Link> open_link(const std::string& address, const LinkOptions& options = {});

}  // namespace etalon::drivers
