// A link whose instrument is a recorded session: it expects the very bytes that were sent then, in their order, and
// brings the replies that came.
#pragma once

#include <string>
#include <vector>

#include "drivers/links/link.h"
#include "drivers/links/transcript.h"

namespace etalon::drivers {

class ReplayLink : public Link {
 public:
  // The entries of one address; InputError when there are several. Notes are left out.
  ReplayLink(const std::vector<TranscriptEntry>& session, const LinkOptions& options);
  bool is_open() const override { return open_; }
  bool reopening_drops_replies() const override { return false; }
  // Everything was sent and read.
  bool at_end() const { return next_ == session_.size(); }

 private:
  void open_device(const Deadline& deadline) override;
  void close_device() noexcept override { open_ = false; }
  // link_lost for other bytes than were sent then: the session cannot go on.
  std::size_t send_device(std::string_view bytes, const Deadline& deadline) override;
  // What came before the next message was sent; the deadline passes at once when there is nothing more.
  std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) override;

  std::vector<TranscriptEntry> session_;
  std::size_t next_ = 0;    // entry …
  std::size_t offset_ = 0;  // … and its byte
  bool open_ = false;
};

}  // namespace etalon::drivers
