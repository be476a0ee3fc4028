// Replies of an instrument through the conversation, as lines and as blocks, in pieces of the size that the first byte
// gives. The rest of the input is what comes after the query.
#include <algorithm>
#include <cstring>

#include "drivers/messages/conversation.h"
#include "drivers/messages/message_template.h"
#include "tests/fuzz/property.h"

using namespace etalon;
using namespace etalon::drivers;

namespace {

// Brings its bytes once something was sent; then it is silent, without real time passing.
class BytesLink : public Link {
 public:
  BytesLink(std::string bytes, std::size_t piece)
      : Link("TCPIP::127.0.0.1::1::SOCKET", {}), bytes_(std::move(bytes)), piece_(piece) {}
  bool is_open() const override { return open_; }
  bool reopening_drops_replies() const override { return false; }

 private:
  void open_device(const Deadline&) override { open_ = true; }
  void close_device() noexcept override { open_ = false; }
  std::size_t send_device(std::string_view bytes, const Deadline&) override {
    asked_ = true;
    return bytes.size();
  }
  std::size_t receive_device(char* data, std::size_t size, const Deadline&) override {
    if (!asked_) return 0;
    const std::size_t count = std::min({size, piece_, bytes_.size() - at_});
    std::memcpy(data, bytes_.data() + at_, count);
    at_ += count;
    return count;
  }
  std::string bytes_;
  std::size_t piece_, at_ = 0;
  bool open_ = false, asked_ = false;
};

Conversation conversation_over(const std::string& bytes, std::size_t piece, const std::string& terminator) {
  auto link = std::make_unique<BytesLink>(bytes, piece);
  link->open(within(milliseconds{1000}));
  ConversationSettings settings;
  settings.read_terminator = terminator;
  settings.max_reply_size = 1024;
  settings.quiet_time = milliseconds{0};
  return Conversation(std::move(link), settings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0] % 64;
  const std::string terminator = data[1] & 1 ? "\r\n" : "\n";
  const std::string bytes = fuzz::text_of(data + 2, size - 2);

  std::string line;
  Conversation lines = conversation_over(bytes, piece, terminator);
  if (fuzz::is_accepted([&] { line = lines.query("READ?"); })) {
    fuzz::must(bytes.starts_with(line + terminator), "a reply is what stands before the terminator");
    fuzz::must(!line.empty() && line.find(terminator) == std::string::npos, "a reply is one line");
    fuzz::must(!lines.tainted(), "a whole reply leaves the link in step");
  } else {
    fuzz::must(lines.tainted(), "a reply that is none taints the link");
  }

  std::string block;
  Conversation blocks = conversation_over(bytes, piece, terminator);
  if (fuzz::is_accepted([&] { block = blocks.query_block("FETC?"); })) {
    fuzz::must(block.size() <= 1024, "a block is not larger than allowed");
    const std::size_t begin = bytes.size() < block.size() ? std::string::npos : bytes.find(block + terminator);
    fuzz::must(bytes.starts_with("#") && begin != std::string::npos && begin >= 2, "a block's data follow its header");
  } else {
    fuzz::must(blocks.tainted(), "a block that is none taints the link");
  }
  return 0;
}
