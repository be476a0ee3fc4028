#include "drivers/simulation/message_assembler.h"

#include <utility>

namespace etalon::drivers::simulation {

std::optional<MessageAssembler::Message> MessageAssembler::take(char byte) {
  if (byte == '\r' || byte == '\n') {
    Message message{std::exchange(text_, {}), std::exchange(lost_, false)};
    if (message.lost) message.text.clear();
    const bool blank = message.text.find_first_not_of(" \t") == std::string::npos;
    if (blank && !message.lost) return std::nullopt;
    return message;
  }
  if (!keep_control_characters_ && static_cast<unsigned char>(byte) < 0x20 && byte != '\t') return std::nullopt;
  if (text_.size() >= longest_) {
    lost_ = true;
  } else {
    text_ += byte;
  }
  return std::nullopt;
}

void MessageAssembler::forget() {
  text_.clear();
  lost_ = false;
}

}  // namespace etalon::drivers::simulation
