// Mensor's command set (CPC6050, CPC6000): every reply begins with a blank, or with an E in its place while errors wait
// in the queue (Mensor CPC6050 operating instructions, 7.7). A reply with an E is a device_error with the texts of the
// queue; a reply with neither lost its beginning.
#pragma once

#include <string>
#include <string_view>

#include "drivers/dialects/dialect.h"

namespace etalon::drivers {

struct MensorReply {
  bool error_waits = false;
  std::string text;  // without the first character
};
// InputError says what is wrong with the line.
MensorReply parse_mensor_reply(std::string_view line);
// The text of an entry of the error queue as "NUMBER,TEXT": "0,No error", "1,TEXT" where it has no number.
std::string mensor_error_entry(std::string_view text);

class MensorDialect : public Dialect {
 public:
  MensorDialect(const LinkSettings& link, const std::string& address) : Dialect(link, address) {}
  // Replies to "Error?" come as mensor_error_entry().
  std::string query(Conversation& conversation, const std::string& message, const ReplyShape& shape,
                    const QueryOptions& options) const override;
  std::optional<std::string> unwrapped(const std::string& line) const override;

  std::string said(const std::string& message, const std::optional<std::string>& reply, bool error_waits) override;
};

}  // namespace etalon::drivers
