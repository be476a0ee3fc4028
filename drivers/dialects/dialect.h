// What a driver file cannot say: how an instrument wraps its messages and replies on the line (checksums, echoes,
// print frames, leading marks). A dialect stands between the messages of the driver file and the bytes, on both sides:
// the client speaks through it, and the simulator listens through it, so the file stays the same plain summary.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/messages/conversation.h"

namespace etalon::drivers {

struct LinkSettings;

// How many lines a reply has: `lines`, or fewer when a line is the last by itself.
struct ReplyShape {
  std::size_t lines = 1;
  std::function<bool(const std::string& line)> is_last;  // may be empty; sees unwrapped lines
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  // ---- the client

  // The reply of a message, its lines joined by \n, as the driver file's template is to match it. All faults of
  // Conversation::query, and those of the wrapping (a wrong checksum is unexpected_reply, a leading mark of an error
  // device_error).
  virtual std::string query(Conversation& conversation, const std::string& message, const ReplyShape& shape,
                            const QueryOptions& options) const;
  // A message that the driver file gives no reply to.
  virtual void send(Conversation& conversation, const std::string& message, const QueryOptions& options) const;
  // The driver file's reply taken out of one line from the instrument (used to recognise late replies, too); nothing
  // for a line that is not wrapped as it must be.
  virtual std::optional<std::string> unwrapped(const std::string& line) const { return line; }
  // Whether a line may stand before the reply to a message without being one itself: an echo, a confirmation that only
  // some firmware sends.
  virtual bool comes_beside_replies(const std::string&) const { return false; }
  // The message as it goes over the line, without terminator.
  virtual std::string wrapped(const std::string& message) const { return message; }

  // ---- the simulator (which keeps what the line itself remembers: whether it echoes, whether it streams)

  // The driver file's message in what came over the line (without terminator); nothing for what the instrument ignores.
  virtual std::optional<std::string> heard(const std::string& line) { return line; }
  // What the instrument sends, terminators included, when the simulator answers `message` with `reply` (lines joined by
  // \n); `reply` is empty for a message without one, `error_waits` when the error queue is not empty.
  virtual std::string said(const std::string& message, const std::optional<std::string>& reply, bool error_waits);
  // The message whose reply the instrument sends by itself before it answers what it just heard, while a stream of
  // samples flows; nothing when none does.
  virtual std::optional<std::string> streams() const { return std::nullopt; }
  // That reply as it goes over the line, terminator included.
  virtual std::string streamed(const std::string& reply) const { return reply + reply_terminator_; }
  // After switching off and on: the line is as delivered.
  virtual void power_on() {}
  // Whether control characters belong to messages.
  virtual bool keeps_control_characters() const { return false; }

 protected:
  Dialect(const LinkSettings& link, const std::string& address);
  std::string reply_terminator_;
  bool over_gpib_;  // behind a GPIB adapter or a gateway's GPIB
};

// The dialect of a name at an address (some speak otherwise over GPIB); plain messages for the empty name. InputError
// lists the names.
std::unique_ptr<Dialect> make_dialect(const std::string& name, const LinkSettings& link,
                                      const std::string& address = "");
std::vector<std::string> dialect_names();

// A fault that the wrapping shows, with the conversation's instrument and address.
InstrumentError dialect_error(const Conversation& conversation, Fault fault, const std::string& sent,
                              const std::string& received, const std::string& detail);
// No control characters and nothing beyond ASCII.
bool is_plain_text(std::string_view text);

}  // namespace etalon::drivers
