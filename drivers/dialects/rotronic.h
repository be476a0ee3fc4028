// Rotronic's probes (HygroClip HC2): the last character of a reply is a checksum, the sum of all bytes before it,
// modulo 64, plus 32. Degree signs are the one byte B0 (ISO 8859-1); the driver file has them in UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "drivers/dialects/dialect.h"

namespace etalon::drivers {

char rotronic_checksum(std::string_view bytes);
// The reply without its checksum, in UTF-8; InputError says what is wrong with the line.
std::string parse_rotronic_reply(std::string_view line);

class RotronicDialect : public Dialect {
 public:
  RotronicDialect(const LinkSettings& link, const std::string& address) : Dialect(link, address) {}
  std::string query(Conversation& conversation, const std::string& message, const ReplyShape& shape,
                    const QueryOptions& options) const override;
  std::optional<std::string> unwrapped(const std::string& line) const override;

  std::string said(const std::string& message, const std::optional<std::string>& reply, bool error_waits) override;
};

}  // namespace etalon::drivers
