// One line to one instrument: bytes each way with deadlines in real time (design decision 7). A link knows nothing of
// messages and replies; conversation.h does. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
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

// When an operation gives up: at a moment, or (InterruptedError, within 50 ms) when cancelled.
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

struct LinkOptions {
  std::string instrument;  // name on the bench, for messages
  milliseconds connect_timeout{5000};
  std::shared_ptr<Transcript> transcript;            // optional
  const base::Cancellation* cancellation = nullptr;  // of the opening only
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
  std::string read_until(std::string_view terminator, const ReplyLimits& limits);
  // Exactly `count` bytes; the same faults.
  std::string read_exact(std::size_t count, const ReplyLimits& limits);
  // Bytes that are already here, without waiting.
  std::string read_waiting();
  // Throws away input until nothing came for `quiet`; returns what came (the last 64 KiB). unsolicited_input when it
  // is not quiet by the deadline.
  std::string drain(milliseconds quiet, const Deadline& deadline);

  // True where opening anew leaves replies on their way behind (TCP).
  virtual bool reopening_drops_replies() const = 0;
  // True where the link itself marks the end of a message (EOI); then blocks of indefinite length are possible.
  virtual bool signals_end() const { return false; }

  // Adds to the transcript.
  void note(const std::string& text) const;
  // An error with this link's instrument and address, the bytes sent last, and `received`.
  InstrumentError error(Fault fault, const std::string& received, const std::string& detail) const;

 protected:
  Link(std::string address, const LinkOptions& options);

  virtual void open_device(const Deadline& deadline) = 0;
  virtual void close_device() noexcept = 0;
  // At least one byte unless the deadline passes (then 0).
  virtual std::size_t send_device(std::string_view bytes, const Deadline& deadline) = 0;
  // At most `size` bytes into `data`, at least one unless the deadline passes (then 0).
  virtual std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) = 0;

  // Bytes received and not yet read, for messages.
  const std::string& unread() const { return input_; }

 private:
  bool fill(const Deadline& deadline);
  template <typename Complete>
  void fill_until(const ReplyLimits& limits, const std::string& expected, Complete complete);

  std::string address_, instrument_;
  std::shared_ptr<Transcript> transcript_;
  std::string last_sent_;
  std::string input_;  // received, not yet read
};

// Opens the link an address names: TcpLink, SerialLink, or TtyLink for ttys without modem lines (pseudo-terminals).
std::unique_ptr<Link> open_link(const Address& address, const LinkOptions& options = {});
std::unique_ptr<Link> open_link(const std::string& address, const LinkOptions& options = {});

}  // namespace etalon::drivers
