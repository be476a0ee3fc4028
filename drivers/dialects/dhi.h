// DH Instruments' pressure controllers and monitors (PPC2, PPC3, PPC4, RPM4). Over a serial line every message is
// answered, a setting with its value, and the next message must wait for it; over GPIB only queries are ("no reply if
// IEEE-488", PPC4 operation and maintenance manual, 6.5.4). "ERR# 6" instead of a value is an error.
//
// The driver file gives settings without a reply; this dialect knows when one must be taken off the line.
#pragma once

#include <string>
#include <string_view>

#include "drivers/dialects/dialect.h"

namespace etalon::drivers {

// The number of "ERR# nn" (also "ERR #nn"); nothing for another reply.
std::optional<int> dhi_error_number(std::string_view line);
// PPC2 AF operation and maintenance manual, 4.3.2; empty for a number that it does not list.
std::string dhi_error_meaning(int number);

class DhiDialect : public Dialect {
 public:
  DhiDialect(const LinkSettings& link, const std::string& address) : Dialect(link, address) {}
  std::string query(Conversation& conversation, const std::string& message, const ReplyShape& shape,
                    const QueryOptions& options) const override;
  void send(Conversation& conversation, const std::string& message, const QueryOptions& options) const override;
  std::optional<std::string> unwrapped(const std::string& line) const override;

  std::string said(const std::string& message, const std::optional<std::string>& reply, bool error_waits) override;
};

}  // namespace etalon::drivers
