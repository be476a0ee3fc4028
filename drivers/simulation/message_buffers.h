// Input and output of a simulated instrument behind a protocol that marks the end of messages (VXI-11, HiSLIP): between
// the thread that speaks the protocol and the one that is the instrument.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace etalon::drivers {

class MessageBuffers {
 public:
  struct Reply {
    std::string bytes;
    bool end = true;
    std::uint32_t query = 0;  // the number of the message it answers
  };

  // `woken` is called from the instrument's thread when there is something to do for the other one.
  explicit MessageBuffers(std::function<void()> woken) : woken_(std::move(woken)) {}

  // ---- the instrument's thread (server_port.h)
  std::size_t read(char* data, std::size_t size, const base::Cancellation& cancellation);
  bool write(std::string_view bytes, bool end);
  void set_status(std::uint8_t status);
  void set_status_bits(std::uint8_t bits);  // all but RQS

  // ---- the protocol's thread
  // A message or a part of one. `number` comes back with its reply.
  void take(std::string_view bytes, bool end, std::uint32_t number);
  // The client cleared the device: its input and all output is forgotten, replies under way are lost.
  void forget();
  // The client left: what it sent is still done; replies are lost.
  void leave();
  bool has_reply() const;
  // Up to `size` bytes of the next reply, with end only when nothing of it is left.
  Reply take_reply(std::size_t size);
  // Serial poll: RQS falls.
  std::uint8_t poll_status();
  std::uint8_t status() const;
  // True once for each request.
  bool take_service_request();

 private:
  struct Input {
    std::string bytes;
    std::uint32_t number = 0;
    unsigned era = 0;
    bool end_of_era = false;  // read() has to say so
  };
  void end_era();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> woken_;
  std::deque<Input> input_;
  std::deque<Reply> replies_;
  unsigned era_ = 0;          // counts clients and device clears
  unsigned read_era_ = 0;     // of what was read last: a reply belongs to no other
  std::uint32_t number_ = 0;  // of the message that was read last
  std::uint8_t status_ = 0;
  bool service_request_ = false;
};

}  // namespace etalon::drivers
