// How one reply is read, and the reader of its parts (inside Conversation::exchange).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "drivers/links/link.h"

namespace etalon::drivers {

// Where the link signals END, the message ends there, with or without a terminator, whatever this says.
enum class BlockEnding {
  terminator,  // the read terminator follows the block (most instruments)
  none,        // nothing follows
  either,      // waits the time between bytes for it
};

struct QueryOptions {
  std::optional<milliseconds> first_byte_timeout;  // instead of the conversation's
  std::optional<milliseconds> between_bytes_timeout;
  std::optional<milliseconds> whole_reply_timeout;
  std::optional<std::size_t> max_reply_size;
  bool discard_waiting_input =
      false;  // bytes waiting before the message are dropped and noted instead of being a fault
  // The instrument also sends by itself (samples, print-outs): bytes waiting before the message and those that follow
  // the reply are dropped and noted. The reader of the reply must know its own from the others.
  bool among_others = false;
  bool allow_empty = false;  // a reply of the terminator alone is not empty_reply
  BlockEnding block_ending = BlockEnding::terminator;
  // How long the instrument itself takes for this reply, as far as that is known: the first reply to a question may
  // come so much later when another line was taken for it.
  milliseconds takes{0};
  // Asking it twice does no harm: the way to get in step again without a proof.
  bool repeatable = false;
  const base::Cancellation* cancellation = nullptr;
};

class Conversation;

// Reads the parts of one reply, inside Conversation::exchange.
class ReplyReader {
 public:
  // One line without its terminator; `first_byte` instead of the query's time-out (second part of a slow reply). Where
  // the link signals END, a line ends there, too.
  std::string line(std::optional<milliseconds> first_byte = std::nullopt);
  // Where the link signals END, the whole message (or its rest), terminators within it included; else as line().
  std::string message(std::optional<milliseconds> first_byte = std::nullopt);
  std::string exact(std::size_t count);
  // Indefinite blocks ("#0") too, where the link signals END.
  std::string block();

 private:
  friend class Conversation;
  ReplyReader(Conversation& conversation, const QueryOptions& options);
  ReplyLimits limits(std::optional<milliseconds> first_byte) const;
  // Of a message that is already here as a whole.
  std::string take(std::size_t count);
  std::string read_counted_block(const ReplyLimits& allowed);
  std::string read_endless_block(const ReplyLimits& allowed);
  void end_block(const ReplyLimits& allowed);
  // The reply must not go on.
  void finish();
  Conversation& conversation_;
  const QueryOptions& options_;
  SteadyTime end_;                   // of the whole reply
  std::optional<std::string> rest_;  // of a message that was read as a whole for its first lines
  std::size_t size_ = 0;
  int lines_ = 0;  // that were read from the link
};

}  // namespace etalon::drivers
