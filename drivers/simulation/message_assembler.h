// Bytes from a line put together to messages. CR, LF and CR LF end a message; blank ones are dropped, and so are other
// control characters unless they are kept. A message longer than the buffer is lost as a whole.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace etalon::drivers::simulation {

class MessageAssembler {
 public:
  struct Message {
    std::string text;
    bool lost = false;  // was too long; `text` is empty
  };

  explicit MessageAssembler(std::size_t longest = 4096, bool keep_control_characters = false)
      : longest_(longest), keep_control_characters_(keep_control_characters) {}
  // The message that this byte completes.
  std::optional<Message> take(char byte);
  void forget();

 private:
  std::size_t longest_;
  bool keep_control_characters_;
  std::string text_;
  bool lost_ = false;
};

}  // namespace etalon::drivers::simulation
